/** What is drawn over on a terminal takes no more room than there is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cut, cutPainted, table } from "../../src/cli/columns.js";
import { processIo } from "../../src/cli/process-io.js";
import { statusLine } from "../../src/cli/status-line.js";
import { COLOURED } from "../../src/cli/text-style.js";
import { textWidth } from "../../src/cli/text-width.js";
import { testIo } from "./test-io.js";

describe("the width of a text", () => {
  it.each([
    ["plain", 5],
    ["● ✓ █░ · → …", 12],
    ["中文", 4],
    ["한국어", 6],
    ["🚀 build", 8],
    ["⚠️", 2],
    ["e\u0301", 1],
    ["zu\u0308rich", 6],
    ["", 0],
  ])("of %j is %i columns", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  it("is never more than asked for once it is cut, in colours or not", () => {
    const pieces = fc.array(fc.constantFrom("a", "b ", "中", "🚀", "⚠️", "e\u0301", "█"), { maxLength: 12 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 0, max: 20 }), (words, length) => {
        const text = words.join("");
        const painted = words.map((word) => COLOURED.good(word)).join("");
        expect(textWidth(cut(text, length))).toBeLessThanOrEqual(length);
        expect(textWidth(cutPainted(painted, length).replaceAll(/\u001b\[\d+m/g, ""))).toBeLessThanOrEqual(length);
      }),
    );
  });

  it("sets the columns of a table", () => {
    const rows = [
      [{ text: "🚀" }, { text: "x" }],
      [{ text: "abc" }, { text: "y" }],
    ];
    expect(table(rows)).toEqual(["🚀   x", "abc  y"]);
  });
});

describe("a line that is drawn over", () => {
  it("never wraps, and is gone at the end", () => {
    const io = testIo({ isTerminal: true, columns: 20, env: {} });
    const line = statusLine(io);
    line?.show("checking: 25 %, 1000 B of 3.9 KiB, 1 of 4 files");
    line?.end();
    line?.end();
    expect(io.err()).toBe("\rchecking: 25 %, 10…\u001b[K\r\u001b[K");
  });

  it.each([
    ["no terminal", { isTerminal: false }],
    ["one that cannot", { isTerminal: true, env: { TERM: "dumb" } }],
  ])("is none on %s", (_, where) => {
    expect(statusLine(testIo(where))).toBeNull();
  });
});

it("a pseudo terminal whose size nobody has set has none, and not no room", () => {
  const stdout = { isTTY: true, columns: 0, rows: 0, on: () => undefined };
  const io = processIo({ stdout, stderr: stdout, env: {}, cwd: () => "/" } as unknown as NodeJS.Process);
  expect([io.columns, io.rows]).toEqual([undefined, undefined]);
  Object.assign(stdout, { columns: 40, rows: 12 });
  expect([io.columns, io.rows]).toEqual([40, 12]);
});
