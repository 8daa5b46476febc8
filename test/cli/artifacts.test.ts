import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PruneReport } from "../../src/chain/prune-report.js";
import type { CheckState, RunFile } from "../../src/cli/render-artifacts.js";
import type { CliIo } from "../../src/cli/cli-io.js";
import { runCli } from "../../src/cli/program.js";
import { startFakeServer, type FakeServer } from "./fake-server.js";
import { publishedRun } from "./sample-runs.js";
import { testIo } from "./test-io.js";

const parts = {
  version: "1",
  mainPath: "/nowhere/main.js",
  serve: () => Promise.resolve(0),
  parseConfig: () => Promise.reject(new Error("not asked")),
  formatProblems: () => "",
};

let server: FakeServer;
beforeEach(async () => {
  server = await startFakeServer("socket");
  server.runs = [publishedRun()];
});
afterEach(() => server.close());

async function cli(args: string, more: Partial<CliIo> = {}): Promise<{ code: number; out: string; err: string }> {
  const io = testIo({ env: { DATA_DIR: server.dataDir }, ...more });
  const code = await runCli(args.split(" "), io, parts);
  return { code, out: io.out(), err: io.err() };
}

function aFile(file: string, more: Partial<RunFile> = {}): RunFile {
  const verified = { githubDigest: true, checksumFiles: [], attestedBy: null };
  return {
    component: "sdk",
    artifact: "images",
    file,
    size: 2_000,
    sha256: "ab".repeat(32),
    verified,
    kept: true,
    ...more,
  };
}

const REPORT: PruneReport = {
  dryRun: true,
  unreferenced: { files: 3, bytes: 5_000_000 },
  space: { files: 1, bytes: 2 ** 31 },
  runs: [
    { id: "01jx9", hub: "acme/product", tag: "v1.1.0", why: "space" },
    { id: "01jx8", hub: "acme/product", tag: "v1.0.0", why: "retention" },
  ],
  left: { files: 12, bytes: 40 * 2 ** 30 },
  limit: 39 * 2 ** 30,
  above: 2 ** 30,
  free: 100 * 2 ** 30,
};

const CHECK: CheckState = {
  startedAt: "2026-03-04T05:06:07.000Z",
  completedAt: null,
  failure: null,
  files: 1,
  bytes: 1_000,
  totalFiles: 4,
  totalBytes: 4_000,
  findings: [],
  strays: [],
};
const ended = { ...CHECK, completedAt: "2026-03-04T05:06:09.000Z", files: 4, bytes: 4_000 };
const bad: CheckState = {
  ...ended,
  findings: [
    {
      kind: "damaged",
      sha256: "cd".repeat(32),
      places: [{ runId: "01jx8", hub: "acme/product", tag: "v1.0.0", file: "sdk/images/a.img" }],
    },
    { kind: "missing", sha256: "ef".repeat(32), places: [] },
  ],
  strays: ["/data/artifacts/sha256/ab/note is a file and is named like no file of the store: move it away."],
};

it("reads to people as the golden file says", async () => {
  const run = publishedRun();
  server.artifacts.set(`runs/${run.id}/artifacts`, [
    {
      items: [
        aFile("core.img", { verified: { githubDigest: true, checksumFiles: ["SHA256SUMS"], attestedBy: null } }),
        aFile("big\u001b[2J.img", {
          size: 6 * 2 ** 30,
          kept: false,
          verified: { githubDigest: false, checksumFiles: [], attestedBy: "acme/sdk/.github/workflows/build.yml@main" },
        }),
        aFile("plain.txt", { verified: { githubDigest: false, checksumFiles: [], attestedBy: null } }),
      ],
      next: null,
    },
    { items: [], next: null },
  ]);
  const nothing = { files: 0, bytes: 0 };
  const quiet = { ...REPORT, dryRun: false, unreferenced: nothing, space: nothing, runs: [], limit: null, above: 0 };
  server.artifacts.set("artifacts/prune", [REPORT, { ...quiet, free: null }]);
  server.artifacts.set("artifacts/check", [bad, ended]);
  const texts: string[] = [];
  for (const args of ["artifacts", "artifacts", "prune --dry-run", "prune", "artifacts --check", "artifacts --check"])
    texts.push(`$ release-chain ${args}\n${(await cli(args)).out}`);
  await expect(texts.join("\n")).toMatchFileSnapshot("golden/artifacts.txt");
});

describe("artifacts --check", () => {
  it("asks until it has ended, and ends with 0, or 1 where anything was found", async () => {
    server.artifacts.set("artifacts/check", [CHECK, CHECK, ended]);
    expect(await cli("artifacts --check")).toMatchObject({ code: 0, err: "" });
    expect(server.requests.map((request) => request.split(" ")[0])).toEqual(["POST", "GET", "GET"]);
    server.artifacts.set("artifacts/check", [bad]);
    const found = await cli("artifacts --check --json");
    expect([found.code, JSON.parse(found.out)]).toEqual([1, bad]);
  });

  it("shows on a terminal how far it is once it takes longer than a second", async () => {
    server.artifacts.set("artifacts/check", [CHECK, CHECK, CHECK, ended]);
    let time = 0;
    const moving = { isTerminal: true, now: () => (time += 600) };
    const { err } = await cli("artifacts --check", moving);
    expect(err).toContain("checking: 25 %, 1000 B of 3.9 KiB, 1 of 4 files");
  });

  it("says why it could not be brought to an end", async () => {
    server.artifacts.set("artifacts/check", [{ ...ended, failure: "The file system refused to work on /data (EIO)" }]);
    const { code, err } = await cli("artifacts --check");
    expect([code, err]).toEqual([
      1,
      expect.stringContaining("could not be brought to an end: The file system refused"),
    ]);
  });
});

it("shows on a terminal how far a pruning is, until it has ended", async () => {
  const looking = { found: 70, files: 0, bytes: 0, totalFiles: 0, totalBytes: 0 };
  const removing = { found: 90, files: 1, bytes: 1_000, totalFiles: 4, totalBytes: 4_000 };
  server.artifacts.set("artifacts/prune", [looking, removing, REPORT]);
  let end = (): void => undefined;
  server.work = new Promise((resolve) => (end = resolve));
  let err = "";
  const { code, out } = await cli("prune", {
    isTerminal: true,
    sleep: (_, signal) => new Promise((resolve) => setTimeout(resolve, signal?.aborted === true ? 0 : 5)),
    stderr: (text) => {
      err += text;
      if (text.includes("removing")) end();
    },
  });
  expect([code, out.includes("Would remove 4 files")]).toEqual([0, true]);
  expect(err).toContain(
    "\rlooking through the artifact store: 70 files\u001b[K\rremoving: 1 of 4 files, 1000 B of 3.9 KiB",
  );
  expect(err.endsWith("\r\u001b[K")).toBe(true);
});

it("prunes for good only where it is not dry", async () => {
  server.artifacts.set("artifacts/prune", [REPORT]);
  const dry = await cli("prune --dry-run --json");
  expect([JSON.parse(dry.out), server.body]).toEqual([REPORT, { dryRun: true }]);
  await cli("prune");
  expect(server.body).toEqual({ dryRun: false });
});

it.each([
  "artifacts --check acme/product@v1.0.0",
  "artifacts --check --download x",
  "artifacts a [",
  "prune now",
  "prune --force",
  "artifacts ../x",
])("%s is wrong use", async (args) => {
  expect((await cli(args)).code).toBe(2);
  expect(server.requests).toEqual([]);
});

it("says that no file is meant, where the release run has others", async () => {
  const id = publishedRun().id;
  server.artifacts.set(`runs/${id}/artifacts`, [{ items: [aFile("core.img")], next: null }]);
  const words = `None of the 1 files of acme/product@v1.0.0, run ${id} is meant`;
  expect(await cli(`artifacts ${id} --component bsp`)).toMatchObject({
    code: 0,
    out: expect.stringContaining(words) as string,
  });
  expect((await cli(`artifacts ${id} **/*.txt --json`)).out).toBe('{\n  "items": [],\n  "next": null\n}\n');
});
