import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  progressOf,
  rateOf,
  RATE_WINDOW,
  shareOf,
  withSample,
  type Sample,
} from "../../src/chain/transfer-progress.js";
import { partWords, transferWords } from "../../src/chain/words.js";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const still = { file: null, filesDone: 0, filesTotal: 1, bytesDone: 0, bytesTotal: 0, moved: 0, samples: [] };

/** A transfer of so many bytes a second, sampled every 100 ms from 0 on. */
function steady(bytesPerSecond: number, until: number): readonly Sample[] {
  let samples: readonly Sample[] = [];
  for (let at = 0; at <= until; at += 100) samples = withSample(samples, { at, moved: (bytesPerSecond * at) / 1000 });
  return samples;
}

describe("the rate of a transfer", () => {
  it("is that of the window, whatever was before, and falls where nothing comes any more", () => {
    const slow = steady(1_000, 60_000);
    expect(rateOf(slow, 60_000, 60_000)).toBe(1_000);
    let samples = slow;
    for (let at = 60_100; at <= 80_000; at += 100)
      samples = withSample(samples, { at, moved: 60_000 + (at - 60_000) * 9 });
    const moved = 60_000 + 20_000 * 9;
    expect(rateOf(samples, moved, 80_000)).toBe(9_000);
    expect(rateOf(samples, moved, 80_000 + RATE_WINDOW / 2)).toBeGreaterThan(3_000);
    expect(rateOf(samples, moved, 80_000 + RATE_WINDOW / 2)).toBeLessThan(7_000);
    expect(rateOf(samples, moved, 90_000 + RATE_WINDOW)).toBeLessThan(100);
  });

  it("is not told in the first second", () => {
    expect(rateOf([], 0, 5)).toBeNull();
    expect(rateOf([{ at: 0, moved: 0 }], 500, 999)).toBeNull();
    expect(rateOf([{ at: 0, moved: 0 }], 500, 1_000)).toBe(500);
  });

  it("needs few samples, is never negative, and never beyond what moved", () => {
    const steps = fc.array(fc.tuple(fc.nat(3_000), fc.nat(10 * MIB)), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(steps, fc.nat(60_000), (pieces, later) => {
        let [at, moved] = [0, 0];
        let samples: readonly Sample[] = [{ at, moved }];
        for (const [ms, bytes] of pieces) samples = withSample(samples, { at: (at += ms), moved: (moved += bytes) });
        expect(samples.length).toBeLessThan(RATE_WINDOW / 250 + 3);
        const rate = rateOf(samples, moved, at + later);
        if (rate !== null) {
          expect(rate).toBeGreaterThanOrEqual(0);
          expect((rate * Math.min(at + later, 1_000)) / 1_000).toBeLessThanOrEqual(moved + 1);
        }
      }),
    );
  });
});

describe("the progress of a transfer", () => {
  it("tells bytes, rate, and the time that is left", () => {
    const bytesTotal = 5 * GIB;
    const bytesDone = 80 * MIB * 15;
    const samples = steady(80 * MIB, 15_000);
    const progress = progressOf({ ...still, file: "a", bytesDone, bytesTotal, moved: bytesDone, samples }, 15_000);
    expect(progress).toMatchObject({ bytesDone, bytesTotal, bytesPerSecond: 80 * MIB, secondsLeft: 49 });
    expect(transferWords(progress)).toBe("1.2 of 5.0 GiB, 80.0 MiB/s, about 49s left");
    expect(shareOf(progress)).toBeCloseTo(0.234, 3);
  });

  it("knows no time that is left where nothing moves, none where all is there, and never more than all", () => {
    expect(progressOf({ ...still, bytesTotal: 9, samples: [{ at: 0, moved: 0 }] }, 9_000)).toMatchObject({
      bytesPerSecond: 0,
      secondsLeft: null,
    });
    const more = progressOf({ ...still, bytesDone: 12, bytesTotal: 9, moved: 12 }, 1);
    expect(more).toMatchObject({ bytesDone: 12, bytesTotal: 12, bytesPerSecond: null, secondsLeft: 0 });
    expect(transferWords(more)).toBe("12 of 12 B");
    expect([shareOf(more), shareOf({ ...more, bytesDone: 0, bytesTotal: 0 })]).toEqual([1, 0]);
  });

  it.each([
    [0, 100, "0 of 100 B"],
    [900 * 1024, 5 * GIB, "900.0 KiB of 5.0 GiB"],
    [1.5 * MIB, 3 * MIB, "1.5 of 3.0 MiB"],
  ])("writes %d of %d as %s", (done, total, words) => {
    expect(partWords(done, total)).toBe(words);
  });
});
