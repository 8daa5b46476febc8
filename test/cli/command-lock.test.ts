import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockText, makeLock, type LockFile } from "../../src/chain/lock-file.js";
import type { CliParts } from "../../src/cli/command-context.js";
import { runCli } from "../../src/cli/program.js";
import { PLAIN } from "../../src/cli/text-style.js";
import { renderPlan } from "../../src/cli/render-plan.js";
import { startFakeServer, type FakeServer } from "./fake-server.js";
import { samplePlan } from "./sample-plan.js";
import { failedRun, liveRun, publishedRun, refusedRun } from "./sample-runs.js";
import { testIo } from "./test-io.js";

let server: FakeServer;
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "rc-lock-"));
  server = await startFakeServer("socket");
  server.runs = [liveRun(), publishedRun(), failedRun(), refusedRun()];
  for (const { id } of [liveRun(), publishedRun()]) server.plans.set(id, { ...samplePlan(), configPath: id });
  env = { DATA_DIR: server.dataDir };
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = testIo({ env, cwd: folder });
  const code = await runCli(args, io, { version: "9.8.7" } as CliParts);
  expect(io.out() + io.err()).not.toMatch(/\n\s+at .*:\d+/);
  return { code, out: io.out(), err: io.err() };
}

const LOCK = lockText(makeLock(samplePlan(), null));

async function lockNamed(name: string, text = LOCK): Promise<string> {
  await writeFile(path.join(folder, name), text);
  return name;
}

describe("release-chain lock", () => {
  it("writes the lock of a release run, or of the plan where no run has one", async () => {
    expect(await cli("lock")).toEqual({ code: 0, out: LOCK, err: "" });
    expect(await cli("lock", liveRun().id.slice(0, 8), "--json")).toEqual({ code: 0, out: LOCK, err: "" });
    expect((await cli("lock", "acme/product@v9")).out).toBe(lockText(makeLock({ ...samplePlan(), tag: "v9" }, null)));
    expect(await cli("lock", refusedRun().id)).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("has no lock: ") as string,
    });
  });

  it("prefers the release run that succeeded to a later one", async () => {
    const { hub, tag } = publishedRun();
    server.runs = [{ ...failedRun(), hub, tag }, publishedRun()];
    await cli("lock", `${hub}@${tag}`);
    expect(server.requests.at(-1)).toBe(`GET /api/v1/runs/${publishedRun().id}/lock`);
  });

  it("says why there is none", async () => {
    server.problems = [{ code: "tag_gone", message: "acme/product has no tag v9." }];
    const refused = await cli("lock", "acme/product@v9");
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toContain("tag_gone: acme/product has no tag v9.");
  });

  it.each(["kas", "bitbake-setup", "json"])("converts a lock file to %s with no server, to a file", async (format) => {
    env = { DATA_DIR: "/nowhere" };
    const file = await lockNamed("a.json");
    const printed = await cli("lock", "--lock", file, "--format", format);
    expect(printed).toMatchObject({ code: 0, err: "" });
    expect(await cli("lock", "--lock", file, "--format", format, "-o", "out")).toEqual({ code: 0, out: "", err: "" });
    expect(await readFile(path.join(folder, "out"), "utf8")).toBe(printed.out);
    const lock = JSON.parse(LOCK) as LockFile;
    for (const { sha } of lock.components) expect(printed.out).toContain(sha);
  });

  it.each([
    [["lock", "--format", "toml"], 2, "Allowed choices are json, kas, bitbake-setup"],
    [["lock", "x", "--lock", "y"], 2, "leave out RUN, or --lock"],
    [["lock", "--json", "--format", "kas"], 2, "cannot be used with"],
    [["lock", "--lock", "absent.json"], 2, "There is no file absent.json."],
    [["lock", "--lock", "."], 2, ". is a folder."],
    [["plan", "--lock", "absent.json"], 2, "There is no file absent.json."],
    [["start", "--lock", "absent.json"], 2, "There is no file absent.json."],
    [["lock", "-o", "no/such/folder"], 1, "no/such/folder cannot be written (ENOENT)."],
  ])("%j ends with %d and %s", async (args, code, words) => {
    const result = await cli(...args);
    expect(result).toMatchObject({ code, out: "" });
    expect(result.err).toContain(words);
  });

  it("refuses what is no lock, with every problem, and a huge file without reading it", async () => {
    await lockNamed("bad.json", LOCK.replaceAll(/"sha": "\w+"/g, '"sha": "main"'));
    const bad = await cli("plan", "--lock", "bad.json");
    expect(bad.code).toBe(1);
    expect(bad.err).toMatch(
      /bad\.json is no lock that can be used:\n {2}components\[0\]\.sha: .*\n {2}components\[1\]\.sha/,
    );
    await truncate(path.join(folder, await lockNamed("huge.json")), 100_000_000);
    expect((await cli("start", "--lock", "huge.json")).err).toContain("it has 100 MB; a lock has at most 67.");
    expect(server.requests).toEqual([]);
  });
});

describe("a release from a lock", () => {
  it("is planned and started with its sources, by default under its own name", async () => {
    await lockNamed("l.json");
    const sources = Object.fromEntries(
      samplePlan().components.map(({ id, repo, ref, sha }) => [id, { repo, ref, sha }]),
    );
    const lock = { hub: "acme/product", tag: "v1.0.0", components: sources };
    expect((await cli("plan", "--lock", "l.json", "--json")).out).toContain('"tag": "v1.0.0"');
    expect(server.lock).toEqual(lock);
    expect((await cli("plan", "acme/product@v2", "--lock", "l.json")).out).toContain("acme/product@v2");
    server.lock = null;
    expect(await cli("start", "acme/product@v2", "--lock", "l.json")).toMatchObject({ code: 0 });
    expect(server.lock).toEqual(lock);
    expect(server.runs[0]).toMatchObject({ hub: "acme/product", tag: "v2" });
    expect(await cli("start", "--lock", "l.json")).toMatchObject({
      code: 1,
      err: expect.stringContaining("live") as string,
    });
    expect(await cli("plan", "01jx", "--lock", "l.json")).toMatchObject({ code: 2 });
  });

  it("is refused with the reasons", async () => {
    await lockNamed("l.json");
    server.problems = [{ code: "lock_incomplete", message: "sdk: the lock does not name it." }];
    const { code, err } = await cli("plan", "acme/product@v2", "--lock", "l.json");
    expect([code, err]).toEqual([
      1,
      "acme/product@v2 cannot be built from the lock of acme/product@v1.0.0:\n  lock_incomplete: sdk: the lock does not name it.\n",
    ]);
  });

  it("is shown as such", () => {
    const plan = { ...samplePlan(), lockedFrom: { hub: "acme/product", tag: "v1.0.0-rc3" } };
    expect(renderPlan(plan, PLAIN)).toContain("\nsources from the lock of acme/product@v1.0.0-rc3\n");
  });
});
