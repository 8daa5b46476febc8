/** The SQLite store in a folder of its own, for tests. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock, Log } from "../../src/coordinator/ports.js";
import { openStore } from "../../src/store/open-store.js";
import type { OpenedStore } from "../../src/store/opened-store.js";
import { EPOCH } from "./run-fixture.js";

export const fixedClock: Clock = { now: () => EPOCH };

export interface LogLine {
  level: keyof Log;
  fields: Record<string, unknown>;
  message: string;
}

/** A log that keeps its lines. */
export function recordingLog(): Log & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: keyof Log) => (fields: Record<string, unknown>, message: string) => {
    lines.push({ level, fields, message });
  };
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

export async function aFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "release-chain-store-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export function openSqlite(file: string, migrationsDir?: string): Promise<OpenedStore> {
  return openStore({
    databaseUrl: `file:${encodeURI(file)}`,
    clock: fixedClock,
    log: recordingLog(),
    ...(migrationsDir !== undefined && { migrationsDir }),
  });
}
