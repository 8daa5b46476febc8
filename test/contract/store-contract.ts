/** What every implementation of the store must do. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpenedStore } from "../../src/store/opened-store.js";
import { describeDeliveries } from "./deliveries-contract.js";
import { describeEvents } from "./events-contract.js";
import { describeFileReferences } from "./files-contract.js";
import { describeLeases } from "./leases-contract.js";
import { describeLayerFiles, describePastRuns } from "./planning-contract.js";
import { describeQuestions } from "./questions-contract.js";
import { describeRules } from "./rules-contract.js";
import { describeReports } from "./reports-contract.js";
import { describeTraces } from "./traces-contract.js";
import { aFullRun, describeRuns } from "./runs-contract.js";
import { aDelivery, aRun } from "./run-fixture.js";

export interface StoreHarness {
  open(): Promise<OpenedStore>;
  /** Closes the store and opens it again, as a new process would. */
  reopen(store: OpenedStore): Promise<OpenedStore>;
  dispose(store: OpenedStore): Promise<void>;
}

export function describeStore(name: string, makeHarness: () => StoreHarness): void {
  describe(`${name}: the store's contract`, () => {
    let harness: StoreHarness;
    let store: OpenedStore;
    beforeEach(async () => {
      harness = makeHarness();
      store = await harness.open();
    });
    afterEach(() => harness.dispose(store));

    describeRuns(() => store);
    describeRules(() => store);
    describeQuestions(() => store);
    describeDeliveries(() => store);
    describeLeases(() => store);
    describePastRuns(() => store);
    describeLayerFiles(() => store);
    describeFileReferences(() => store);
    describeEvents(() => store);
    describeReports(() => store);
    describeTraces(() => store);

    it("keeps everything when it is closed and opened again", async () => {
      const run = aFullRun();
      await store.createRun(run);
      await store.addDelivery(aDelivery());
      const told = await store.events.list(run.id, { limit: 100 });
      expect(told.length).toBeGreaterThan(5);
      store = await harness.reopen(store);
      expect(await store.loadRun(run.id)).toStrictEqual(run);
      expect(await store.events.list(run.id, { limit: 100 })).toStrictEqual(told);
      expect(await store.pendingDeliveries()).toStrictEqual([aDelivery()]);
      expect(await store.addDelivery(aDelivery())).toBe(false);
    });

    it("counts its release runs", async () => {
      expect(await store.figures()).toStrictEqual({ runs: [], pendingNotices: 0 });
      await store.createRun(aRun());
      await store.createRun(aRun({ id: "other", tag: "v2" }));
      const over = { status: "completed", conclusion: "failure" } as const;
      await store.createRun(aRun({ id: "old", tag: "v3", ...over }));
      const { runs } = await store.figures();
      expect(runs.toSorted((a, b) => b.count - a.count)).toStrictEqual([
        { status: "building", conclusion: null, count: 2 },
        { ...over, count: 1 },
      ]);
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
