import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEvent } from "../../src/cli/event-stream.js";
import { plainLine } from "../../src/cli/plain-line.js";
import { runCli } from "../../src/cli/program.js";
import type { JobLog, LoggedEvent } from "../../src/cli/server-api.js";
import { parts } from "./client-parts.js";
import { startFakeServer, type FakeServer } from "./fake-server.js";
import { liveRun } from "./sample-runs.js";
import { testIo, type TestIo } from "./test-io.js";

const ID = liveRun().id;

let server: FakeServer;
beforeEach(async () => {
  server = await startFakeServer("socket");
  server.runs = [liveRun()];
});
afterEach(() => server.close());

async function logs(args: string, onSleep: (io: TestIo) => void = () => undefined, isTerminal = false) {
  const io: TestIo = testIo({
    isTerminal,
    env: { DATA_DIR: server.dataDir },
    sleep: () => {
      onSleep(io);
      return Promise.resolve();
    },
  });
  const code = await runCli(["logs", ...args.split(" ").filter((arg) => arg !== "")], io, parts);
  return { code, out: io.out(), err: io.err() };
}

const pressed = (io: TestIo): void => {
  io.interrupt();
};
const event = (id: string, sentence = `what ${id} tells`): LoggedEvent => ({
  id,
  at: "2026-03-01T10:00:00.000Z",
  sentence,
});
const told = (...events: LoggedEvent[]): string =>
  events.map((one) => `id: ${one.id}\nevent: run\ndata: ${JSON.stringify(one)}\n\n`).join("");
const TRANSFER = 'event: transfer\ndata: {"component":"a"}\n\n';
const END = "event: end\ndata: {}\n\n";

describe("logs of a release run", () => {
  beforeEach(() => {
    server.artifacts.set(`runs/${ID}/events`, [
      { items: [event("1.0"), event("1.1", "bad \u001b[2J\nname")], next: "1.1" },
      { items: [event("2.0")], next: null },
    ]);
  });

  it("are its events, page by page, or the last of them", async () => {
    const { code, out } = await logs(ID);
    expect([code, out.split("\n")]).toEqual([
      0,
      [
        "2026-03-01 10:00:00Z  what 1.0 tells",
        "2026-03-01 10:00:00Z  bad  [2J name",
        "2026-03-01 10:00:00Z  what 2.0 tells",
        "",
      ],
    ]);
    expect(server.requests.at(-1)).toContain("after=1.1");
    const last = await logs(`${ID} --tail 1 --json`);
    expect(JSON.parse(last.out)).toEqual(event("2.0"));
  });

  it("go on with --follow over a server that restarts, none lost and none twice, to the end", async () => {
    server.streams = [
      `retry: 2000\n\n: heartbeat\n\n${told(event("3.0"))}${TRANSFER}`,
      "busy",
      `${told(event("4.0"))}id: 5.0\ndata: ${JSON.stringify(event("5.0"))}`,
      `${told(event("5.0"))}${END}`,
    ];
    const { code, out, err } = await logs(`${ID} --follow --json`);
    expect(code).toBe(0);
    const ids = out
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as LoggedEvent).id);
    expect(ids).toEqual(["1.0", "1.1", "2.0", "3.0", "4.0", "5.0"]);
    expect(server.resumed).toEqual(["2.0", "3.0", "3.0", "4.0"]);
    expect(err.split("\n").filter((line) => line !== "")).toEqual([
      expect.stringContaining("503"),
      "release-chain: the server answers again.",
    ]);
  });

  it("take a server for back as soon as it answers, however long it has nothing to tell", async () => {
    let now = 0;
    const io = testIo({
      env: { DATA_DIR: server.dataDir },
      now: () => now,
      sleep: () => {
        // As a build that tells of nothing for longer than a server that is away is waited for.
        now += 400_000;
        return Promise.resolve();
      },
    });
    server.streams = ["busy", ": heartbeat\n\n", "busy", "busy", `${told(event("3.0"))}${END}`];
    expect([await runCli(["logs", ID, "--follow"], io, parts), io.err().match(/answers again/g)?.length]).toEqual([
      0, 2,
    ]);
  });

  it("end at Ctrl-C with 130, and with 1 where a server gives no events", async () => {
    server.streams = [told(event("3.0"))];
    expect((await logs(`${ID} --follow`, pressed)).code).toBe(130);
    const none = await logs(`${ID} --follow`);
    expect([none.code, none.err]).toEqual([1, expect.stringContaining("gives no events")]);
  });
});

describe("logs of a component", () => {
  const log: JobLog = {
    component: "node",
    attempt: 2,
    url: "https://github.com/acme/node/actions/runs/7",
    job: { name: "build" },
    jobs: [{ name: "build", status: "completed", conclusion: "failure" }],
    lines: ["2026-03-01T10:00:00Z \u001b[31mfailed\u001b[0m\tat 3", "\u001b]0;title\u0007rm \u009b2J"],
    truncated: true,
    complete: true,
  };
  const route = `runs/${ID}/components/node/attempts/last/logs`;

  it("are the end of the log of its job, and nothing in it steers the terminal", async () => {
    server.artifacts.set(route, [log]);
    const { code, out } = await logs(`${ID} node`);
    expect([code, out.split("\n")]).toEqual([
      0,
      [
        "node, attempt 2, job build: https://github.com/acme/node/actions/runs/7",
        "… more before: --tail, or the workflow run's own page",
        "2026-03-01T10:00:00Z failed    at 3",
        "rm  2J",
        "",
      ],
    ]);
    server.artifacts.set(route.replace("last", "1"), [{ ...log, attempt: 1 }]);
    const first = await logs(`${ID} node --attempt 1 --tail 7 --json`);
    expect(JSON.parse(first.out)).toMatchObject({ attempt: 1 });
    expect(server.requests.at(-1)).toContain("/attempts/1/logs?tail=7");
  });

  it("wait with --follow until the job has ended, and say how far it is", async () => {
    const running = {
      ...log,
      complete: false,
      lines: [],
      jobs: [{ name: "build", status: "in_progress", conclusion: null }],
    };
    server.artifacts.set(route, [running, running, log]);
    const { code, out, err } = await logs(`${ID} node --follow`);
    expect([code, err]).toEqual([0, "release-chain: node, attempt 2: build in_progress\n"]);
    expect(out).toContain("failed    at 3");
    server.artifacts.set(route, [running]);
    expect((await logs(`${ID} node --follow`, pressed)).code).toBe(130);
    expect(await logs(`${ID} node --follow`, pressed, true)).toMatchObject({
      code: 130,
      err: expect.stringMatching(/in_progress\n\n$/) as string,
    });
    expect((await logs(`${ID} node`)).out).toContain("The job has not ended: --follow waits for its log.");
  });

  it("are not there where it has no such attempt", async () => {
    const { code, err } = await logs(`${ID} none`);
    expect([code, err]).toEqual([1, expect.stringContaining("There is no such run")]);
  });
});

it.each(["--attempt 1", `${ID} ../x`, `${ID} node --tail 0`, `${ID} node --attempt x`, "a b c"])(
  "logs %s is wrong use",
  async (args) => {
    expect((await logs(args)).code).toBe(2);
  },
);

it.each([
  ["data: a\ndata: b", { id: null, type: "message", data: "a\nb" }],
  ["id: 1\r\nevent:run\r\ndata:x", { id: "1", type: "run", data: "x" }],
  [": heartbeat", null],
  ["id: 1", null],
  ["nonsense\ndata", { id: null, type: "message", data: "" }],
])("%j is read as the standard says", (block, expected) => {
  expect(readEvent(block)).toEqual(expected);
});

it.each(["\u001b[1;31mx\u001b[m", "\u001bcx", "\u001b]8;;https://evil\u001b\\x", "x\r", "\u001b[?25lx", "x\u001b"])(
  "%j is a plain x",
  (line) => {
    expect(plainLine(line)).toBe("x");
  },
);
