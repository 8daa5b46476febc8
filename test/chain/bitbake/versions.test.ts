import { describe, expect, test } from "vitest";
import { readVersionedNames, versionSatisfies } from "../../../src/chain/bitbake/versions.js";

describe("constraints on a layer's version, as BitBake 2.19 answers them", () => {
  test.each([
    ["15", ">= 12", true],
    ["12", ">= 12", true],
    ["9", ">= 12", false],
    ["1", "= 1", true],
    ["01", "== 1", true],
    ["1.0", "= 1", false],
    ["1", "< 1.0", true],
    ["1.10", "> 1.9", true],
    ["1.0~rc1", "< 1.0", true],
    ["1.0a", "> 1.0", true],
    ["1.0-r1", "> 1.0", true],
    ["1:1", "> 2", true],
    ["2", "<< 3", true],
    ["2", ">> 3", false],
    ["2", "!= 3", true],
    ["99999999999999999999999", "< 100000000000000000000000", true],
    ["2", "=> 1", null],
    ["2", ">=1", null],
    ["2", ">= 1 2", null],
    ["2", "", null],
    ["x:2", ">= 1", null],
    ["2", "constructor 1", null],
  ])("%s %s: %s", (version, constraint, expected) => {
    expect(versionSatisfies(version, constraint)).toBe(expected);
  });
});

describe("lists with constraints", () => {
  test.each([
    ["core meta-python", { core: [], "meta-python": [] }],
    ["core (>= 12)", { core: [">= 12"] }],
    ["core (>=12), x", { core: [">= 12"], x: [] }],
    ["core ( >= 12 ) x", { core: [">= 12"], x: [] }],
    ["core (>= 1) core (< 3)", { core: [">= 1", "< 3"] }],
    ["core (>= 1) core", { core: [">= 1"] }],
    ["a (= 1 2)", { a: ["= 1", "= 1 2"] }],
    ["a (=> 1)", { a: ["=> 1"] }],
    ["", {}],
  ])("%s", (text, expected) => {
    const read = readVersionedNames(text);
    expect(read.kind === "names" ? Object.fromEntries(read.names) : read).toEqual(expected);
  });

  test.each(["core (12)", "(>= 1) core"])("%s is refused", (text) => {
    expect(readVersionedNames(text)).toMatchObject({ kind: "refused" });
  });
});
