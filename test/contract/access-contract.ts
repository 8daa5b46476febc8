/** What every store of people, programs and what they did must do. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AccessStore, Actor, AuditEntry } from "../../src/coordinator/access-port.js";
import type { Store } from "../../src/coordinator/ports.js";
import { aCollectedArtifact, aCollectedFile, aRun, EPOCH, withComponent } from "./run-fixture.js";

export interface AccessHarness {
  open(): Promise<{ store: Store; access: AccessStore }>;
  dispose(): Promise<void>;
}

export function anEntry(given: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: EPOCH,
    actor: { kind: "user", login: "ada", id: 7 },
    source: "192.0.2.1",
    action: "retry",
    hub: "acme/product",
    runId: "r1",
    component: null,
    result: "done",
    detail: null,
    ...given,
  };
}

export function describeAccess(name: string, makeHarness: () => AccessHarness): void {
  describe(`${name}: the contract of who may ask`, () => {
    let harness: AccessHarness;
    let store: Store;
    let access: AccessStore;
    beforeEach(async () => {
      harness = makeHarness();
      ({ store, access } = await harness.open());
    });
    afterEach(() => harness.dispose());

    it("keeps the audit log, newest first, whatever texts it is given", async () => {
      const actors: [Actor, string][] = [
        [{ kind: "local", via: "control socket" }, "control socket"],
        [{ kind: "token", id: "t1", name: "ci \u0000 <b>", scope: "read", login: "ada" }, "ci \u0000 <b> (t1 of ada)"],
        [{ kind: "token", id: "t2", name: "nightly", scope: "operate", login: null }, "nightly (t2)"],
        [{ kind: "github", login: "bob" }, "bob"],
      ];
      for (const [actor] of actors)
        await access.audit.record(anEntry({ actor, component: "a\u0000", detail: "half \ud83d", runId: actor.kind }));
      await access.audit.record(anEntry({ hub: null, runId: null, source: null, action: "sign-in" }));
      const all = await access.audit.entries({ limit: 10 });
      expect(all.map(({ actor }) => actor)).toStrictEqual(["ada", ...actors.map(([, text]) => text).reverse()]);
      expect(all[0]).toMatchObject({ at: EPOCH, actorKind: "user", hub: null, runId: null, source: null });
      expect(all[1]).toMatchObject({ component: "a\u0000", detail: "half \ud83d", result: "done" });
      const [first, second] = await access.audit.entries({ limit: 2 });
      expect([first, second]).toStrictEqual(all.slice(0, 2));
      expect(await access.audit.entries({ before: second?.id ?? 0, limit: 10 })).toStrictEqual(all.slice(2));
      expect(await access.audit.entries({ runId: "github", limit: 9 })).toStrictEqual([all[1]]);
      expect(await access.audit.entries({ hub: "acme/product", limit: 9 })).toStrictEqual(all.slice(1));
    });

    it("names the hubs that have release runs, and those that have a file", async () => {
      const sha256 = "c".repeat(64);
      const files = [aCollectedFile({ sha256 })];
      const run = aRun({ id: "r1", hub: "acme/zeta", status: "completed" });
      const [component] = run.components;
      const withFile = withComponent(run, component?.id ?? "", { artifacts: [aCollectedArtifact({ files })] });
      await store.createRun(withFile);
      await store.createRun(aRun({ id: "r2", hub: "acme/alpha", status: "completed" }));
      await store.createRun(aRun({ id: "r3", hub: "acme/alpha", status: "completed" }));
      expect(await access.hubs.hubs()).toStrictEqual(["acme/alpha", "acme/zeta"]);
      expect(await access.hubs.hubsWithFile(sha256)).toStrictEqual(["acme/zeta"]);
      expect(await access.hubs.hubsWithFile("d".repeat(64))).toStrictEqual([]);
    });
  });
}
