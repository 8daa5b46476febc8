import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decideRetention,
  DEFAULT_RETENTION,
  GRACE,
  graceBegins,
  holdsOf,
  type FileHolder,
  type RetentionInput,
} from "../../src/chain/retention.js";

const DAY = 86_400_000;
const NOW = 1_800_000_000_000;

function aHolder(id: string, age: number, more: Partial<FileHolder> = {}): FileHolder {
  const at = NOW - age;
  return {
    ...{ id, hub: "acme/product", tag: id, status: "completed", conclusion: "failure", busySince: null },
    ...{ createdAt: at, completedAt: at, filesRemovedAt: null, retention: null },
    ...more,
  };
}

const success = { conclusion: "success" as const };

function held(runs: FileHolder[]): Record<string, string> {
  return Object.fromEntries(holdsOf(runs, NOW));
}

describe("holdsOf", () => {
  it("keeps the newest, the young, the open, what is published, and the last success", () => {
    const retention = { keep: 2, maxAge: 30 * DAY, keepPublished: true };
    const open = { status: "building", conclusion: null, completedAt: null, busySince: NOW - 400 * DAY } as const;
    expect(
      held([
        aHolder("newest", 0, { retention }),
        aHolder("second", 40 * DAY),
        aHolder("young", 29 * DAY),
        aHolder("old", 41 * DAY),
        aHolder("published", 300 * DAY, success),
        aHolder("released before", 600 * DAY, success),
        aHolder("open", 400 * DAY, open),
      ]),
    ).toEqual({
      newest: "recent",
      young: "recent",
      published: "last-success",
      "released before": "published",
      open: "open",
    });
  });

  it("goes by the newest plan of each hub, and by the defaults where there is none", () => {
    const strict = { keep: 0, maxAge: DAY, keepPublished: false };
    expect(
      held([
        aHolder("refused", 2 * DAY, { retention: null }),
        aHolder("newest plan", 3 * DAY, { retention: strict, ...success }),
        aHolder("older plan", 4 * DAY, { retention: DEFAULT_RETENTION, ...success }),
        aHolder("of another hub", 364 * DAY, { hub: "acme/other" }),
        ...Array.from({ length: 11 }, (_, index) => aHolder(`third ${index}`, (366 + index) * DAY, { hub: "b/c" })),
      ]),
    ).toEqual({
      "newest plan": "last-success",
      "of another hub": "recent",
      ...Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`third ${index}`, "recent"])),
    });
  });

  it("counts age from the end of a run", () => {
    const retention = { keep: 0, maxAge: 10 * DAY, keepPublished: false };
    const long = aHolder("long", 12 * DAY, { retention, completedAt: NOW - 9 * DAY });
    expect(held([long, aHolder("short", 12 * DAY)])).toEqual({ long: "recent" });
  });
});

function input(given: Partial<RetentionInput> & { refs: Record<string, string[]>; stored: Record<string, number> }) {
  const { refs, stored, ...more } = given;
  return {
    ...{ runs: [], now: NOW, maxSize: null },
    references: new Map(Object.entries(refs)),
    files: Object.entries(stored).map(([sha256, size]) => ({ sha256, size, storedAt: NOW - 100 * DAY })),
    ...more,
  };
}

const FEW = { keep: 1, maxAge: 1, keepPublished: true };
const MANY = { keep: 9, maxAge: DAY, keepPublished: true };

describe("decideRetention", () => {
  it("removes what nobody refers to who keeps files, and nothing that was put in the grace time", () => {
    const runs = [aHolder("new", DAY, { retention: FEW }), aHolder("old", 2 * DAY)];
    const refs = { new: ["shared", "own"], old: ["shared", "gone"] };
    const given = input({ runs, refs, stored: { shared: 1, own: 2, gone: 4, orphan: 8 } });
    const files = [...given.files, { sha256: "just put", size: 16, storedAt: NOW - GRACE }];
    const decision = decideRetention({ ...given, files });
    expect(decision.remove).toEqual([
      { sha256: "gone", size: 4, why: "unreferenced" },
      { sha256: "orphan", size: 8, why: "unreferenced" },
    ]);
    expect(decision).toMatchObject({ used: 31, pinned: 16, above: 0, squeezed: [], spareFrom: NOW - GRACE });
  });

  it("spares all that was put since the oldest open run began to put", () => {
    const open = { status: "building", conclusion: null, completedAt: null } as const;
    const runs = [
      aHolder("long", 9 * DAY, { ...open, busySince: NOW - 5 * DAY }),
      aHolder("short", DAY, { ...open, tag: "x", busySince: NOW - DAY }),
      aHolder("waits", 20 * DAY, { ...open, status: "queued", tag: "y" }),
    ];
    expect(graceBegins(runs, NOW)).toBe(NOW - 5 * DAY - GRACE);
    const given = input({ runs, refs: {}, stored: { a: 1 } });
    const files = [6, 4].map((days) => ({ sha256: `put ${days} d ago`, size: 1, storedAt: NOW - days * DAY }));
    expect(decideRetention({ ...given, files }).remove.map(({ sha256 }) => sha256)).toEqual(["put 6 d ago"]);
  });

  it("makes room below the limit from the oldest that nothing pins, as far as need be", () => {
    const runs = [
      aHolder("a", DAY, { retention: MANY, ...success }),
      aHolder("b", 2 * DAY),
      aHolder("c", 3 * DAY),
      aHolder("d", 4 * DAY),
      aHolder("e", 5 * DAY, success),
    ];
    const refs = { a: ["1"], b: ["2", "s"], c: ["3", "s"], d: ["4", "1"], e: ["5"] };
    const given = input({ runs, refs, stored: { 1: 10, 2: 10, 3: 10, 4: 10, 5: 10, s: 10 } });
    const squeeze = (maxSize: number) => decideRetention({ ...given, maxSize });
    expect(squeeze(60)).toMatchObject({ remove: [], squeezed: [], above: 0, used: 60, pinned: 20 });
    expect(squeeze(59)).toMatchObject({ remove: [{ sha256: "4", why: "space" }], squeezed: ["d"], above: 0 });
    expect(squeeze(40).remove.map(({ sha256 }) => sha256)).toEqual(["4", "3"]);
    expect(squeeze(30).remove.map(({ sha256 }) => sha256)).toEqual(["4", "3", "2", "s"]);
    expect(squeeze(5)).toMatchObject({ squeezed: ["d", "c", "b"], above: 15, pinned: 20 });
  });

  it("never removes a pinned or new file, always one that nobody refers to, and no more for space than is needed", () => {
    const digest = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
    const run = fc.record({
      age: fc.nat(20),
      kind: fc.constantFrom("open", "success", "failure"),
      refs: fc.uniqueArray(digest, { maxLength: 4 }),
    });
    const rules = fc.record({ keep: fc.nat(3), maxAge: fc.nat(20 * DAY), keepPublished: fc.boolean() });
    const file = fc.record({ sha256: digest, size: fc.nat(9), age: fc.nat(20) });
    const files = fc.uniqueArray(file, { selector: ({ sha256 }) => sha256, maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(run, { maxLength: 6 }),
        rules,
        files,
        fc.option(fc.nat(40)),
        (drawn, retention, had, maxSize) => {
          const runs = drawn.map(({ age, kind }, index) =>
            kind === "open"
              ? aHolder(`${index}`, age * DAY, {
                  ...{ retention, status: "building", conclusion: null, completedAt: null, busySince: NOW - age * DAY },
                })
              : aHolder(`${index}`, age * DAY, { retention, conclusion: kind === "success" ? "success" : "failure" }),
          );
          const references = new Map(drawn.map(({ refs }, index) => [`${index}`, refs]));
          const stored = had.map(({ age, ...rest }) => ({ ...rest, storedAt: NOW - age * DAY }));
          const decision = decideRetention({ runs, references, files: stored, now: NOW, maxSize });
          const holds = holdsOf(runs, NOW);
          const removed = new Set(decision.remove.map(({ sha256 }) => sha256));
          expect(removed.size).toBe(decision.remove.length);
          const wanted = (pinsOnly: boolean) =>
            new Set(
              [...references].flatMap(([id, refs]) => {
                const hold = holds.get(id);
                return hold !== undefined && (!pinsOnly || hold !== "recent") ? refs : [];
              }),
            );
          for (const { sha256, storedAt } of stored) {
            if (storedAt >= decision.spareFrom || wanted(true).has(sha256)) expect(removed).not.toContain(sha256);
            else if (!wanted(false).has(sha256)) expect(removed).toContain(sha256);
          }
          const left = stored.filter(({ sha256 }) => !removed.has(sha256)).reduce((sum, { size }) => sum + size, 0);
          if (maxSize === null) expect(decision.squeezed).toEqual([]);
          else expect(decision.above).toBe(Math.max(0, left - maxSize));
          if (decision.above > 0) expect(left).toBe(decision.pinned);
        },
      ),
    );
  });
});
