import { describe, expect, it } from "vitest";
import { createRecentRuns } from "../../src/coordinator/recent-runs.js";
import { MemoryStore } from "../contract/memory-store.js";
import { aComponentRun, aRun, EPOCH, withComponent } from "../contract/run-fixture.js";

/** A store that counts how often runs are read whole. */
async function counted(...runs: Parameters<typeof aRun>[0][]) {
  const store = new MemoryStore();
  for (const [index, run] of runs.entries())
    await store.createRun(aRun({ tag: `v${index}`, createdAt: EPOCH + index, ...run }));
  const loads: string[] = [];
  const recent = createRecentRuns({
    runVersion: (id) => store.runVersion(id),
    runVersions: (filter) => store.runVersions(filter),
    loadRun(id) {
      loads.push(id);
      return store.loadRun(id);
    },
  });
  return { store, recent, loads };
}

const components = (count: number) => Array.from({ length: count }, (_, index) => aComponentRun({ id: `c${index}` }));

describe("recent runs", () => {
  it("are read once for each version, however many look", async () => {
    const { store, recent, loads } = await counted({ id: "one" });
    const [first, second] = await Promise.all([recent.get("one"), recent.get("one")]);
    expect(first).toStrictEqual(await store.loadRun("one"));
    expect(second).toBe(first);
    expect(await recent.get("one")).toBe(first);
    expect(loads).toEqual(["one"]);
    if (first === null) throw new Error("it is there");
    // As another server would.
    const saved = await store.saveRun(first, { ...first, status: "publishing" });
    expect(await recent.get("one")).toStrictEqual(saved);
    expect(loads).toEqual(["one", "one"]);
    expect(await recent.get("another")).toBeNull();
  });

  it("of this process are not read again when they are stored", async () => {
    const { store, recent, loads } = await counted({ id: "one", components: components(2) });
    const run = await recent.get("one");
    if (run === null) throw new Error("it is there");
    const saved = await store.saveRun(run, withComponent(run, "c1", { status: "dispatching" }));
    recent.stored(saved);
    // One that comes late changes nothing.
    recent.stored(run);
    expect(await recent.get("one")).toBe(saved);
    expect(loads).toEqual(["one"]);
  });

  it("are listed as the store lists them", async () => {
    const { store, recent, loads } = await counted({ id: "a" }, { id: "b", hub: "acme/other" }, { id: "c" });
    for (const filter of [{ limit: 2 }, { limit: 9, hub: "acme/product" }, { limit: 9, after: "b" }, { limit: 0 }])
      expect(await recent.list(filter)).toStrictEqual(await store.listRuns(filter));
    expect(loads.toSorted()).toEqual(["a", "b", "c"]);
  });

  it("are forgotten, the one first that nobody looked at for longest, where they are too many or too large", async () => {
    const sizes = [2_000, 2_000, 2_000, 9_000];
    const { recent, loads } = await counted(
      ...sizes.map((size, index) => ({ id: `r${index}`, components: components(size) })),
    );
    for (const id of ["r0", "r1", "r0", "r2", "r0", "r1"]) await recent.get(id);
    expect(loads).toEqual(["r0", "r1", "r2", "r1"]);
    for (const id of ["r3", "r3", "r0"]) await recent.get(id);
    expect(loads.slice(4)).toEqual(["r3", "r0"]);
  });

  it("fail where the store does, and are asked for again", async () => {
    const { store, recent } = await counted({ id: "one" });
    await store.close();
    await expect(recent.get("one")).rejects.toThrow();
    store.reopen();
    expect((await recent.get("one"))?.id).toBe("one");
  });
});
