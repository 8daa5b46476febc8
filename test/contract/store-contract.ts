/** What every implementation of the store must do. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ReleaseRun } from "../../src/chain/run.js";
import { ConflictError, type Store } from "../../src/coordinator/ports.js";
import { describeLayerFiles, describePastRuns } from "./planning-contract.js";
import {
  aCollectedArtifact,
  aCollectedFile,
  aComponentRun,
  aDelivery,
  aFoundAttempt,
  anAttempt,
  aPlan,
  aPlannedComponent,
  aPublication,
  aRun,
  EPOCH,
  withComponent,
} from "./run-fixture.js";

export interface StoreHarness {
  open(): Promise<Store>;
  /** Closes the store and opens it again, as a new process would. */
  reopen(store: Store): Promise<Store>;
  dispose(store: Store): Promise<void>;
}

export function describeStore(name: string, makeHarness: () => StoreHarness): void {
  describe(`${name}: the store's contract`, () => {
    let harness: StoreHarness;
    let store: Store;
    beforeEach(async () => {
      harness = makeHarness();
      store = await harness.open();
    });
    afterEach(() => harness.dispose(store));

    describeRuns(() => store);
    describeRules(() => store);
    describeQuestions(() => store);
    describeDeliveries(() => store);
    describePastRuns(() => store);
    describeLayerFiles(() => store);

    it("keeps everything when it is closed and opened again", async () => {
      const run = aFullRun();
      await store.createRun(run);
      await store.addDelivery(aDelivery());
      store = await harness.reopen(store);
      expect(await store.loadRun(run.id)).toStrictEqual(run);
      expect(await store.pendingDeliveries()).toStrictEqual([aDelivery()]);
      expect(await store.addDelivery(aDelivery())).toBe(false);
    });

    it("answers a ping while it is open, and refuses all work once closed", async () => {
      await store.ping();
      await store.close();
      await expect(store.ping()).rejects.toThrow("The store is closed.");
      await expect(store.createRun(aRun())).rejects.toThrow("The store is closed.");
      store = await harness.reopen(store);
      expect(await store.openRuns()).toStrictEqual([]);
    });
  });
}

/** Every field set to something, every list with more than one entry where order matters. */
function aFullRun(): ReleaseRun {
  const plan = aPlan({
    components: [
      aPlannedComponent({ id: "zeta", inputs: { machine: "verdin", debug: true, jobs: 4 } }),
      aPlannedComponent({ id: "alpha", needs: [{ id: "zeta", kind: "explicit" }], workflow: null, build: false }),
      aPlannedComponent({ id: "mid" }),
    ],
    warnings: [{ code: "no_effect", message: "`sign` has no effect yet: “später”." }],
    excluded: [{ id: "docs", reason: "prerelease" }],
  });
  const failed = aFoundAttempt(30_000_000_001, {
    status: "completed",
    conclusion: "failure",
    completedAt: EPOCH + 9_000,
    succeededAt: EPOCH + 8_000,
    failureClass: "build",
    detail: "Job „compile“ failed:\n\tno space left\u0000on device 💾",
    interrupted: true,
    cancel: { at: EPOCH, failureClass: "timeout", detail: "too long", sentAt: EPOCH + 1, forced: true },
  });
  return aRun({
    trigger: "webhook",
    status: "completed",
    conclusion: "failure",
    reason: "component_failed: zeta",
    completedAt: EPOCH + 10_000,
    plan,
    components: [
      aComponentRun({
        id: "zeta",
        status: "completed",
        conclusion: "success",
        attempts: [failed, anAttempt({ number: 2, kind: "rerun", workflowRunId: 30_000_000_001, candidates: [1, 2] })],
        artifacts: [
          aCollectedArtifact({ name: "b", files: [aCollectedFile({ path: "b/2" }), aCollectedFile({ path: "b/1" })] }),
          aCollectedArtifact({ name: "a", digestVerified: false, files: [] }),
        ],
        retryAt: EPOCH + 7,
        completedAt: EPOCH + 8,
      }),
      aComponentRun({ id: "alpha", status: "completed", conclusion: "skipped", reason: "zeta failed" }),
      aComponentRun({ id: "mid", status: "queued", attempts: [aFoundAttempt(30_000_000_002)] }),
    ],
    publication: aPublication({ failures: 2, retryAt: EPOCH + 5 }),
    lock: { hub: "acme/product", tag: "v0.9", components: { zeta: { repo: "acme/zeta", ref: "main", sha: "ab" } } },
    ending: { conclusion: "failure", reason: "component_failed: zeta" },
  });
}

function describeRuns(store: () => Store): void {
  it("gives back a run as it was stored, every field of it, in the same order", async () => {
    const run = aFullRun();
    await store().createRun(run);
    expect(await store().loadRun(run.id)).toStrictEqual(run);
  });

  it("gives back a run of which nothing is known yet", async () => {
    const run = aRun({ status: "queued", plan: null, startedAt: null, releaseId: null, author: null });
    await store().createRun(run);
    expect(await store().loadRun(run.id)).toStrictEqual(run);
    expect(await store().loadRun("another")).toBeNull();
  });

  it("saves a plan with its components, and returns the run with its next version", async () => {
    const queued = aRun({ status: "queued", plan: null });
    await store().createRun(queued);
    const { plan, components, publication, ending } = aFullRun();
    const saved = await store().saveRun(queued, {
      ...queued,
      status: "building",
      plan,
      components,
      publication,
      ending,
    });
    expect(saved.rowVersion).toBe(queued.rowVersion + 1);
    expect(await store().loadRun(queued.id)).toStrictEqual(saved);
  });

  it("keeps the references of a saved run's parts, so that the next save can tell what changed", async () => {
    const run = aRun({ components: [aComponentRun({ id: "a" }), aComponentRun({ id: "b" })] });
    await store().createRun(run);
    const after = withComponent(run, "b", { status: "dispatching" });
    const saved = await store().saveRun(run, after);
    expect(saved.plan).toBe(run.plan);
    expect(saved.components[0]).toBe(run.components[0]);
    expect(saved.components[1]).toBe(after.components[1]);
  });

  it("writes only what has another reference than before", async () => {
    const run = aRun({ components: [aComponentRun({ id: "a" }), aComponentRun({ id: "b" })] });
    await store().createRun(run);
    const saved = await store().saveRun(run, withComponent(run, "b", { reason: "changed" }));
    Object.assign(saved.components[0] ?? {}, { reason: "changed in place" });
    await store().saveRun(saved, { ...saved, status: "publishing" });
    const loaded = await store().loadRun(run.id);
    expect(loaded?.status).toBe("publishing");
    expect(loaded?.components.map((component) => component.reason)).toStrictEqual([null, "changed"]);
  });

  it("replaces artifacts and attempts, also by fewer", async () => {
    const run = aFullRun();
    await store().createRun(run);
    const file = aCollectedFile({ path: "new" });
    const first = await store().saveRun(
      run,
      withComponent(run, "zeta", { artifacts: [aCollectedArtifact({ files: [file] })] }),
    );
    expect(await store().loadRun(run.id)).toStrictEqual(first);
    const second = await store().saveRun(first, withComponent(first, "zeta", { artifacts: [], attempts: [] }));
    expect(await store().loadRun(run.id)).toStrictEqual(second);
  });

  it("takes away a publication and an ending, and reorders and drops components", async () => {
    const run = aFullRun();
    await store().createRun(run);
    const [zeta, , mid] = run.components;
    if (zeta === undefined || mid === undefined) throw new Error("The fixture has three components.");
    const saved = await store().saveRun(run, { ...run, publication: null, ending: null, components: [mid, zeta] });
    expect(await store().loadRun(run.id)).toStrictEqual(saved);
  });
}

function describeRules(store: () => Store): void {
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
}

function describeQuestions(store: () => Store): void {
  async function create(...runs: ReleaseRun[]): Promise<void> {
    for (const run of runs) await store().createRun(run);
  }

  it("lists open runs oldest first, and runs newest first, page by page", async () => {
    await create(
      aRun({ id: "middle", tag: "v2", createdAt: EPOCH + 2 }),
      aRun({ id: "oldest", tag: "v1", createdAt: EPOCH + 1, status: "completed" }),
      aRun({ id: "twin a", tag: "v3", createdAt: EPOCH + 3, status: "publishing" }),
      aRun({ id: "twin b", tag: "v4", createdAt: EPOCH + 3, hub: "acme/other" }),
    );
    const ids = async (filter: Parameters<Store["listRuns"]>[0]) =>
      (await store().listRuns(filter)).map((run) => run.id);
    expect(await store().openRuns()).toStrictEqual(["middle", "twin a", "twin b"]);
    expect(await ids({ limit: 9 })).toStrictEqual(["twin b", "twin a", "middle", "oldest"]);
    expect(await ids({ limit: 1 })).toStrictEqual(["twin b"]);
    expect(await ids({ limit: 2, after: "twin b" })).toStrictEqual(["twin a", "middle"]);
    expect(await ids({ limit: 2, after: "middle" })).toStrictEqual(["oldest"]);
    expect(await ids({ limit: 2, after: "unknown" })).toStrictEqual([]);
    expect(await ids({ limit: 0 })).toStrictEqual([]);
    expect(await ids({ limit: 9, hub: "acme/product" })).toStrictEqual(["twin a", "middle", "oldest"]);
    expect(await ids({ limit: 9, tag: "v2" })).toStrictEqual(["middle"]);
    expect(await ids({ limit: 9, status: "building", after: "twin b" })).toStrictEqual(["middle"]);
    expect((await store().listRuns({ limit: 1 }))[0]).toStrictEqual(await store().loadRun("twin b"));
  });

  it("names the open runs to which a workflow run may matter", async () => {
    const withAttempt = (id: string, attempt: Parameters<typeof anAttempt>[0], status?: ReleaseRun["status"]) =>
      aRun({
        id,
        tag: id,
        ...(status !== undefined && { status }),
        components: [aComponentRun({ id: "x", attempts: [anAttempt(attempt)] })],
      });
    await create(
      withAttempt("claims it", { workflowRunId: 30_000_000_001, status: "in_progress" }),
      withAttempt("claims another", { workflowRunId: 30_000_000_002, status: "in_progress" }),
      withAttempt("given up", { status: "completed", conclusion: "failure" }),
      withAttempt("not identified", { send: "unknown" }),
      withAttempt("over", { status: "completed" }, "completed"),
      aRun({ id: "waits", tag: "waits", components: [aComponentRun({ id: "x" })] }),
    );
    const watching = async (repo: string, id: number) => (await store().runsWatching(repo, id)).sort();
    expect(await watching("acme/x", 30_000_000_001)).toStrictEqual(["claims it", "given up", "not identified"]);
    expect(await watching("acme/x", 30_000_000_099)).toStrictEqual(["given up", "not identified"]);
    expect(await watching("acme/y", 30_000_000_001)).toStrictEqual([]);
  });

  it("tells what is claimed on a repository and which dispatches were given up, of any run", async () => {
    const found = aFoundAttempt(30_000_000_002, { status: "completed" });
    const rerun = { ...found, kind: "rerun" as const, number: 2, runAttempt: 2 };
    const lost = anAttempt({ dispatchId: "lost", status: "completed", failureClass: "not-started" });
    await create(
      aRun({
        id: "a",
        tag: "a",
        status: "completed",
        components: [aComponentRun({ id: "x", attempts: [found, rerun] })],
      }),
      aRun({
        id: "b",
        tag: "b",
        components: [aComponentRun({ id: "x", attempts: [lost, aFoundAttempt(30_000_000_001)] })],
      }),
      aRun({
        id: "c",
        tag: "c",
        components: [aComponentRun({ id: "x", attempts: [anAttempt({ dispatchId: "open" })] })],
      }),
    );
    expect(await store().claims("acme/x", 0)).toStrictEqual({
      workflowRunIds: [30_000_000_001, 30_000_000_002],
      abandoned: [
        { dispatchId: "lost", runId: "b", component: "x", intendedAt: EPOCH, sentAt: null, sentClock: "own" },
      ],
    });
    expect(await store().claims("acme/x", EPOCH + 365 * 86_400_000)).toStrictEqual({
      workflowRunIds: [],
      abandoned: [],
    });
    expect(await store().claims("acme/y", 0)).toStrictEqual({ workflowRunIds: [], abandoned: [] });
  });
}

function describeDeliveries(store: () => Store): void {
  it("knows a delivery by its GUID, whatever else it says", async () => {
    expect(await store().addDelivery(aDelivery())).toBe(true);
    expect(await store().addDelivery(aDelivery({ action: "requested", receivedAt: EPOCH + 5 }))).toBe(false);
    expect(await store().pendingDeliveries()).toStrictEqual([aDelivery()]);
  });

  it("gives pending deliveries oldest first, each until it is processed", async () => {
    const installed = aDelivery({
      guid: "later",
      event: "installation",
      action: null,
      receivedAt: EPOCH + 2,
      facts: { kind: "installation", account: "acme" },
    });
    const first = aDelivery({ guid: "first", receivedAt: EPOCH + 1 });
    const twin = aDelivery({ guid: "a twin of the first", receivedAt: EPOCH + 1 });
    for (const delivery of [installed, first, twin]) await store().addDelivery(delivery);
    expect(await store().pendingDeliveries()).toStrictEqual([first, twin, installed]);
    await store().deliveryProcessed("first", EPOCH + 3, "Woke run-1.");
    expect(await store().pendingDeliveries()).toStrictEqual([twin, installed]);
    expect(await store().addDelivery(first)).toBe(false);
  });

  it("keeps a delivery about which nothing is left to be done, and knows it again", async () => {
    const processed = { at: EPOCH + 1, outcome: "Nobody waits for it." };
    expect(await store().addDelivery(aDelivery(), processed)).toBe(true);
    expect(await store().pendingDeliveries()).toStrictEqual([]);
    expect(await store().addDelivery(aDelivery())).toBe(false);
  });

  it("forgets deliveries received before a time", async () => {
    for (const [index, guid] of ["a", "b", "c"].entries()) {
      await store().addDelivery(aDelivery({ guid, receivedAt: EPOCH + index }));
    }
    await store().deliveryProcessed("a", EPOCH + 9, "Nobody waits for it.");
    expect(await store().deleteDeliveriesBefore(EPOCH + 2)).toBe(2);
    expect((await store().pendingDeliveries()).map((delivery) => delivery.guid)).toStrictEqual(["c"]);
    expect(await store().deleteDeliveriesBefore(EPOCH + 2)).toBe(0);
  });
}
