import { createHash } from "node:crypto";
import { appendFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packagedMigrations } from "../../src/store/migration-files.js";
import { aCollectedArtifact, aComponentRun, aRun } from "../contract/run-fixture.js";
import { aFolder, openSqlite } from "../contract/sqlite-fixture.js";

const LATER = "29990101000000_later";

let folder: Awaited<ReturnType<typeof aFolder>>;
let file: string;
let migrations: string;
beforeEach(async () => {
  folder = await aFolder();
  file = join(folder.path, "store.db");
  migrations = join(folder.path, "migrations");
  await cp(packagedMigrations("sqlite"), migrations, { recursive: true });
});
afterEach(() => folder.remove());

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(migrations, name));
  await writeFile(join(migrations, name, "migration.sql"), sql);
}

async function openAndClose(): Promise<void> {
  const store = await openSqlite(file, migrations);
  await store.close();
}

async function sql(script: string): Promise<Record<string, unknown>[]> {
  const connection = await new PrismaLibSql({ url: pathToFileURL(file).href }).connect();
  const { columnNames, rows } = await connection.queryRaw({ sql: script, args: [], argTypes: [] });
  await connection.dispose();
  return rows.map((row) => Object.fromEntries(row.map((value, index) => [columnNames[index] ?? "", value])));
}

describe("migrations", () => {
  it("are recorded as prisma migrate deploy records them", async () => {
    await openAndClose();
    const names = (await readdir(migrations, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    const recorded = await sql("SELECT * FROM _prisma_migrations ORDER BY migration_name");
    expect(recorded.map((row) => row["migration_name"])).toStrictEqual(names.map((entry) => entry.name).sort());
    for (const row of recorded) {
      const text = await readFile(join(migrations, String(row["migration_name"]), "migration.sql"));
      expect(row).toStrictEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        checksum: createHash("sha256").update(text).digest("hex"),
        migration_name: row["migration_name"],
        started_at: "2026-01-01T00:00:00.000+00:00",
        finished_at: "2026-01-01T00:00:00.000+00:00",
        logs: null,
        rolled_back_at: null,
        applied_steps_count: 1,
      });
    }
  });

  it("are applied once each, in the order of their names", async () => {
    await openAndClose();
    await addMigration("29990102000000_second", "INSERT INTO Later VALUES (2);");
    await addMigration(LATER, "CREATE TABLE Later (value INTEGER);\n-- Values; later.\nINSERT INTO Later VALUES (1);");
    await openAndClose();
    await openAndClose();
    expect(await sql("SELECT value FROM Later")).toStrictEqual([{ value: 1 }, { value: 2 }]);
  });

  it("leave nothing behind when they fail, and can be tried again once mended", async () => {
    await addMigration(LATER, "CREATE TABLE Later (value INTEGER);\nINSERT INTO Nowhere VALUES (1);");
    const failed = { code: "migration_failed", message: expect.stringContaining("no such table: Nowhere") as string };
    await expect(openSqlite(file, migrations)).rejects.toMatchObject(failed);
    await expect(openSqlite(file, migrations)).rejects.toMatchObject(failed);
    expect(await sql("SELECT name FROM sqlite_master WHERE name = 'Later'")).toStrictEqual([]);
    await writeFile(join(migrations, LATER, "migration.sql"), "CREATE TABLE Later (value INTEGER);");
    await openAndClose();
    expect(await sql("SELECT count(*) AS count FROM Later")).toStrictEqual([{ count: 0 }]);
  });

  it("may redefine a table, as Prisma does, without losing the rows that refer to it", async () => {
    const run = aRun({ components: [aComponentRun({ artifacts: [aCollectedArtifact()] })] });
    const store = await openSqlite(file, migrations);
    await store.createRun(run);
    await store.close();
    const redefine = `PRAGMA defer_foreign_keys=ON;
      PRAGMA foreign_keys=OFF;
      CREATE TABLE "new_ReleaseRun" AS SELECT * FROM "ReleaseRun";
      DROP TABLE "ReleaseRun";`;
    await addMigration(
      LATER,
      `${redefine}${await createTable("ReleaseRun")};
      INSERT INTO "ReleaseRun" SELECT * FROM "new_ReleaseRun";
      DROP TABLE "new_ReleaseRun";
      PRAGMA foreign_keys=ON;`,
    );
    const again = await openSqlite(file, migrations);
    expect(await again.loadRun(run.id)).toStrictEqual(run);
    await again.close();
  });

  it("are taken back where rows would refer to nothing afterwards", async () => {
    const store = await openSqlite(file, migrations);
    await store.createRun(aRun());
    await store.close();
    await addMigration(LATER, `DELETE FROM "ReleaseRun";`);
    await expect(openSqlite(file, migrations)).rejects.toMatchObject({ code: "migration_failed" });
    expect(await sql(`SELECT count(*) AS count FROM "ReleaseRun"`)).toStrictEqual([{ count: 1 }]);
  });
});

async function createTable(name: string): Promise<string> {
  const [row] = await sql(`SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '${name}'`);
  return String(row?.["sql"]);
}

describe("a database that is not this version's", () => {
  it("is refused where a migration was changed afterwards", async () => {
    await addMigration(LATER, "CREATE TABLE Later (value INTEGER);");
    await openAndClose();
    await appendFile(join(migrations, LATER, "migration.sql"), "\n-- changed");
    await expect(openSqlite(file, migrations)).rejects.toMatchObject({
      code: "migration_changed",
      message: expect.stringContaining(`The migration ${LATER} was changed after`) as string,
    });
  });

  it("is refused where a newer version migrated it, and works again with that version", async () => {
    await addMigration(LATER, "CREATE TABLE Later (value INTEGER);");
    await openAndClose();
    const sqlOfLater = join(migrations, LATER);
    await rm(sqlOfLater, { recursive: true });
    await expect(openSqlite(file, migrations)).rejects.toMatchObject({
      code: "migration_unknown",
      message: expect.stringContaining("a newer version wrote it") as string,
    });
    await addMigration(LATER, "CREATE TABLE Later (value INTEGER);");
    await openAndClose();
  });

  it("is refused where another tool left a migration unfinished, unless it was rolled back", async () => {
    await openAndClose();
    await sql("UPDATE _prisma_migrations SET finished_at = NULL");
    await expect(openSqlite(file, migrations)).rejects.toMatchObject({ code: "migration_unfinished" });
    await sql("UPDATE _prisma_migrations SET finished_at = started_at");
    await sql(
      "INSERT INTO _prisma_migrations (id, checksum, migration_name, rolled_back_at) VALUES ('x', 'y', 'z', '2026-01-01')",
    );
    await openAndClose();
  });

  it("is refused where it holds the tables of another program", async () => {
    await sql("CREATE TABLE Songs (title TEXT)");
    await expect(openSqlite(file, migrations)).rejects.toMatchObject({
      code: "database_foreign",
      message: expect.stringContaining("holds the tables of another program (Songs)") as string,
    });
    expect(await sql("SELECT name FROM sqlite_master")).toStrictEqual([{ name: "Songs" }]);
  });
});
