import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../src/coordinator/ports.js";
import { databaseAddress } from "../../src/store/database-url.js";
import { openStore } from "../../src/store/open-store.js";
import { aFoundAttempt, aComponentRun, aRun, withComponent } from "../contract/run-fixture.js";
import { aFolder, fixedClock, openSqlite, recordingLog } from "../contract/sqlite-fixture.js";

describe("DATABASE_URL", () => {
  it.each([
    ["file:./data/release-chain.db", resolve("data/release-chain.db")],
    ["file:data/a%20b.db", resolve("data/a b.db")],
    ["FILE:x.db", resolve("x.db")],
    ["file:/var/lib/chain.db", "/var/lib/chain.db"],
    ["file:///var/lib/ch%C3%A4in.db", "/var/lib/chäin.db"],
    ["file://localhost/var/chain.db", "/var/chain.db"],
  ])("%s names %s", (url, path) => {
    expect(databaseAddress(url)).toStrictEqual({ kind: "sqlite", path });
  });

  it.each([
    ["mysql://chain:secret@db/chain", 'begins with "mysql:", which is not known'],
    ["./secret.db", "DATABASE_URL has no scheme"],
    ["", "DATABASE_URL has no scheme"],
    ["file:", "names no file"],
    ["file:./data/", "names no file"],
    ["file::memory:", "would not survive a restart"],
    ["file:./x.db?connection_limit=1", 'takes no options after "?"'],
    ["file://data/x.db", 'the part after "//" would be a host'],
    ["file:./100%.db", 'a "%" is written %25'],
  ])("%s is refused", async (databaseUrl, words) => {
    const opening = openStore({ databaseUrl, clock: fixedClock, log: recordingLog() });
    await expect(opening).rejects.toMatchObject({ name: "StoreError", code: "database_url" });
    const error: unknown = await opening.catch((reason: unknown) => reason);
    expect(String(error)).toContain(words);
    expect(String(error)).toContain("file:./data/release-chain.db");
    expect(String(error)).not.toContain("secret");
  });
});

describe("DATABASE_URL of PostgreSQL", () => {
  it.each([
    ["postgresql://chain:secret@db.example.com/chain", "chain at db.example.com:5432"],
    ["postgres://chain:se%40cret@[::1]:5433/my%20chain?sslmode=require", "my chain at [::1]:5433"],
    ["postgresql:///chain?host=/var/run/postgresql", "chain at /var/run/postgresql"],
  ])("%s names %s, and shows no password", (url, name) => {
    expect(databaseAddress(url)).toStrictEqual({ kind: "postgresql", url, name });
  });

  it.each([
    ["postgresql://chain:secret@db", "names no database"],
    ["postgresql://chain:secret@db/", "names no database"],
    ["postgresql:///chain", "names no host"],
    ["postgresql://chain:secret@db/chain/more", 'more than one "/"'],
    ["postgresql://chain:secret%@db/chain", 'a "%" begins no escape'],
    ["postgresql://chain:sec/ret@db/chain", "no whole address"],
    ["postgresql://db/chain?password=secret", 'the option "password", which has no place there'],
    ["postgresql://db/chain?schema=secret", 'the option "schema"'],
  ])("%s is refused", (url, words) => {
    expect(() => databaseAddress(url)).toThrow(words);
    const error: unknown = (() => {
      try {
        return databaseAddress(url);
      } catch (cause) {
        return cause;
      }
    })();
    expect(error).toMatchObject({ name: "StoreError", code: "database_url" });
    expect(String(error)).not.toContain("secret");
  });
});

describe("opening a store", () => {
  let folder: Awaited<ReturnType<typeof aFolder>>;
  beforeEach(async () => {
    folder = await aFolder();
  });
  afterEach(() => folder.remove());

  it("creates the folder and the database, in WAL mode, under any name", async () => {
    const file = join(folder.path, "a new", "päth #1?", "100%.db");
    const log = recordingLog();
    const store = await openStore({ databaseUrl: pathToFileURL(file).href, clock: fixedClock, log });
    await store.createRun(aRun());
    expect(await readdir(join(file, ".."))).toEqual(expect.arrayContaining(["100%.db", "100%.db-wal", "100%.db.lock"]));
    expect(new Set(log.lines.map((line) => line.message))).toStrictEqual(new Set(["Applied a database migration."]));
    await store.close();
  });

  it("leaves all in the one file when it is closed", async () => {
    const file = join(folder.path, "store.db");
    const copy = join(folder.path, "copy.db");
    const store = await openSqlite(file);
    await store.createRun(aRun());
    await store.close();
    await copyFile(file, copy);
    const copied = await openSqlite(copy);
    expect(await copied.loadRun("run-1")).toStrictEqual(aRun());
    await copied.close();
  });

  it("says what is wrong with a file that is no database, and holds no lock on it afterwards", async () => {
    const file = join(folder.path, "store.db");
    await writeFile(file, "This is a text, and long enough to be taken for a database's first page.".repeat(20));
    for (let time = 0; time < 2; time++) {
      await expect(openSqlite(file)).rejects.toMatchObject({
        code: "database_unusable",
        message: expect.stringMatching(/store\.db cannot be opened: .*not a database\. Check that/) as string,
      });
    }
  });

  it("says what is wrong with a folder that is none", async () => {
    await writeFile(join(folder.path, "file"), "");
    const opening = openSqlite(join(folder.path, "file", "store.db"));
    await expect(opening).rejects.toMatchObject({ code: "database_unusable" });
    await mkdir(join(folder.path, "store.db"));
    await expect(openSqlite(join(folder.path, "store.db"))).rejects.toMatchObject({ code: "database_unusable" });
  });

  it("finishes what is in hand before it closes", async () => {
    const file = join(folder.path, "store.db");
    const store = await openSqlite(file);
    const created = Array.from({ length: 10 }, (_, index) =>
      store.createRun(aRun({ id: `${index}`, tag: `${index}` })),
    );
    const closed = store.close();
    await Promise.all([...created, closed]);
    const again = await openSqlite(file);
    expect(await again.openRuns()).toHaveLength(10);
    await again.close();
  });
});

describe("descriptors", () => {
  const descriptors = () =>
    readdir("/proc/self/fd").then(
      (open) => open.length,
      () => null,
    );

  it("stay few over 600 transactions", async ({ skip }) => {
    const before = await descriptors();
    if (before === null) return skip("There is no /proc/self/fd here.");
    const folder = await aFolder();
    const store = await openSqlite(join(folder.path, "store.db"));
    await Promise.all(Array.from({ length: 10 }, (_, writer) => writeAndRead(store, `run-${writer}`, 10, 50)));
    const after = (await descriptors()) ?? Infinity;
    await store.close();
    await folder.remove();
    // The database, its WAL and shared memory, the lock; and room for what the test runner opens meanwhile.
    expect(after - before).toBeLessThan(20);
  });
});

/** Every write and every read is a transaction. */
async function writeAndRead(store: Store, id: string, writes: number, reads: number): Promise<void> {
  let run = aRun({ id, tag: id, components: [aComponentRun({ id: "x" })] });
  await store.createRun(run);
  for (let time = 1; time < writes; time++) {
    run = await store.saveRun(run, withComponent(run, "x", { attempts: [aFoundAttempt(time)] }));
  }
  for (let time = 0; time < reads; time++) expect(await store.liveRun("acme/product", "none")).toBeNull();
}
