/** vitest's globalSetup: names a place for the PostgreSQL server of this test run, and stops it if a test has started one. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FOLDER, type PostgresqlServer } from "./server.js";

export async function setup(): Promise<void> {
  process.env[FOLDER] ??= await mkdtemp(join(tmpdir(), "release-chain-postgresql-"));
}

export async function teardown(): Promise<void> {
  const folder = process.env[FOLDER];
  if (folder === undefined) return;
  const text = await readFile(join(folder, "server.json"), "utf8").catch(() => null);
  const said = text === null ? {} : (JSON.parse(text) as Partial<PostgresqlServer>);
  // SIGQUIT: at once, without writing anything.
  if (said.pid !== undefined && isThere(said.pid)) process.kill(said.pid, "SIGQUIT");
  while (said.pid !== undefined && isThere(said.pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  await rm(folder, { recursive: true, force: true });
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
