import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lockText, makeLock } from "../../../src/chain/lock-file.js";
import { LOCK_FILE_LIMIT, readLockFile, sourceLock, sourceLockSchema } from "../../../src/chain/lock/read-lock-file.js";
import { expectGolden } from "../golden-file.js";
import { planOf, runOf } from "../release-fixture.js";
import { drawnLocks, lockedComponent, lockWith, productLock } from "./lock-fixture.js";

/** The release fixture without the component whose id no configuration allows. */
function realPlan(): ReturnType<typeof planOf> {
  const plan = planOf();
  return { ...plan, components: plan.components.slice(0, 2), groups: [["meta-core"], ["meta-bsp"]] };
}

function problems(value: unknown): string[] {
  const read = readLockFile(typeof value === "string" ? value : JSON.stringify(value));
  return read.ok ? [] : read.problems;
}

describe("reading a lock", () => {
  it("gives back what a plan and a release run wrote", () => {
    for (const run of [null, runOf()]) {
      const lock = makeLock(realPlan(), run);
      expect(readLockFile(lockText(lock))).toEqual({ ok: true, lock });
    }
    fc.assert(
      fc.property(drawnLocks, (lock) => {
        expect(readLockFile(lockText(lock))).toEqual({ ok: true, lock });
      }),
      { numRuns: 40 },
    );
  });

  it("takes a byte order mark, upper-case SHAs and keys of later versions", () => {
    const lock = productLock();
    const [first, ...others] = lock.components;
    const written = {
      ...lock,
      later: true,
      components: [{ ...first, sha: "0123456789".repeat(4).toUpperCase(), x: 1 }, ...others],
    };
    expect(readLockFile(`\uFEFF${JSON.stringify(written)}`)).toEqual({ ok: true, lock });
  });

  it("says all that is wrong, and where", () => {
    const bad = {
      ...lockedComponent("b"),
      sha: "abc123",
      url: "https://x:secret@host/r.git",
      ref: "a\nb",
      layers: ["../x", "/abs", 'a"b'],
    };
    const found = problems({
      ...lockWith([lockedComponent("a"), lockedComponent("a")]),
      hub: "acme",
      components: [lockedComponent("a"), bad, { id: "c d" }, lockedComponent("e", { repo: "nowhere" })],
    });
    expectGolden("test/chain/golden/lock-problems.txt", `${found.join("\n")}\n`);
    expect(found.join()).not.toContain("secret");
  });

  it.each([
    ["nothing", "", /^it is no JSON/],
    ["binary garbage", "\u0000\u0001\u{1F600}\\", /^it is no JSON/],
    ["a web page", "<!DOCTYPE html>", /^it is no JSON/],
    ["null", "null", /no version/],
    ["an array", "[1]", /no version/],
    ["a package-lock", '{"lockfileVersion": 3}', /no version/],
    ["a text for a version", '{"version": "1"}', /no version/],
    ["another version", '{"version": 2}', /^it has version 2; this program reads 1\./],
    ["no component", { ...lockWith([]), groups: [] }, /^components: there is no component/],
    [
      "an id twice",
      lockWith([lockedComponent("a"), lockedComponent("a")]),
      /^components\[1\]\.id: there are two components a\./,
    ],
    [
      "a stranger in the groups",
      { ...lockWith([lockedComponent("a")]), groups: [["a", "z"]] },
      /^groups: there is no component z\./,
    ],
    ["a list for a component", { ...lockWith([]), components: [[]] }, /^components\[0\]: expected object/],
    ["deep nesting", "[".repeat(200_000), /^it is no JSON/],
  ])("refuses %s", (_, value, words) => {
    expect(problems(value)[0]).toMatch(words);
  });

  it("counts what it does not list", () => {
    const found = problems({ ...lockWith([]), components: Array.from({ length: 500 }, () => ({})) });
    expect(found).toHaveLength(21);
    expect(found.at(-1)).toMatch(/^and \d+ more problems\.$/);
  });

  it("does not read a file that is larger than any lock", () => {
    expect(problems(" ".repeat(LOCK_FILE_LIMIT + 1))).toEqual(["it has 68 MB; a lock has at most 67."]);
  });

  it("throws nothing, whatever is read", () => {
    const text = lockText(productLock());
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(20), fc.string({ maxLength: 5 }), (at, cut, put) => {
        const read = readLockFile(text.slice(0, at) + put + text.slice(at + cut));
        if (!read.ok) expect(read.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(readLockFile(json).ok).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});

describe("the sources of a lock", () => {
  it("go over the API unchanged, also those of a component called __proto__", () => {
    fc.assert(
      fc.property(drawnLocks, (lock) => {
        const sources = sourceLock(lock);
        expect(Object.keys(sources.components).sort()).toEqual(lock.components.map(({ id }) => id).sort());
        const received = sourceLockSchema.parse(JSON.parse(JSON.stringify(sources)));
        expect(Object.entries(received.components)).toEqual(Object.entries(sources.components));
      }),
      { numRuns: 60 },
    );
    const hostile =
      '{"hub":"a/b","tag":"v1","components":{"__proto__":{"repo":"a/c","ref":"main","sha":"' + "a".repeat(40) + '"}}}';
    expect(Object.keys(sourceLockSchema.parse(JSON.parse(hostile)).components)).toEqual(["__proto__"]);
    expect(Object.prototype).not.toHaveProperty("repo");
  });

  it.each([
    ["no component", {}],
    ["a list", [["a", {}]]],
    ["an id that is none", { "a/b": { repo: "a/c", ref: "main", sha: "a".repeat(40) } }],
    ["a short SHA", { a: { repo: "a/c", ref: "main", sha: "abc" } }],
    ["an unknown key", { a: { repo: "a/c", ref: "main", sha: "a".repeat(40), force: true } }],
  ])("are refused with %s", (_, components) => {
    expect(sourceLockSchema.safeParse({ hub: "a/b", tag: "v1", components }).success).toBe(false);
  });
});
