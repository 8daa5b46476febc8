import fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, test } from "vitest";
import { complainAboutGlob, compileGlobs, escapeGlob, matchesAnyName, matchesAnyPath } from "../../src/chain/globs.js";

describe("paths", () => {
  test.each([
    ["*", "a", true],
    ["*", "a/b", false],
    ["*", ".hidden", true],
    ["**", "a/.b/c", true],
    ["**/*.wic", "x.wic", true],
    ["**/*.wic", "a/b/x.wic", true],
    ["a/**/z", "a/z", true],
    ["a/**/z", "a/b/c/z", true],
    ["a/**/z", "a/b/c/y", false],
    ["a/**", "a/b/c", true],
    ["a/**", "b/a/c", false],
    ["a/**", "a", false],
    ["a?c", "a/c", false],
    ["[a-c]x", "bx", true],
    ["[!a-c]x", "bx", false],
    ["[]a]", "]", true],
    ["[\\]]", "]", true],
    ["*.{wic,tar.{gz,xz}}", "i.tar.xz", true],
    ["*.{wic,tar.{gz,xz}}", "i.tar", false],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["build (1).log", "build (1).log", true],
    ["c++", "c++", true],
    ["?", "😀", true],
  ])("%s, %s: %s", (glob, path, expected) => {
    expect(matchesAnyPath([glob], path)).toBe(expected);
  });

  test("any of several globs; none matches nothing", () => {
    expect(matchesAnyPath(["x", "*.txt"], "a.txt")).toBe(true);
    expect(matchesAnyPath([], "a.txt")).toBe(false);
  });
});

describe("names", () => {
  test.each([
    ["*", "release/v1", true],
    ["v*", "v1/rc", true],
    ["release/*", "release/a/b", true],
    ["**", "a/b", true],
    ["a?b", "a/b", true],
    ["v[0-9]*", "vx", false],
  ])("%s, %s: %s", (glob, name, expected) => {
    expect(matchesAnyName([glob], name)).toBe(expected);
  });
});

test.each([
  ["", /empty/],
  ["!a", /negated/],
  ["[a", /"\[" is not closed/],
  ["a]", /"\]" has no opening/],
  ["{a,b", /"\{" is not closed/],
  ["a}", /"\}" has no opening/],
  ["a\\", /backslash/],
  ["[z-a]", /wrong way round/],
  ["{1..3}", /ranges/],
  ["@(a|b)", /alternatives in braces/],
  ["{a,b}".repeat(9), /more than 256/],
  ["a".repeat(1_001), /at most 1000/],
])("refuses %s", (glob, complaint) => {
  expect(complainAboutGlob(glob)).toMatch(complaint);
  expect(() => compileGlobs([glob], "path")).toThrow(SyntaxError);
});

const segment = fc
  .array(fc.constantFrom("a", "b", ".x", "*", "?", "[ab]", "[!a]", "{a,b}", "{ab,x}"), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join("").replace(/\*\*+/g, "*"));
const globOfSegments = fc
  .array(fc.oneof({ arbitrary: segment, weight: 3 }, fc.constant("**")), { minLength: 1, maxLength: 4 })
  .map((segments) => segments.join("/"));
const path = fc
  .array(fc.string({ unit: fc.constantFrom("a", "b", "x", "."), minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 5,
  })
  .filter((segments) => segments.every((name) => !/^\.+$/.test(name)))
  .map((segments) => segments.join("/"));

test("agrees with picomatch", () => {
  fc.assert(
    fc.property(globOfSegments, path, (glob, value) => {
      fc.pre(complainAboutGlob(glob) === null);
      // picomatch is of two minds whether "a" is inside a/** (yes) and */** (no); to us it is not.
      const theirs = glob.replace(/\*\*$/, "**/*");
      expect(matchesAnyPath([glob], value)).toBe(picomatch.isMatch(value, theirs, { dot: true, posix: true }));
    }),
    { numRuns: 500 },
  );
});

test("an escaped text matches itself and nothing else; reading any text only ever throws a SyntaxError", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), fc.string({ unit: "grapheme" }), (text, other) => {
      expect(matchesAnyName([escapeGlob(text)], text)).toBe(true);
      expect(matchesAnyName([escapeGlob(text)], other)).toBe(text === other);
      expect(typeof (complainAboutGlob(other) ?? "")).toBe("string");
    }),
  );
});

test("takes steps in proportion to glob and value, where backtracking would take years", () => {
  const value = "a".repeat(1_000);
  expect(matchesAnyName([`${"*a".repeat(100)}b`], value)).toBe(false);
  expect(matchesAnyPath([`${"**/a/".repeat(100)}b`], `${"a/".repeat(500)}a`)).toBe(false);
});
