/** What every store must refuse: writes of what is stale, and a second one of what there may be one of. */
import { expect, it } from "vitest";
import { ConflictError, type Store } from "../../src/coordinator/ports.js";
import {
  aComponentRun,
  aFoundAttempt,
  anAttempt,
  aPlan,
  aPlannedComponent,
  aPublication,
  aRun,
  withComponent,
} from "./run-fixture.js";

export function describeRules(store: () => Store): void {
  it("lets one of two writers of the same version win", async () => {
    const run = aRun();
    await store().createRun(run);
    const writers = Array.from({ length: 10 }, (_, index) =>
      store().saveRun(run, { ...run, reason: `writer ${index}` }),
    );
    const outcomes = await Promise.allSettled(writers);
    const won = outcomes.filter((outcome) => outcome.status === "fulfilled");
    const lost = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(won).toHaveLength(1);
    expect(lost.every(({ reason }) => reason instanceof ConflictError)).toBe(true);
    expect(await store().loadRun(run.id)).toStrictEqual(won[0]?.value);
  });

  it("loses no update of many writers who load again after a conflict", async () => {
    const run = aRun({ publication: aPublication({ failures: 0 }) });
    await store().createRun(run);
    async function increment(): Promise<void> {
      for (;;) {
        const loaded = await store().loadRun(run.id);
        if (loaded?.publication == null) throw new Error("The run is gone.");
        const publication = { ...loaded.publication, failures: loaded.publication.failures + 1 };
        try {
          await store().saveRun(loaded, { ...loaded, publication });
          return;
        } catch (error) {
          if (!(error instanceof ConflictError)) throw error;
        }
      }
    }
    await Promise.all(Array.from({ length: 8 }, increment));
    expect((await store().loadRun(run.id))?.publication?.failures).toBe(8);
  });

  it("refuses to save a run that was never stored", async () => {
    await expect(store().saveRun(aRun(), aRun())).rejects.toBeInstanceOf(ConflictError);
  });

  it("refuses a second run of the same id", async () => {
    await store().createRun(aRun());
    await expect(store().createRun(aRun({ tag: "v2" }))).rejects.toBeInstanceOf(ConflictError);
  });

  it("holds at most one live run for a hub and tag", async () => {
    const first = aRun({ id: "first" });
    await store().createRun(first);
    const second = aRun({ id: "second" });
    await expect(store().createRun(second)).rejects.toBeInstanceOf(ConflictError);
    await store().createRun(aRun({ id: "other tag", tag: "v2" }));
    await store().createRun(aRun({ id: "other hub", hub: "acme/other" }));
    await store().saveRun(first, { ...first, status: "completed", conclusion: "failure" });
    await store().createRun(second);
    expect((await store().liveRun("acme/product", "v1.0.0"))?.id).toBe("second");
  });

  it("lets a webhook start at most one run for a hub and tag, ever", async () => {
    const first = aRun({ id: "first", trigger: "webhook" });
    await store().createRun(first);
    await store().saveRun(first, { ...first, status: "completed", conclusion: "success" });
    await expect(store().createRun(aRun({ id: "again", trigger: "webhook" }))).rejects.toBeInstanceOf(ConflictError);
    await store().createRun(aRun({ id: "on purpose", trigger: "operator" }));
    expect(await store().loadRun("again")).toBeNull();
  });

  it("leaves nothing behind of a run that it refused", async () => {
    await store().createRun(aRun({ id: "first" }));
    const refused = aRun({ id: "second", components: [aComponentRun({ attempts: [aFoundAttempt(1)] })] });
    await expect(store().createRun(refused)).rejects.toBeInstanceOf(ConflictError);
    expect((await store().claims("acme/meta-acme", 0)).workflowRunIds).toStrictEqual([]);
  });

  it("holds at most one unidentified dispatch on a repository, over all runs", async () => {
    const one = aRun({ id: "one", tag: "v1", components: [aComponentRun({ id: "x" })] });
    const two = aRun({ id: "two", tag: "v2", components: [aComponentRun({ id: "x" })] });
    await store().createRun(one);
    await store().createRun(two);
    const sent = await store().saveRun(one, withComponent(one, "x", { attempts: [anAttempt()] }));
    const dispatchTwo = withComponent(two, "x", { attempts: [anAttempt()] });
    await expect(store().saveRun(two, dispatchTwo)).rejects.toBeInstanceOf(ConflictError);
    expect(await store().loadRun("two")).toStrictEqual(two);
    await store().saveRun(sent, withComponent(sent, "x", { attempts: [aFoundAttempt(30_000_000_001)] }));
    expect((await store().saveRun(two, dispatchTwo)).rowVersion).toBe(1);
  });

  it("passes the repository from one component of a run to the next in a single save", async () => {
    const components = ["b", "a"].map((id) => aPlannedComponent({ id, repo: "acme/machines" }));
    const run = aRun({ plan: aPlan({ components }) });
    await store().createRun(run);
    const first = await store().saveRun(run, withComponent(run, "a", { attempts: [anAttempt()] }));
    const both = withComponent(first, "b", { attempts: [anAttempt()] });
    await expect(store().saveRun(first, both)).rejects.toBeInstanceOf(ConflictError);
    const passed = withComponent(both, "a", { attempts: [aFoundAttempt(30_000_000_001)] });
    const second = await store().saveRun(first, passed);
    const found = [aFoundAttempt(30_000_000_002)];
    const again = [aFoundAttempt(30_000_000_001), anAttempt({ number: 2 })];
    const back = withComponent(withComponent(second, "a", { attempts: again }), "b", { attempts: found });
    expect(await store().loadRun(run.id)).toStrictEqual(second);
    expect((await store().saveRun(second, back)).rowVersion).toBe(3);
  });

  it("lets one run of a group build or publish at a time", async () => {
    const [first, second, other] = ["first", "second", "other"].map((id) =>
      aRun({ id, tag: id, status: "queued", group: id === "other" ? "acme/other" : "acme/product" }),
    );
    if (first === undefined || second === undefined || other === undefined) throw new Error("Three runs were made.");
    for (const run of [first, second, other]) await store().createRun(run);
    const building = await store().saveRun(first, { ...first, status: "building" });
    const late = { ...second, status: "building" } as const;
    await expect(store().saveRun(second, late)).rejects.toBeInstanceOf(ConflictError);
    expect(await store().loadRun("second")).toStrictEqual(second);
    await store().saveRun(other, { ...other, status: "building" });
    const waiting = await store().saveRun(second, { ...second, status: "planning" });
    const publishing = await store().saveRun(building, { ...building, status: "publishing" });
    await expect(store().saveRun(waiting, { ...waiting, status: "publishing" })).rejects.toBeInstanceOf(ConflictError);
    await store().saveRun(publishing, { ...publishing, status: "completed", conclusion: "success" });
    expect((await store().saveRun(waiting, { ...waiting, status: "building" })).rowVersion).toBe(2);
  });

  it("lets any number of runs without a group build at once", async () => {
    for (const id of ["one", "two"]) await store().createRun(aRun({ id, tag: id, group: null }));
    expect(await store().openRuns()).toStrictEqual(["one", "two"]);
  });
}
