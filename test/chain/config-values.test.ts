import fc from "fast-check";
import { expect, test } from "vitest";
import { complainAboutDuration, DURATION_PATTERN, parseDuration } from "../../src/chain/config-file/durations.js";
import { editDistance, nearestKey } from "../../src/chain/config-file/nearest-key.js";
import { expand, placeholdersIn } from "../../src/chain/placeholders.js";
import { parseSize, SIZE_PATTERN } from "../../src/chain/config-file/sizes.js";

test.each<[string, number | null]>([
  ["500ms", 500],
  ["30s", 30_000],
  ["10m", 600_000],
  ["1.5h", 5_400_000],
  ["2d", 172_800_000],
  ["0.1ms", 1],
  ["0s", null],
  ["0.0h", null],
  ["6", null],
  ["-1s", null],
  ["1 s", null],
  ["1S", null],
  ["1h30m", null],
  ["99999999999999999999d", null],
  ["", null],
])("duration %s: %s ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
  expect(complainAboutDuration(text) === null).toBe(ms !== null);
});

test.each<[string | number, number | null]>([
  [1, 1],
  [2 ** 31, 2 ** 31],
  ["12", 12],
  ["500MB", 500_000_000],
  ["2GiB", 2 ** 31],
  ["1.5 KiB", 1_536],
  ["1kB", 1_000],
  ["7B", 7],
  [0, null],
  [-1, null],
  [NaN, null],
  [1e300, null],
  [1.5, null],
  ["0.8", null],
  ["2Gi", null],
  ["2 GBit", null],
  ["9999999TB", null],
])("size %s: %s bytes", (value, bytes) => {
  expect(parseSize(value)).toBe(bytes);
});

test("what is read fits the pattern of the JSON Schema", () => {
  const amounts = fc.stringMatching(/^\d{1,4}(\.\d{1,3})?$/);
  fc.assert(
    fc.property(amounts, fc.constantFrom("ms", "s", "m", "h", "d", "w", ""), (amount, unit) => {
      if (parseDuration(amount + unit) !== null) expect(amount + unit).toMatch(new RegExp(DURATION_PATTERN));
    }),
  );
  fc.assert(
    fc.property(amounts, fc.constantFrom("", "B", "kB", "KiB", " MB", "GiB", "TB"), (amount, unit) => {
      if (parseSize(amount + unit) !== null) expect(amount + unit).toMatch(new RegExp(SIZE_PATTERN));
    }),
  );
});

test.each([
  ["shedule", ["schedule", "series"], "schedule"],
  ["maxParallel", ["order", "max-parallel", "fail-fast"], "max-parallel"],
  ["rpeo", ["repo", "ref"], "repo"],
  ["wran", ["error", "warn", "off"], "warn"],
  ["colour", ["repo", "needs"], null],
  ["x", [], null],
])("nearest to %s among %j: %s", (given, candidates, nearest) => {
  expect(nearestKey(given, candidates)).toBe(nearest);
});

test("edit distance is a distance", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});

test("placeholders: found as they are expanded", () => {
  expect(placeholdersIn("${a}-${b}${a} $c {d} ${")).toEqual(["a", "b", "a"]);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("$", "{", "}", "a", "b") }), (text) => {
      const names = placeholdersIn(text);
      const emptied = expand(text, Object.fromEntries(names.map((name) => [name, ""])));
      expect(emptied.length).toBe(text.length - names.reduce((sum, name) => sum + name.length + 3, 0));
      expect(expand(text, {})).toBe(text);
    }),
  );
});
