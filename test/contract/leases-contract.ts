/** What every store must do where several workers share it: a release run is one worker's at a time. */
import { expect, it } from "vitest";
import type { Store } from "../../src/coordinator/ports.js";
import { aRun, EPOCH, MINUTE } from "./run-fixture.js";

export function describeLeases(store: () => Store): void {
  async function create(...ids: string[]): Promise<void> {
    for (const [index, id] of ids.entries())
      await store().createRun(
        aRun({ id, tag: id, createdAt: EPOCH + index, status: id === "over" ? "completed" : "building" }),
      );
  }
  const lease = (id: string, worker: string, now: number, until = now + MINUTE) =>
    store().lease(id, worker, now, until);

  it("lends a run to one worker until a time, and tells the others who has it", async () => {
    await create("one", "two");
    expect(await lease("one", "a", EPOCH)).toBeNull();
    expect(await lease("one", "b", EPOCH + 1)).toBe("a");
    expect(await lease("one", "b", EPOCH + MINUTE - 1)).toBe("a");
    expect(await lease("one", "a", EPOCH + 2)).toBeNull();
    expect(await lease("one", "b", EPOCH + MINUTE)).toBe("a");
    expect(await lease("one", "b", EPOCH + MINUTE + 2)).toBeNull();
    expect(await lease("one", "a", EPOCH + MINUTE + 3)).toBe("b");
    expect(await lease("two", "b", EPOCH)).toBeNull();
    expect(await lease("unknown", "a", EPOCH)).toBeNull();
  });

  it("lends a run to one of many who ask at once", async () => {
    await create("one");
    const workers = Array.from({ length: 8 }, (_, index) => `worker ${index}`);
    const answers = await Promise.all(workers.map((worker) => lease("one", worker, EPOCH)));
    const holders = workers.filter((_, index) => answers[index] === null);
    expect(holders).toHaveLength(1);
    expect(new Set(answers)).toStrictEqual(new Set([null, ...holders]));
  });

  it("extends what a worker still has, and tells what that is", async () => {
    await create("kept", "lost", "free", "over");
    for (const id of ["kept", "lost", "over"]) await lease(id, "a", EPOCH);
    await lease("lost", "b", EPOCH + 2 * MINUTE);
    expect(await store().renewLeases("a", EPOCH + 9 * MINUTE)).toStrictEqual(["kept"]);
    expect(await lease("kept", "b", EPOCH + 9 * MINUTE - 1)).toBe("a");
    expect(await lease("lost", "a", EPOCH + 2 * MINUTE)).toBe("b");
    expect(await store().renewLeases("nobody", EPOCH + 9 * MINUTE)).toStrictEqual([]);
  });

  it("names the open runs that no worker has, oldest first", async () => {
    await create("oldest", "taken", "expired", "over");
    await lease("taken", "a", EPOCH);
    await lease("expired", "a", EPOCH - MINUTE);
    expect(await store().unleasedRuns(EPOCH)).toStrictEqual(["oldest", "expired"]);
    expect(await store().unleasedRuns(EPOCH + MINUTE)).toStrictEqual(["oldest", "taken", "expired"]);
  });

  it("takes back everything of a worker at its end, and nothing of others", async () => {
    await create("mine", "mine too", "theirs");
    for (const id of ["mine", "mine too"]) await lease(id, "a", EPOCH);
    await lease("theirs", "b", EPOCH);
    await store().releaseLeases("a");
    expect(await store().unleasedRuns(EPOCH)).toStrictEqual(["mine", "mine too"]);
    expect(await lease("mine", "b", EPOCH)).toBeNull();
  });

  it("keeps leases and versions apart: neither a write nor a lease undoes the other", async () => {
    const run = aRun();
    await store().createRun(run);
    await lease(run.id, "a", EPOCH);
    const saved = await store().saveRun(run, { ...run, reason: "changed" });
    expect(await lease(run.id, "b", EPOCH)).toBe("a");
    await store().renewLeases("a", EPOCH + 2 * MINUTE);
    expect((await store().saveRun(saved, { ...saved, status: "publishing" })).rowVersion).toBe(2);
  });
}
