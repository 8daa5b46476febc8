import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aRun } from "../contract/run-fixture.js";
import { aFolder, openSqlite } from "../contract/sqlite-fixture.js";
import { startStoreProcess, type StoreProcess } from "./store-process.js";

describe("one server per database file", () => {
  let folder: Awaited<ReturnType<typeof aFolder>>;
  let file: string;
  let started: StoreProcess[];
  beforeEach(async () => {
    folder = await aFolder();
    file = join(folder.path, "store.db");
    started = [];
  });
  afterEach(async () => {
    await Promise.all(started.map((process) => process.kill()));
    await folder.remove();
  });
  function start(): StoreProcess {
    const process = startStoreProcess(file);
    started.push(process);
    return process;
  }

  const refusal =
    /^database_locked Another release-chain server has \S+store\.db open \(it holds \S+store\.db\.lock\)\. Stop it first/;

  it("lets one of two processes in, and the next one once that was killed with SIGKILL", async () => {
    const both = [start(), start()];
    const said = await Promise.all(both.map((process) => process.said));
    expect(said.filter((line) => line === "open")).toHaveLength(1);
    expect(said.filter((line) => refusal.test(line))).toHaveLength(1);
    await expect(openSqlite(file)).rejects.toThrow("Another release-chain server has");

    await Promise.all(both.map((process) => process.kill()));
    const store = await openSqlite(file);
    await store.createRun(aRun());
    await store.close();
  });

  it("refuses a second store in the same process, also through a link, until the first is closed", async () => {
    const link = join(folder.path, "link.db");
    const first = await openSqlite(file);
    await symlink(file, link);
    for (const path of [file, link]) {
      await expect(openSqlite(path)).rejects.toMatchObject({ code: "database_locked" });
    }
    await first.ping();
    for (let round = 0; round < 5; round++) {
      await first.close();
      const next = await openSqlite(round % 2 === 0 ? link : file);
      await next.close();
    }
  });
});
