import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diskBudget, diskNeed, type DiskRoom } from "../../src/chain/disk-budget.js";

const GIB = 1024 ** 3;
const NO_LIMIT: DiskRoom = { free: null, used: 0, unreferenced: 0, pinned: 0, limit: null };
const need = { stays: 10 * GIB, passes: 4 * GIB, unknown: [] };

describe("diskNeed", () => {
  it("adds up what is built again: all files, and the six largest downloads", () => {
    const components = ["a", "b", "locked", "new"].map((id) => ({ id, build: id !== "locked" }));
    const sizes = [
      { component: "a", downloads: [7, 1, 6, 5], files: 40 },
      { component: "b", downloads: [4, 3, 2], files: 20 },
      { component: "locked", downloads: [99], files: 99 },
      { component: "gone", downloads: [99], files: 99 },
    ];
    expect(diskNeed(components, sizes)).toEqual({ stays: 60, passes: 27, unknown: ["new"] });
  });
});

function words(room: Partial<DiskRoom>, unknown: string[] = []): string {
  const budget = diskBudget({ ...need, unknown }, { ...NO_LIMIT, ...room }, "v1");
  return budget.kind === "fits"
    ? `${budget.afterPruning ? "after pruning: " : ""}${budget.note.message}`
    : `${budget.problem.code}: ${budget.problem.message}`;
}

const FIGURE = "as much as v1 made needs about 14.0 GiB of disk, 10.0 GiB of it for good";

describe("diskBudget", () => {
  it("tells the figure where it fits, and what it knows nothing of", () => {
    expect(words({})).toBe(FIGURE);
    expect(words({ free: 20 * GIB }, ["sdk"])).toBe(`${FIGURE}, without sdk, which it did not have; 20.0 GiB are free`);
  });

  it("counts what pruning frees, and says that it takes pruning", () => {
    const room = { free: 12 * GIB, used: 50 * GIB, unreferenced: 3 * GIB, pinned: 40 * GIB };
    expect(words(room)).toBe(`after pruning: ${FIGURE}; 12.0 GiB are free`);
    expect(words({ ...room, unreferenced: GIB })).toBe(
      `disk_space: ${FIGURE}; 12.0 GiB are free, and pruning would free 1.0 GiB: free space on the disk of DATA_DIR, or point it to a larger one.`,
    );
    // 49 GiB stay; for 10 more below 55, 4 of the 9 that may go have to.
    expect(words({ ...room, unreferenced: GIB, limit: 55 * GIB })).toBe(`after pruning: ${FIGURE}; 12.0 GiB are free`);
  });

  it("refuses what the limit leaves no room for, as pinned files stay", () => {
    expect(words({ used: 30 * GIB, pinned: 21 * GIB, limit: 30 * GIB })).toBe(
      `disk_space: ${FIGURE}; of ARTIFACTS_MAX_SIZE (30.0 GiB) 9.0 GiB can be made free at most, as release runs keep the rest: raise it, or let retention keep less.`,
    );
    expect(words({ used: 30 * GIB, pinned: 20 * GIB, limit: 30 * GIB })).toMatch(/^after pruning: /);
  });

  it("never refuses with more room what it takes with less", () => {
    const size = fc.nat(50);
    fc.assert(
      fc.property(size, size, size, fc.nat(20), fc.option(fc.nat(120)), (free, pinned, other, unreferenced, limit) => {
        const used = pinned + other + unreferenced;
        const room = { free, used, unreferenced, pinned, limit };
        const some = { stays: 10, passes: 4, unknown: [] };
        if (diskBudget(some, room, "v1").kind === "too-large") return;
        expect(diskBudget(some, { ...room, free: free + 1 }, "v1").kind).toBe("fits");
        expect(diskBudget({ ...some, passes: 3 }, room, "v1").kind).toBe("fits");
        if (pinned > 0)
          expect(diskBudget(some, { ...room, pinned: pinned - 1, used: used - 1 }, "v1").kind).toBe("fits");
      }),
    );
  });
});
