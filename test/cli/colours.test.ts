import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cli } from "./cli.js";
import { startFakeServer, type FakeServer } from "./fake-server.js";
import { liveRun } from "./sample-runs.js";

describe("colours", () => {
  let server: FakeServer;
  beforeEach(async () => {
    server = await startFakeServer("socket");
    server.runs = [liveRun()];
  });
  afterEach(async () => {
    await server.close();
  });

  it.each([
    ["on a terminal", true, {}, true],
    ["not with NO_COLOR", true, { NO_COLOR: "1" }, false],
    ["with an empty NO_COLOR", true, { NO_COLOR: "" }, true],
    ["not on a dumb terminal", true, { TERM: "dumb" }, false],
    ["not in a pipe", false, {}, false],
  ])("%s", async (_what, isTerminal, more, coloured) => {
    const { out } = await cli(["status"], { isTerminal, env: { DATA_DIR: server.dataDir, ...more } });
    expect(out.includes("\u001b[")).toBe(coloured);
  });
});
