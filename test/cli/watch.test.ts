import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TransferProgress } from "../../src/chain/transfer-progress.js";
import type { RunView } from "../../src/chain/run-view.js";
import type { CliIo } from "../../src/cli/cli-io.js";
import { cutPainted } from "../../src/cli/columns.js";
import { runCli } from "../../src/cli/program.js";
import { renderStatus } from "../../src/cli/render-status.js";
import { renderTree } from "../../src/cli/render-tree.js";
import { COLOURED, PLAIN } from "../../src/cli/text-style.js";
import { parts } from "./client-parts.js";
import { startFakeServer, type FakeServer } from "./fake-server.js";
import { failedRun, liveRun, publishedRun, SAMPLE_NOW } from "./sample-runs.js";
import { testIo, type TestIo } from "./test-io.js";

const GIB = 1024 ** 3;
const transfer: TransferProgress = {
  file: "image.wic.zst",
  filesDone: 0,
  filesTotal: 2,
  bytesDone: 1.2 * GIB,
  bytesTotal: 5 * GIB,
  bytesPerSecond: 80 * 1024 ** 2,
  secondsLeft: 49,
};

/** The live run with a component that downloads. */
function collecting(share = 0.24): RunView {
  const run = liveRun();
  const moved = { ...transfer, bytesDone: share * transfer.bytesTotal };
  const components = run.components.map((one) =>
    one.id === "protocol"
      ? { ...one, status: "collecting" as const, why: "downloads image.wic.zst: …", transfer: moved }
      : one,
  );
  return { ...run, components };
}

function publishing(): RunView {
  const run = publishedRun();
  const release = run.release === null ? null : { ...run.release, assets: [], transfer };
  return { ...run, status: "publishing", conclusion: null, completedAt: null, why: "publishes: 0 of 2 files", release };
}

describe("a status with transfers", () => {
  it("has bars on a terminal, and sentences elsewhere", async () => {
    const drawn =
      renderStatus(collecting(), SAMPLE_NOW, PLAIN, 100) + renderStatus(publishing(), SAMPLE_NOW, PLAIN, 60);
    await expect(drawn).toMatchFileSnapshot("golden/status-transfers.txt");
    expect(renderStatus(collecting(), SAMPLE_NOW, PLAIN)).not.toContain("█");
  });

  it("can be cut with its colours", () => {
    const escape = String.fromCharCode(27);
    const line = COLOURED.good("abc") + COLOURED.bad("def");
    expect(cutPainted(line, 6)).toBe(line);
    const cut = cutPainted(line, 5);
    expect(cut.split(new RegExp(`${escape}\\[\\d+m`)).join("")).toBe("abcd…");
    expect(cut.split(escape)).toHaveLength(5);
    expect(cutPainted(line, 0)).toBe("");
  });
});

describe("a tree", () => {
  it("reads on a terminal as the golden file says, with what is known of past builds and without", async () => {
    const terminal = { now: SAMPLE_NOW, style: PLAIN, columns: 100 };
    const run = collecting();
    const sdk = { status: "in_progress" as const, why: "workflow run 7 is in progress since 10:00:01Z" };
    const components = run.components.map((one) =>
      one.id === "sdk"
        ? { ...one, ...sdk, attempts: one.attempts.map((each) => ({ ...each, startedAt: run.createdAt })) }
        : one,
    );
    const sdkSpan = { from: SAMPLE_NOW - 12_000, to: SAMPLE_NOW + 18_000, done: 0.4 };
    const times = { end: SAMPLE_NOW + 90_000, components: new Map([["sdk", sdkSpan]]), unknown: [] };
    const drawn = [
      renderTree({ ...run, components }, times, terminal),
      renderTree({ ...run, groups: [] }, null, { ...terminal, columns: 60 }),
      renderTree(failedRun(), null, { ...terminal, columns: 40 }),
      renderTree(publishing(), null, terminal),
    ];
    await expect(drawn.join("\n")).toMatchFileSnapshot("golden/tree.txt");
  });
});

describe("watch", () => {
  let server: FakeServer;
  beforeEach(async () => {
    server = await startFakeServer("socket");
  });
  afterEach(async () => {
    await server.close();
  });

  /** Looks as often as there are steps; each happens before the next look. */
  async function watch(
    args: string[],
    steps: ((io: TestIo) => void)[],
    overrides: Partial<CliIo> = {},
  ): Promise<{ code: number; io: TestIo }> {
    let now = SAMPLE_NOW;
    const io: TestIo = testIo({
      env: { DATA_DIR: server.dataDir, NO_COLOR: "1" },
      now: () => now,
      sleep: () => {
        now += 60_000;
        steps.shift()?.(io);
        return Promise.resolve();
      },
      ...overrides,
    });
    return { code: await runCli(["watch", ...args], io, parts), io };
  }

  const become = (run: RunView) => () => void (server.runs = [{ ...run, id: liveRun().id }]);

  it("prints a line for each change, and ends as the release run does", async () => {
    server.runs = [liveRun()];
    const same = become(liveRun());
    const { code, io } = await watch(
      ["acme/product@v1.0.0"],
      [
        same,
        become(collecting(0.21)),
        become(collecting(0.29)),
        become(collecting(0.9)),
        become(publishing()),
        become(publishedRun()),
      ],
    );
    expect(code).toBe(0);
    await expect(io.out()).toMatchFileSnapshot("golden/watch.txt");
    expect(io.err()).toBe("");
    server.runs = [liveRun()];
    expect((await watch([], [become(failedRun())])).code).toBe(1);
  });

  it("prints a document a line with --json, none where only time has passed", async () => {
    server.runs = [collecting()];
    const waiting = liveRun({ why: "waits since 10:00:05Z" });
    const { code, io } = await watch(
      ["--json"],
      [become(waiting), become({ ...waiting, why: "waits since 10:00:06Z" }), become(publishedRun())],
    );
    expect(code).toBe(0);
    const documents = io
      .out()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as RunView);
    expect(documents.map(({ status, why }) => [status, why])).toEqual([
      ["building", null],
      ["building", "waits since 10:00:05Z"],
      ["completed", null],
    ]);
  });

  it("draws over its own lines on a terminal, within its size, and leaves the whole at the end", async () => {
    server.runs = [collecting()];
    const terminal = { isTerminal: true, columns: 50, rows: 7 };
    const { code, io } = await watch([], [become(failedRun())], terminal);
    expect(code).toBe(1);
    const [, first = "", second = ""] = io.out().split("\r\u001b[J");
    const lines = first
      .replace(/\u001b.*$/, "")
      .trimEnd()
      .split("\n");
    expect(lines.length).toBeLessThan(7);
    expect(Math.max(...lines.map((line) => Array.from(line).length))).toBeLessThan(50);
    expect(first).toContain(`\u001b[${lines.length}A`);
    expect(first).not.toContain("consensus");
    expect(second).toContain("What failed");
    const last = failedRun().components.flatMap(({ attempts }) => attempts.map(({ url }) => url ?? ""));
    for (const url of last) expect(second).toContain(url);
    expect(second.split("\n").length).toBeGreaterThan(7);
  });

  it.each([[false], [true]])("goes on when the server was away, and says so (terminal: %s)", async (isTerminal) => {
    server.runs = [liveRun()];
    const { code, io } = await watch(
      [liveRun().id],
      [() => (server.answering = false), () => undefined, () => (server.answering = true), become(publishedRun())],
      { isTerminal, columns: 200, rows: 50 },
    );
    expect(code).toBe(0);
    const told = isTerminal ? io.out() : io.err();
    expect(told.match(/watch tries again for 10m/g)).not.toBeNull();
    if (!isTerminal)
      expect(io.err()).toMatch(
        /^release-chain: .*watch tries again for 10m\.\nrelease-chain: the server answers again\.\n$/,
      );
  });

  it("gives a server up that stays away, and a release run that is gone", async () => {
    server.runs = [liveRun()];
    const gone = await watch([], [() => (server.runs = [])]);
    expect(gone.code).toBe(1);
    expect(gone.io.err()).toContain("There is no release run 01jx8r0v5k any more.");
    server.runs = [liveRun()];
    const away = await watch([], [() => (server.answering = false)]);
    expect(away.code).toBe(3);
  });

  it("ends at Ctrl-C, and leaves the release run alone", async () => {
    server.runs = [liveRun()];
    const pressed = (self: TestIo): void => {
      self.interrupt();
    };
    const { code, io } = await watch([], [pressed]);
    expect(code).toBe(130);
    expect(io.err()).toContain("release run 01jx8r0v5k goes on: release-chain watch 01jx8r0v5k");
    expect(server.requests.filter((request) => !request.startsWith("GET "))).toEqual([]);
  });

  it("looks when the event stream tells of a change, and rarely where it tells of none", async () => {
    server.runs = [liveRun()];
    const last = (): string => {
      become(publishedRun())();
      return `id: 2.0\ndata: {}\n\nevent: end\ndata: {}\n\n`;
    };
    server.streams = [`id: 1.0\ndata: {}\n\n`, "busy", last];
    const io = testIo({ env: { DATA_DIR: server.dataDir }, now: () => Date.now() });
    let [waits, most] = [0, 0];
    const counted = async (ms: number, signal?: AbortSignal): Promise<void> => {
      most = Math.max(most, ++waits);
      await io.sleep(ms, signal);
      waits -= 1;
    };
    expect(await runCli(["watch", "--interval", "1h"], { ...io, sleep: counted }, parts)).toBe(0);
    expect(most).toBe(1);
    expect(server.resumed.slice(0, 3)).toEqual([undefined, "1.0", "1.0"]);
    expect(server.requests.filter((line) => /runs\/\w+$/.test(line)).length).toBeLessThan(6);
  });

  it.each([["1"], ["50ms"], ["2h"], ["soon"]])("refuses an interval of %s", async (interval) => {
    const { code, io } = await watch(["--interval", interval], []);
    expect(code).toBe(2);
    expect(io.err()).toContain("--interval");
  });

  it("ends with 3 where no server is", async () => {
    expect((await watch([], [], { env: { DATA_DIR: "/nowhere" } })).code).toBe(3);
  });
});
