/** What every store must do with the events of a release run. */
import { expect, it } from "vitest";
import { compareEvents, readEventId } from "../../src/chain/event-ids.js";
import { commandTold } from "../../src/chain/run-events.js";
import { ConflictError } from "../../src/coordinator/ports.js";
import type { OpenedStore } from "../../src/store/opened-store.js";
import { aComponentRun, aRun, anAttempt, EPOCH, withComponent } from "./run-fixture.js";

type Events = Pick<OpenedStore, "createRun" | "saveRun" | "events">;

export function describeEvents(store: () => Events): void {
  it("keeps what each change tells, in order, with ids that rise", async () => {
    const { createRun, saveRun, events } = calls(store());
    const queued = aRun({ status: "queued", plan: null, components: [] });
    await createRun(queued, [commandTold({ kind: "retry" }, "ada")]);
    const run = aRun({ components: [aComponentRun({ id: "a" })] });
    const planned = await saveRun(queued, { ...run, status: "building" });
    const attempt = anAttempt({ detail: "half \ud83d of\u0000 an emoji" });
    await saveRun(planned, withComponent(planned, "a", { status: "dispatching", attempts: [attempt] }));
    await saveRun({ ...planned, rowVersion: 2 }, { ...planned, rowVersion: 2 });
    const told = await events.list(run.id, { limit: 100 });
    expect(told.map(({ id, event }) => [id, event.kind])).toStrictEqual([
      ["0.0", "command"],
      ["0.1", "run"],
      ["1.0", "plan"],
      ["1.1", "run"],
      ["2.0", "component"],
    ]);
    expect(told[0]).toStrictEqual({
      id: "0.0",
      runId: run.id,
      at: EPOCH,
      event: { kind: "command", command: "retry", component: null, workflowRunId: null, by: "ada" },
    });
  });

  it("gives those after an id, so many of them, of one run", async () => {
    const { createRun, saveRun, events } = calls(store());
    let run = aRun({ components: [aComponentRun({ id: "a" })] });
    await createRun(run);
    await createRun(aRun({ id: "other", tag: "v2" }));
    for (let number = 0; number < 12; number++)
      run = await saveRun(run, withComponent(run, "a", { status: number % 2 === 0 ? "queued" : "in_progress" }));
    const all = await events.list(run.id, { limit: 100 });
    expect(all).toHaveLength(14);
    const places = all.map(({ id }) => readEventId(id) ?? { version: -1, position: -1 });
    expect(places.toSorted(compareEvents)).toStrictEqual(places);
    for (const [index, { id }] of all.entries())
      expect(await events.list(run.id, { after: id, limit: 3 })).toStrictEqual(all.slice(index + 1, index + 4));
    for (const [index, { id: before }] of all.entries())
      expect(await events.list(run.id, { before, newest: true, limit: 3 })).toStrictEqual(
        all.slice(Math.max(0, index - 3), index),
      );
    const [after, before] = [all[2]?.id ?? "", all[6]?.id ?? ""];
    expect(await events.list(run.id, { after, before, limit: 10 })).toStrictEqual(all.slice(3, 6));
    for (const limit of [0, 3, 14, 20])
      expect(await events.list(run.id, { newest: true, limit })).toStrictEqual(all.slice(Math.max(0, 14 - limit)));
    expect(await events.list(run.id, { limit: 0 })).toStrictEqual([]);
    expect(await events.list("nobody", { limit: 10 })).toStrictEqual([]);
  });

  it("keeps a text that a driver stumbles over", async () => {
    const { createRun, saveRun, events } = calls(store());
    const reason = "a: \u0000\u0001\ud83d é '\"\\u0000";
    const run = aRun();
    await createRun(run);
    await saveRun(run, { ...run, status: "completed", conclusion: "failure", reason });
    expect((await events.list(run.id, { limit: 10 })).at(-1)?.event).toStrictEqual({
      kind: "run",
      status: "completed",
      conclusion: "failure",
      reason,
    });
  });

  it("keeps none of a change that was refused", async () => {
    const { createRun, saveRun, events } = calls(store());
    const run = aRun();
    await createRun(run);
    const before = await events.list(run.id, { limit: 10 });
    await expect(createRun(aRun({ id: "second" }))).rejects.toThrow(ConflictError);
    await expect(saveRun({ ...run, rowVersion: 7 }, { ...run, status: "publishing" })).rejects.toThrow(ConflictError);
    expect(await events.list("second", { limit: 10 })).toStrictEqual([]);
    expect(await events.list(run.id, { limit: 10 })).toStrictEqual(before);
  });

  it("calls who watches once a change is stored, until they look away", async () => {
    const { createRun, saveRun, events } = calls(store());
    const heard: (string | null)[] = [];
    const unwatch = events.watch((runId) => {
      if (runId !== null) heard.push(runId);
    });
    const run = aRun();
    await createRun(run);
    const saved = await saveRun(run, { ...run, status: "publishing" });
    expect(heard).toStrictEqual([run.id, run.id]);
    unwatch();
    await saveRun(saved, { ...saved, status: "building" });
    expect(heard).toHaveLength(2);
  });
}

function calls(store: Events): Events {
  return {
    events: store.events,
    createRun: (run, told) => store.createRun(run, told),
    saveRun: (before, after, told) => store.saveRun(before, after, told),
  };
}
