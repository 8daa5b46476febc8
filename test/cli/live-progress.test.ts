import { describe, expect, it } from "vitest";
import { liveProgress } from "../../src/cli/live-progress.js";
import { failedRun, liveRun } from "./sample-runs.js";
import { testIo } from "./test-io.js";

describe("live progress", () => {
  it("appends a line for each change where there is no terminal", async () => {
    const io = testIo();
    const progress = liveProgress(io);
    const first = liveRun();
    progress.update(first);
    progress.update(first);
    const [, node] = first.components;
    if (node === undefined) throw new Error("The sample has no second component.");
    progress.update({ ...first, components: [{ ...node, why: node.why?.replace("4 s", "3 s") ?? null }] });
    progress.update(failedRun());
    await expect(io.out()).toMatchFileSnapshot("golden/progress-appended.txt");
  });

  it("draws over its own lines on a terminal, none longer than it is wide", () => {
    const io = testIo({ isTerminal: true, columns: 50, rows: 24, env: { NO_COLOR: "1" } });
    const progress = liveProgress(io);
    progress.update(liveRun());
    const first = io.out().replace("\r\u001b[J", "").split("\n").slice(0, -1);
    expect(first).toHaveLength(7);
    expect(Math.max(...first.map((line) => Array.from(line).length))).toBeLessThan(50);
    progress.update(failedRun());
    const second = io.out().slice(io.out().lastIndexOf("\u001b[7A\r\u001b[J"));
    expect(second.split("\n").slice(0, -1)).toHaveLength(5);
  });

  it("never draws more lines than the terminal has", () => {
    const io = testIo({ isTerminal: true, columns: 80, rows: 4 });
    liveProgress(io).update(liveRun());
    expect(io.out().split("\n")).toHaveLength(4);
  });
});
