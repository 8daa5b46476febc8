import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { openStore } from "../../src/store/open-store.js";
import type { OpenedStore } from "../../src/store/opened-store.js";
import { aDatabase, empty, NO_POSTGRESQL } from "../postgresql/database.js";
import { describeAccess, type AccessHarness } from "./access-contract.js";
import { memoryAccess } from "./memory-access.js";
import { MemoryStore } from "./memory-store.js";
import { aFolder, fixedClock, recordingLog } from "./sqlite-fixture.js";

function inMemory(): AccessHarness {
  return {
    open() {
      const store = new MemoryStore();
      return Promise.resolve({ store, access: memoryAccess(() => store.listRuns({ limit: 1_000 })) });
    },
    dispose: () => Promise.resolve(),
  };
}

function opened(
  url: string,
  close: (store: OpenedStore) => Promise<void>,
  before?: () => Promise<void>,
): AccessHarness {
  let store: OpenedStore | null = null;
  return {
    async open() {
      store = await openStore({ databaseUrl: url, clock: fixedClock, log: recordingLog() });
      await before?.();
      return { store, access: store.access };
    },
    async dispose() {
      if (store !== null) await close(store);
    },
  };
}

describeAccess("memory", inMemory);

describe("SQLite", async () => {
  const folder = await aFolder();
  afterAll(() => folder.remove());
  let number = 0;
  describeAccess("SQLite", () => {
    number += 1;
    return opened(`file:${join(folder.path, `${number}.db`)}`, (store) => store.close());
  });
});

describe("PostgreSQL", async () => {
  const database = await aDatabase();
  if (database === null) {
    it("has a server here", ({ skip }) => skip(NO_POSTGRESQL));
    return;
  }
  afterAll(() => database.drop());
  describeAccess("PostgreSQL", () =>
    opened(
      database.url,
      (store) => store.close(),
      () => empty(database),
    ),
  );
});
