/** What every outbox of notices must do. */
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { noticeContent } from "../../src/chain/notice-text.js";
import type { NoticeStore, StoredNotice } from "../../src/coordinator/notices-port.js";
import type { Store } from "../../src/coordinator/ports.js";
import { openStore } from "../../src/store/open-store.js";
import { aDatabase, empty, NO_POSTGRESQL } from "../postgresql/database.js";
import { memoryNotices } from "./memory-notices.js";
import { MemoryStore } from "./memory-store.js";
import { aPlan, aRun, EPOCH } from "./run-fixture.js";
import { aFolder, fixedClock, openSqlite, recordingLog } from "./sqlite-fixture.js";

interface Opened {
  store: Store;
  notices: NoticeStore;
  close(): Promise<void>;
}

function aNotice(change: Partial<StoredNotice> = {}): StoredNotice {
  const event = { kind: "failed", key: "failed x", components: [] } as const;
  const content = noticeContent(aRun(), { ...event, components: [] }, { now: EPOCH, publicUrl: null });
  return {
    id: "msg_1",
    runId: "one",
    target: "slack",
    event: "failed x",
    state: "pending",
    attempts: 0,
    createdAt: EPOCH,
    dueAt: EPOCH,
    sentAt: null,
    detail: null,
    content,
    ...change,
  };
}

function describeOutbox(name: string, open: () => Promise<Opened>): void {
  describe(name, () => {
    let opened: Opened;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it("keeps one notice for each event and target of a release run, until it is settled", async () => {
      const { store, notices } = opened;
      await store.createRun(aRun({ id: "one" }));
      const other = aNotice({ id: "msg_2", target: "mail", createdAt: EPOCH + 1, dueAt: EPOCH + 5 });
      expect(await notices.add([aNotice(), other])).toBe(2);
      expect(await notices.add([aNotice({ id: "msg_3", detail: "another" })])).toBe(0);
      expect(await notices.ofRun("one")).toStrictEqual([aNotice(), other]);
      expect(await notices.due(EPOCH, 10)).toStrictEqual([aNotice()]);
      expect(await notices.due(EPOCH + 5, 1)).toStrictEqual([aNotice()]);
      expect(await notices.nextDue()).toBe(EPOCH);

      expect(await notices.claim(aNotice(), EPOCH + 9)).toBe(true);
      expect(await notices.claim(aNotice(), EPOCH + 9)).toBe(false);
      expect(await notices.due(EPOCH + 5, 10)).toStrictEqual([other]);
      await notices.settle("msg_1", { state: "sent", dueAt: null, sentAt: EPOCH + 3, detail: null });
      await notices.settle("msg_1", { state: "failed", dueAt: null, sentAt: null, detail: "too late" });
      await notices.settle("msg_2", { state: "failed", dueAt: null, sentAt: null, detail: "it answered 500" });
      expect(
        (await notices.ofRun("one")).map(({ state, attempts, sentAt, detail }) => [state, attempts, sentAt, detail]),
      ).toEqual([
        ["sent", 1, EPOCH + 3, null],
        ["failed", 0, null, "it answered 500"],
      ]);
      expect([await notices.nextDue(), await notices.due(EPOCH * 2, 10)]).toEqual([null, []]);
      expect(await notices.sentSince("slack", EPOCH)).toEqual([EPOCH + 3]);
      expect(await notices.sentSince("slack", EPOCH + 4)).toEqual([]);
    });

    it("knows how release runs of a hub ended before, who was told, and which to look at", async () => {
      const { store, notices } = opened;
      const ended = (id: string, at: number, conclusion: "success" | "timed_out" | "cancelled") =>
        aRun({ id, tag: id, status: "completed", conclusion, createdAt: at, completedAt: at, plan: null });
      const notify = [{ when: "failure" as const, to: "slack" }];
      for (const run of [
        { ...ended("a", 10, "success"), plan: aPlan({ notify }) },
        ended("b", 20, "timed_out"),
        ended("c", 30, "cancelled"),
        aRun({ id: "d", tag: "d", createdAt: 40, plan: null }),
      ])
        await store.createRun(run);
      const { hub } = aRun();
      expect(await notices.outcomeBefore(hub, "d", 50)).toBe("failure");
      expect(await notices.outcomeBefore(hub, "b", 50)).toBe("success");
      expect(await notices.outcomeBefore(hub, "x", 15)).toBe("success");
      expect(await notices.outcomeBefore(hub, "x", 10)).toBeNull();
      expect(await notices.newestRules(hub)).toEqual(notify);
      expect(await notices.newestRules("acme/other")).toBeNull();
      expect(await notices.runsToLookAt(25)).toEqual(["c", "d"]);
    });
  });
}

describeOutbox("memory", () => {
  const store = new MemoryStore();
  return Promise.resolve({ store, notices: memoryNotices(store), close: () => store.close() });
});

describeOutbox("SQLite", async () => {
  const folder = await aFolder();
  const store = await openSqlite(join(folder.path, "store.db"));
  const close = async (): Promise<void> => {
    await store.close();
    await folder.remove();
  };
  return { store, notices: store.notices, close };
});

describe("PostgreSQL", async () => {
  const database = await aDatabase();
  if (database === null) {
    it("has a server here", ({ skip }) => skip(NO_POSTGRESQL));
    return;
  }
  afterAll(() => database.drop());
  describeOutbox("PostgreSQL", async () => {
    const store = await openStore({ databaseUrl: database.url, clock: fixedClock, log: recordingLog() });
    await empty(database);
    return { store, notices: store.notices, close: () => store.close() };
  });
});
