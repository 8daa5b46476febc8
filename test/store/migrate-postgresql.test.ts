import { createHash } from "node:crypto";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { packagedMigrations } from "../../src/store/migration-files.js";
import { openStore } from "../../src/store/open-store.js";
import { aFolder, fixedClock, recordingLog } from "../contract/sqlite-fixture.js";
import { aDatabase, NO_POSTGRESQL, type TestDatabase } from "../postgresql/database.js";

const LATER = "29990101000000_later";
const packaged = packagedMigrations("postgresql");

describe("migrations of PostgreSQL", () => {
  let database: TestDatabase;
  let folder: Awaited<ReturnType<typeof aFolder>>;
  let migrations: string;
  beforeEach(async ({ skip }) => {
    const made = await aDatabase();
    if (made === null) return skip(NO_POSTGRESQL);
    database = made;
    folder = await aFolder();
    migrations = join(folder.path, "migrations");
    await cp(packaged, migrations, { recursive: true });
    return async () => {
      await folder.remove();
      await database.drop();
    };
  });

  async function add(name: string, sql: string): Promise<void> {
    await mkdir(join(migrations, name), { recursive: true });
    await writeFile(join(migrations, name, "migration.sql"), sql);
  }

  async function openAndClose(log = recordingLog()): Promise<typeof log> {
    const store = await openStore({ databaseUrl: database.url, migrationsDir: migrations, clock: fixedClock, log });
    await store.close();
    return log;
  }

  it("are applied once and recorded as prisma migrate deploy records them", async () => {
    await openAndClose();
    await add(LATER, "CREATE TABLE later (value integer);\n-- Values; later.\nINSERT INTO later VALUES (1);");
    expect((await openAndClose()).lines.map(({ fields }) => fields["migration"])).toStrictEqual([LATER]);
    expect((await openAndClose()).lines).toStrictEqual([]);
    expect(await database.sql("SELECT value FROM later")).toStrictEqual([{ value: 1 }]);
    const recorded = await database.sql("SELECT * FROM _prisma_migrations ORDER BY migration_name");
    expect(recorded.at(-1)?.["migration_name"]).toBe(LATER);
    for (const row of recorded) {
      const text = await readFile(join(migrations, String(row["migration_name"]), "migration.sql"));
      expect(row).toStrictEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        checksum: createHash("sha256").update(text).digest("hex"),
        migration_name: row["migration_name"],
        started_at: expect.any(Date) as Date,
        finished_at: expect.any(Date) as Date,
        logs: null,
        rolled_back_at: null,
        applied_steps_count: 1,
      });
    }
  });

  it("are applied once where several servers start at once", async () => {
    const logs = await Promise.all(Array.from({ length: 4 }, () => openAndClose()));
    const names = logs.flatMap(({ lines }) => lines.map(({ fields }) => String(fields["migration"])));
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
    const [row] = await database.sql("SELECT count(*)::int AS count FROM _prisma_migrations");
    expect(row).toStrictEqual({ count: names.length });
  });

  it("leave nothing behind when they fail, and can be tried again once mended", async () => {
    await add(LATER, "CREATE TABLE later (value integer);\nINSERT INTO nowhere VALUES (1);");
    const failed = {
      code: "migration_failed",
      message: expect.stringMatching(
        /^The migration 2999\S+ of the database test_\w+ at 127\.0\.0\.1:\d+ failed and was taken back: relation "nowhere" does not exist\./,
      ) as string,
    };
    for (let time = 0; time < 2; time++) await expect(openAndClose()).rejects.toMatchObject(failed);
    expect(await database.sql("SELECT 1 FROM pg_tables WHERE tablename = 'later'")).toStrictEqual([]);
    await add(LATER, "CREATE TABLE later (value integer);");
    await openAndClose();
  });

  it("are refused where the database is a newer version's, or another program's", async () => {
    await database.sql("CREATE TABLE songs (title text)");
    await expect(openAndClose()).rejects.toMatchObject({
      code: "database_foreign",
      message: expect.stringContaining("holds the tables of another program (songs). Name another database") as string,
    });
    await database.sql("DROP TABLE songs");
    await openAndClose();
    await database.sql("UPDATE _prisma_migrations SET migration_name = '29990101000000_newer'");
    await expect(openAndClose()).rejects.toMatchObject({ code: "migration_unknown" });
  });
});

describe("a PostgreSQL database that cannot be used", () => {
  it("is told in a sentence without its password", async ({ skip }) => {
    const database = await aDatabase();
    if (database === null) return skip(NO_POSTGRESQL);
    const problems = [
      [database.url.replace("not-for-you", "wr0ng-password"), "password authentication failed"],
      [`${database.url}_no`, `database "${database.name}_no" does not exist`],
      [database.url.replace(/:\d+\//, ":1/"), "ECONNREFUSED"],
    ] as const;
    for (const [databaseUrl, words] of problems) {
      const opening = openStore({ databaseUrl, clock: fixedClock, log: recordingLog() });
      const error: unknown = await opening.catch((cause: unknown) => cause);
      expect(error).toMatchObject({ name: "StoreError", code: "database_unusable" });
      expect(String(error)).toContain(words);
      expect(String(error)).toMatch(
        /The database test_\w+ at 127\.0\.0\.1:\d+ cannot be opened: .*\. Check DATABASE_URL/,
      );
      expect(String(error)).not.toMatch(/not-for-you|wr0ng-password/);
    }
    await database.drop();
  });
});
