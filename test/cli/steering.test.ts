/** The commands that change a release run: what they ask the server for, what they say, how they end. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunView } from "../../src/chain/run-view.js";
import type { CliIo } from "../../src/cli/cli-io.js";
import { runCli } from "../../src/cli/program.js";
import { parts } from "./client-parts.js";
import type { FakeServer } from "./fake-server.js";
import { startFakeServer } from "./fake-server.js";
import { failedRun, liveRun } from "./sample-runs.js";
import { testIo } from "./test-io.js";

let server: FakeServer;
beforeEach(async () => {
  server = await startFakeServer("socket");
  server.runs = [liveRun(), failedRun()];
});
afterEach(async () => {
  await server.close();
});

async function cli(args: string, overrides: Partial<CliIo> = {}): Promise<{ code: number; out: string; err: string }> {
  const io = testIo({ env: { DATA_DIR: server.dataDir }, ...overrides });
  const code = await runCli(args.split(" "), io, parts);
  return { code, out: io.out(), err: io.err() };
}

const posts = (): string[] => server.requests.filter((request) => request.startsWith("POST"));

const RUN = "/api/v1/runs/01jx8r0v5k";
const COMMANDS = [
  ["cancel acme/product@v1.0.0", `${RUN}/cancel`, {}],
  ["cancel 01jx8r --component sdk", `${RUN}/components/sdk/cancel`, {}],
  ["retry 01jx8r", `${RUN}/retry`, {}],
  ["retry 01jx8failed --component node", "/api/v1/runs/01jx8failed/components/node/retry", {}],
  ["skip acme/product@v1.0.0 docs", `${RUN}/components/docs/skip`, {}],
  ["adopt 01jx8r sdk 42", `${RUN}/components/sdk/adopt`, { workflowRunId: 42 }],
] as const;

describe.each(COMMANDS)("%s", (args, path, body) => {
  it("asks for it, once", async () => {
    expect(await cli(args)).toMatchObject({ code: 0, err: "" });
    expect(posts()).toEqual([`POST ${path}`]);
    expect(server.body).toEqual(body);
  });

  it("ends with 0 where it is so already, and says how it stands", async () => {
    server.commandAnswer = { status: 200, more: { changed: false, detail: "It has ended already." } };
    const { code, out } = await cli(args);
    expect([code, out]).toEqual([0, expect.stringMatching(/^acme\/product@v1\.0\.0, run \w+: nothing to do\. It has/)]);
  });

  it("prints the run with --json, as status does", async () => {
    const { code, out } = await cli(`${args} --json`);
    expect(code).toBe(0);
    expect([liveRun(), failedRun()]).toContainEqual(JSON.parse(out) as RunView);
  });

  it("ends with 1 and the code where it is refused", async () => {
    server.commandAnswer = { status: 409, more: { code: "newer_run" } };
    expect(await cli(args)).toEqual({
      code: 1,
      out: "",
      err: "release-chain: not done: newer_run: It is not so.\n",
    });
  });

  it.each([404, 409, 500, 502])("ends with 1 and words where the server answers %d", async (status) => {
    server.commandAnswer = { status, more: {} };
    expect(await cli(args)).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("It is not so.") as string,
    });
  });
});

it("each says in one line what was done", async () => {
  const lines: string[] = [];
  const more = ["cancel 01jx8r --component core", "skip 01jx8r sdk"];
  for (const args of [...COMMANDS.map(([each]) => each), ...more])
    lines.push(`$ release-chain ${args}\n${(await cli(args)).out}`);
  await expect(lines.join("")).toMatchFileSnapshot("golden/steering.txt");
});

it.each([
  "cancel",
  "cancel 01jx8r --component ../retry",
  "cancel a b",
  "retry",
  "retry 01jx8",
  "skip 01jx8r",
  "skip 01jx8r ..",
  "adopt 01jx8r sdk",
  "adopt 01jx8r sdk abc",
  "adopt 01jx8r sdk 1e3",
  "adopt 01jx8r sdk 0",
])("%s is wrong use", async (args) => {
  const { code, out, err } = await cli(args);
  expect([code, out, posts()]).toEqual([2, "", []]);
  expect(err).not.toBe("");
});

it.each(["cancel v1", "retry v1", "skip v1 docs", "adopt v1 sdk 42"])(
  "%s ends with 3 without a server",
  async (args) => {
    expect(await cli(args, { env: {}, cwd: "/nowhere" })).toMatchObject({ code: 3, out: "" });
  },
);

describe("cancel --wait", () => {
  /** Looks at the run are answered with these, the last again and again. */
  function goesOn(...later: RunView[]): Partial<CliIo> {
    return {
      sleep: () => {
        const next = later.length > 1 ? later.shift() : later[0];
        if (next !== undefined) server.runs = [next];
        return Promise.resolve();
      },
    };
  }
  const ended = (conclusion: RunView["conclusion"]): RunView => liveRun({ status: "completed", conclusion });

  it.each([
    ["cancelled", 0],
    ["success", 1],
    ["failure", 1],
  ] as const)("waits for the end, and tells whether it was that: %s ends with %d", async (conclusion, code) => {
    const result = await cli("cancel 01jx8r --wait", goesOn(liveRun(), ended(conclusion)));
    expect(result).toMatchObject({ code, err: "" });
    expect(result.out.trimEnd().split("\n")).toEqual([
      expect.stringContaining("is being cancelled."),
      `acme/product@v1.0.0, run 01jx8r0v5k: has ended: ${conclusion}.`,
    ]);
  });

  it("waits for one component", async () => {
    const components = liveRun().components.map((each) =>
      each.id === "sdk" ? { ...each, status: "completed" as const, conclusion: "cancelled" as const } : each,
    );
    const later = liveRun({ components });
    const result = await cli("cancel 01jx8r --component sdk --wait", goesOn(later));
    expect(result).toMatchObject({ code: 0, out: expect.stringContaining("sdk has ended: cancelled.\n") as string });
  });

  it("prints the run at its end with --json, and nothing else", async () => {
    const { code, out } = await cli("cancel 01jx8r --wait --json", goesOn(ended("cancelled")));
    expect([code, JSON.parse(out)]).toEqual([0, ended("cancelled")]);
  });
});

describe("start", () => {
  it("asks for new commits and another configuration", async () => {
    expect(await cli("start acme/product@v2 --relock --config-ref fix/layers")).toMatchObject({ code: 0 });
    expect(server.body).toEqual({ hub: "acme/product", tag: "v2", relock: true, configRef: "fix/layers" });
    await cli("start acme/product@v3");
    expect(server.body).toEqual({ hub: "acme/product", tag: "v3" });
  });

  it("takes no lock and --relock at once", async () => {
    expect(await cli("start acme/product@v2 --relock --lock x.json")).toMatchObject({ code: 2, out: "" });
    expect(posts()).toEqual([]);
  });
});
