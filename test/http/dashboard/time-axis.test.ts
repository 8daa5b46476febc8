import fc from "fast-check";
import { expect, it } from "vitest";
import { timeAxis } from "../../../src/http/dashboard/time-axis.js";

const START = Date.parse("2026-03-04T05:06:07.000Z");
const HOUR = 3_600_000;
const names = (span: number, from = START) => timeAxis(from, from + span, 0, 100, 6).ticks.map(({ name }) => name);

it("names round times: seconds, minutes, and days", () => {
  expect(names(4_000)).toEqual(["05:06:07", "05:06:08", "05:06:09", "05:06:10", "05:06:11"]);
  expect(names(HOUR)).toEqual(["05:10", "05:20", "05:30", "05:40", "05:50", "06:00"]);
  expect(names(30 * HOUR)).toEqual(["06:00", "12:00", "18:00", "2026-03-05", "06:00"]);
  expect(names(5 * 24 * HOUR)).toEqual(["2026-03-05", "2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09"]);
});

it("keeps everything within its width, in the order of time, with no more ticks than asked for", () => {
  const spans = fc.oneof(fc.nat(10_000), fc.nat(48 * HOUR), fc.nat(4_000 * 24 * HOUR));
  fc.assert(
    fc.property(
      spans,
      fc.integer({ min: 2, max: 12 }),
      fc.nat(500),
      fc.integer({ min: 1, max: 2_000 }),
      (span, most, left, width) => {
        const axis = timeAxis(START, START + span, left, width, most);
        expect(axis.ticks.length).toBeLessThanOrEqual(most + 1);
        const places = [START - HOUR, START, ...axis.ticks.map(({ at }) => at), axis.to, axis.to + HOUR].map((at) =>
          axis.x(at),
        );
        expect(places.toSorted((a, b) => a - b)).toEqual(places);
        expect(places[0]).toBe(left);
        expect(places.at(-1)).toBeCloseTo(left + width);
        for (const { at } of axis.ticks) expect(at >= axis.from && at <= axis.to).toBe(true);
      },
    ),
  );
});
