/** What every store of people, programs and what they did must do. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AccessStore, Actor, ApiToken, AuditEntry } from "../../src/coordinator/access-port.js";
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

    it("keeps what was done for 400 days", async () => {
      const days = (count: number) => EPOCH + count * 86_400_000;
      for (const at of [days(0), days(2), days(401), days(401)]) await access.audit.record(anEntry({ at }));
      const kept = await access.audit.entries({ limit: 10 });
      expect(kept.map(({ at }) => at)).toStrictEqual([days(401), days(401), days(2)]);
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

    it("keeps tokens by the hash of their value, and forgets those that expired", async () => {
      const mine = aToken({ id: "a", owner: { login: "ada", id: 7 }, name: "ci \u0000", createdAt: EPOCH + 1 });
      const local = aToken({ id: "b", scope: "operate" });
      await access.tokens.add(mine, "hash a");
      await access.tokens.add(local, "hash b");
      expect(await access.tokens.byHash("hash a")).toStrictEqual(mine);
      expect(await access.tokens.byHash("hash c")).toBeNull();
      expect(await access.tokens.list()).toStrictEqual([mine, local]);
      expect(await access.tokens.list(7)).toStrictEqual([mine]);
      await access.tokens.used("a", EPOCH + 2);
      await access.tokens.revoke("a", EPOCH + 3);
      await access.tokens.revoke("a", EPOCH + 9);
      expect(await access.tokens.get("a")).toStrictEqual({ ...mine, usedAt: EPOCH + 2, revokedAt: EPOCH + 3 });
      await access.tokens.deleteExpired(mine.expiresAt);
      expect(await access.tokens.list()).toHaveLength(2);
      await access.tokens.deleteExpired(mine.expiresAt + 1);
      expect(await access.tokens.list()).toStrictEqual([]);
    });

    it("keeps sessions until they end, one by one or all of a person", async () => {
      const { sessions } = access;
      const session = { login: "ada", userId: 7, createdAt: EPOCH, seenAt: EPOCH, expiresAt: EPOCH + 10 };
      for (const hash of ["1", "2", "3"]) await sessions.add(hash, session);
      await sessions.add("4", { ...session, login: "bob", userId: 8 });
      await sessions.seen("1", EPOCH + 5);
      expect(await sessions.get("1")).toStrictEqual({ ...session, seenAt: EPOCH + 5 });
      await sessions.remove("2");
      expect(await sessions.get("2")).toBeNull();
      await sessions.deleteOld(EPOCH + 9, EPOCH + 5);
      expect([await sessions.get("1"), await sessions.get("3"), await sessions.get("4")]).toMatchObject([
        { login: "ada" },
        null,
        null,
      ]);
      await sessions.add("4", { ...session, login: "bob", userId: 8 });
      await sessions.removeAll(7);
      expect(await sessions.get("1")).toBeNull();
      expect(await sessions.get("4")).toMatchObject({ login: "bob" });
      await sessions.deleteOld(EPOCH + 10, 0);
      expect(await sessions.get("4")).toBeNull();
    });

    it("gives a begun sign-in to one of many who ask, once", async () => {
      const { sessions } = access;
      const signIn = { browserHash: "b", returnTo: "/runs/1", expiresAt: EPOCH + 10 };
      await sessions.begin("s", signIn);
      const taken = await Promise.all(Array.from({ length: 5 }, () => sessions.take("s")));
      expect(taken.filter((one) => one !== null)).toStrictEqual([signIn]);
      await sessions.begin("t", signIn);
      await sessions.deleteOld(EPOCH + 10, 0);
      expect(await sessions.take("t")).toBeNull();
    });

    it("lets one of many carry out a request, and gives the others its answer", async () => {
      const { idempotency } = access;
      const claim = (request = "r", at = EPOCH, owner = "ada") => idempotency.claim(owner, "k", request, at, at - 10);
      const claims = await Promise.all(Array.from({ length: 5 }, () => claim()));
      expect(claims.map(({ kind }) => kind).sort()).toEqual(["first", "in-hand", "in-hand", "in-hand", "in-hand"]);
      expect(await claim("another")).toEqual({ kind: "other-request" });
      expect(await claim("r", EPOCH, "bob")).toEqual({ kind: "first" });
      const answer = { status: 201, headers: { location: "/x" }, body: "{}" };
      await idempotency.answered("ada", "k", answer);
      expect(await claim()).toStrictEqual({ kind: "answered", answer });
      await idempotency.release("ada", "k");
      expect(await claim()).toStrictEqual({ kind: "answered", answer });
      await idempotency.release("bob", "k");
      expect(await claim("r", EPOCH + 1, "bob")).toEqual({ kind: "first" });
      expect(await claim("r", EPOCH + 11, "bob")).toEqual({ kind: "in-hand" });
      expect(await claim("r", EPOCH + 12, "bob")).toEqual({ kind: "first" });
      expect(await claim("r", EPOCH + 13, "bob")).toEqual({ kind: "in-hand" });
      await idempotency.deleteBefore(EPOCH + 1);
      expect([await claim("new"), await claim("new", EPOCH + 13, "bob")]).toEqual([
        { kind: "first" },
        { kind: "other-request" },
      ]);
    });
  });
}

function aToken(given: Partial<ApiToken>): ApiToken {
  const times = { createdAt: EPOCH, expiresAt: EPOCH + 100, usedAt: null, revokedAt: null };
  return { id: "t", name: "ci", scope: "read", owner: null, ...times, ...given };
}
