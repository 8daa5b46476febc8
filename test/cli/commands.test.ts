/** Commands that ask a server, and what they say where there is none. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ReleasePlan } from "../../src/chain/plan.js";
import type { RunView } from "../../src/chain/run-view.js";
import type { Environment } from "../../src/cli/cli-io.js";
import { cli } from "./cli.js";
import type { FakeServer } from "./fake-server.js";
import { startFakeServer } from "./fake-server.js";
import { samplePlan } from "./sample-plan.js";
import { failedRun, liveRun, publishedRun, refusedRun } from "./sample-runs.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "rc-files-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe.each(["socket", "port"] as const)("asking a server on a %s", (where) => {
  let server: FakeServer;
  let env: Environment;
  beforeEach(async () => {
    server = await startFakeServer(where);
    server.runs = [liveRun(), publishedRun(), failedRun(), refusedRun()];
    server.plans.set(liveRun().id, samplePlan());
    env = where === "socket" ? { DATA_DIR: server.dataDir } : { RELEASE_CHAIN_URL: server.url };
  });
  afterEach(async () => {
    await server.close();
  });

  it.each([
    [["status"], 0],
    [["status", "01jx9"], 0],
    [["status", "01jx9done", "--json"], 0],
    [["status", "acme/product@v1.0.0"], 0],
    [["status", "01jx8failed"], 1],
    [["status", "01jx8failed", "--json"], 1],
    [["status", "01jxbad"], 1],
    [["status", "01jx8"], 2],
    [["status", "acme/product"], 2],
    [["status", "--jason"], 2],
    [["status", "zzz"], 1],
    [["status", "acme/product@v7"], 1],
    [["list"], 0],
    [["list", "--status", "building"], 0],
    [["list", "--status", "sleeping"], 2],
    [["list", "--hub", "acme"], 2],
    [["list", "--limit", "0"], 2],
    [["plan"], 0],
    [["plan", "01jx8r"], 0],
    [["plan", "acme/product@v2"], 0],
    [["plan", "01jxbad"], 1],
    [["start", "acme/product@v2"], 0],
    [["start", "acme/product@v1.0.0"], 1],
    [["start", "acme/product"], 2],
    [["start"], 2],
  ])("%j ends with %d", async (args, code) => {
    const result = await cli(args, { env });
    expect(result).toMatchObject({ code });
    expect(result.code === 2 || (code === 1 && result.out === "") ? result.err : result.out).not.toBe("");
    expect(result.out + result.err).not.toMatch(/\n\s+at .*:\d+/);
  });

  it("prints the run as the server gave it with --json", async () => {
    const { out } = await cli(["status", "01jx8failed", "--json"], { env });
    expect(JSON.parse(out) as RunView).toEqual(failedRun());
  });

  it("prints a page of runs with --json, filtered by the server", async () => {
    const { out } = await cli(["list", "--hub", "acme/product", "--tag", "v0.9.0", "--json"], { env });
    expect(JSON.parse(out) as { items: RunView[] }).toEqual({ items: [refusedRun()], next: null });
  });

  it("says that there are more runs than it shows", async () => {
    const { out } = await cli(["list", "--limit", "2"], { env });
    expect(out.trimEnd().split("\n")).toHaveLength(4);
    expect(out).toContain("There are more");
  });

  it("finds a run by the beginning of its id on a later page", async () => {
    const { out } = await cli(["status", "01jxb"], { env });
    expect(out).toContain("run 01jxbad");
  });

  it("plans a release without starting it, and prints stored plans", async () => {
    const preview = await cli(["plan", "acme/product@v2", "--json"], { env });
    expect(JSON.parse(preview.out) as ReleasePlan).toEqual({ ...samplePlan(), tag: "v2" });
    expect(server.runs).toHaveLength(4);
    const stored = await cli(["plan", "01jx8r0v5k", "--json"], { env });
    expect(JSON.parse(stored.out) as ReleasePlan).toEqual(samplePlan());
  });

  it("does not guess at a plan of a later version", async () => {
    server.plans.set(liveRun().id, { ...samplePlan(), version: 2 as 1 });
    expect(await cli(["plan"], { env })).toMatchObject({ code: 1, out: "" });
    expect(await cli(["plan", "--json"], { env })).toMatchObject({ code: 0 });
  });

  it("lists every problem of a release that cannot be built", async () => {
    server.problems = [
      { code: "cycle", message: "a needs b needs a." },
      { code: "workflow_missing", message: "acme/sdk has no build.yml." },
    ];
    for (const command of ["plan", "start"]) {
      const { code, err } = await cli([command, "acme/product@v2"], { env });
      expect(code).toBe(1);
      expect(err).toContain("cycle: a needs b needs a.");
      expect(err).toContain("workflow_missing: acme/sdk has no build.yml.");
    }
    const json = await cli(["plan", "acme/product@v2", "--json"], { env });
    expect(JSON.parse(json.out)).toEqual({ problems: server.problems });
  });

  it("starts a run, prints its id, and names the live one the second time", async () => {
    const first = await cli(["start", "acme/product@v2"], { env });
    expect(first.out).toBe("run5\n");
    const second = await cli(["start", "acme/product@v2"], { env });
    expect(second.code).toBe(1);
    expect(second.err).toContain("run5");
    expect(server.runs).toHaveLength(5);
  });

  it("says so where there is no run at all", async () => {
    server.runs = [];
    expect(await cli(["status"], { env })).toMatchObject({ code: 1, out: "" });
    expect((await cli(["list"], { env })).out).toBe("No release runs.\n");
  });
});

describe("a server with sign-in", () => {
  let server: FakeServer;
  beforeEach(async () => {
    server = await startFakeServer("port");
    server.token = "s3cret-token";
    server.runs = [liveRun()];
  });
  afterEach(async () => {
    await server.close();
  });

  it("is sent the token", async () => {
    const env = { RELEASE_CHAIN_URL: `${server.url}/`, RELEASE_CHAIN_TOKEN: "s3cret-token" };
    expect(await cli(["status"], { env })).toMatchObject({ code: 0 });
  });

  it("refuses a wrong one, which is not printed", async () => {
    const env = { RELEASE_CHAIN_URL: server.url, RELEASE_CHAIN_TOKEN: "wr0ng-token", LOG_LEVEL: "debug" };
    const { code, out, err } = await cli(["status"], { env });
    expect(code).toBe(1);
    expect(err).toContain("RELEASE_CHAIN_TOKEN");
    expect(out + err).not.toContain("wr0ng-token");
  });

  it("is not sent a token that cannot be one, which is not printed", async () => {
    const env = { RELEASE_CHAIN_URL: server.url, RELEASE_CHAIN_TOKEN: "s3cret-token\nand more" };
    const { code, err } = await cli(["status"], { env });
    expect([code, server.requests]).toEqual([2, []]);
    expect(err).toMatch(/^release-chain: RELEASE_CHAIN_TOKEN has spaces, line ends/);
    expect(err).not.toContain("s3cret");
  });
});

describe("no server, or another one", () => {
  it.each([["status"], ["list"], ["plan"], ["plan", "acme/product@v1"], ["start", "acme/product@v1"]])(
    "%s %s ends with 3 and names the socket",
    async (...args) => {
      const { code, err } = await cli(args, { cwd: folder });
      expect(code).toBe(3);
      expect(err).toContain(path.join(folder, "data", "control.sock"));
      expect(err).toContain("release-chain serve");
    },
  );

  it("ends with 3 and names the URL", async () => {
    const { code, err } = await cli(["status"], { env: { RELEASE_CHAIN_URL: "http://127.0.0.1:1" } });
    expect(code).toBe(3);
    expect(err).toContain("http://127.0.0.1:1");
  });

  it.each(["chain.example.com", "ftp://chain.example.com", "https://me:pw@chain.example.com"])(
    "%s is no address",
    async (url) => {
      const { code, err } = await cli(["status"], { env: { RELEASE_CHAIN_URL: url } });
      expect(code).toBe(2);
      expect(err).not.toContain("pw@");
    },
  );

  it.each([
    ["a page", "text/html", "<html>"],
    ["broken JSON", "application/json", "{"],
    ["a list without items", "application/json", "{}"],
  ])("answers %s", async (_what, type, body) => {
    const other = createServer((_request, response) => {
      response.writeHead(200, { "content-type": type }).end(body);
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const { code, err } = await cli(["list"], { env: { RELEASE_CHAIN_URL: url } });
    other.close();
    expect(code).toBe(1);
    expect(err).toContain(url);
  });

  it("sends the token to no other host", async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const redirecting = createServer((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/` }).end();
    });
    await new Promise<void>((resolve) => redirecting.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
    const result = await cli(["list"], { env: { RELEASE_CHAIN_URL: url, RELEASE_CHAIN_TOKEN: "t" } });
    elsewhere.close();
    redirecting.close();
    expect(result.code).toBe(1);
    expect(seen).toEqual([]);
  });
});

describe("token", () => {
  let server: FakeServer;
  beforeEach(async () => {
    server = await startFakeServer("port");
  });
  afterEach(async () => {
    await server.close();
  });

  it.each(["1s", "367d", "soon"])("create refuses --expires %s before anybody is asked", async (span) => {
    const env = { RELEASE_CHAIN_URL: server.url };
    const { code, err } = await cli(["token", "create", "ci", "--expires", span], { env });
    expect([code, server.requests]).toEqual([2, []]);
    expect(err).toContain("'--expires <DURATION>'");
  });

  it("revoke says where tokens are to be found, where there is none of that id", async () => {
    const { code, err } = await cli(["token", "revoke", "nope"], { env: { RELEASE_CHAIN_URL: server.url } });
    expect(code).toBe(1);
    expect(err).toBe("release-chain: There is no token nope. `release-chain token list` shows them.\n");
  });
});
