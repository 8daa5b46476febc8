import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HookDelivery } from "../../src/coordinator/ports.js";
import { dueRedeliveries, KEPT_BY_GITHUB, lookBackTo, matters, MOST_ASKS } from "../../src/coordinator/redeliveries.js";

const NOW = Date.UTC(2026, 0, 5, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function lost(guid: string, at: number, change: Partial<HookDelivery> = {}): HookDelivery {
  const id = `${guid} ${at}`;
  return { id, guid, deliveredAt: at, ok: false, event: "workflow_run", action: null, redelivery: false, ...change };
}

describe("the log is read", () => {
  it("as far as it goes at first, then to the last scan and a little before", () => {
    expect(lookBackTo(NOW, null, new Map())).toBe(NOW - KEPT_BY_GITHUB);
    expect(lookBackTo(NOW, NOW - 5 * MINUTE, new Map())).toBe(NOW - 15 * MINUTE);
    expect(lookBackTo(NOW, NOW - 100 * HOUR, new Map())).toBe(NOW - KEPT_BY_GITHUB);
  });

  it("back to what was asked for and is not here, until that is given up", () => {
    const asked = { at: NOW - HOUR, deliveredAt: NOW - 7 * HOUR };
    const at = (times: number): number => lookBackTo(NOW, NOW - 5 * MINUTE, new Map([["a", { ...asked, times }]]));
    expect(at(1)).toBe(NOW - 7 * HOUR);
    expect(at(MOST_ASKS)).toBe(NOW - 15 * MINUTE);
  });
});

describe("what is asked for again", () => {
  it.each([
    ["release", "published", true],
    ["release", "released", true],
    ["release", "edited", false],
    ["workflow_run", "requested", true],
    ["create", null, true],
    ["check_run", "created", false],
    ["installation", "created", false],
  ])("%s %s: %s", (event, action, expected) => {
    expect(matters({ event, action })).toBe(expected);
  });

  it("is the newest try of each, releases first", () => {
    const failed = [
      lost("a", NOW - HOUR),
      lost("a", NOW - 2 * HOUR),
      lost("b", NOW - MINUTE),
      lost("c", NOW - 50 * HOUR, { event: "release", action: "published" }),
    ];
    const due = dueRedeliveries(failed, new Map(), NOW);
    expect(due.map(({ id }) => id)).toEqual([`c ${NOW - 50 * HOUR}`, `b ${NOW - MINUTE}`, `a ${NOW - HOUR}`]);
  });

  it("is asked for after growing pauses, and not without end", () => {
    const asks: number[] = [];
    let asked = new Map<string, { times: number; at: number; deliveredAt: number }>();
    for (let now = NOW; now < NOW + 72 * HOUR; now += MINUTE) {
      if (dueRedeliveries([lost("a", NOW)], asked, now).length === 0) continue;
      asks.push((now - NOW) / MINUTE);
      asked = new Map([["a", { times: asks.length, at: now, deliveredAt: NOW }]]);
    }
    expect(asks).toEqual([0, 2, 6, 14, 30, 62]);
  });

  it("is each at most once, however its tries lie", () => {
    const tries = fc.array(fc.record({ guid: fc.constantFrom("a", "b", "c"), at: fc.integer({ min: 0, max: 100 }) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(tries, (drawn) => {
        const due = dueRedeliveries(
          drawn.map(({ guid, at }) => lost(guid, NOW - at)),
          new Map(),
          NOW,
        );
        expect(due.map(({ guid }) => guid).sort()).toEqual([...new Set(drawn.map(({ guid }) => guid))].sort());
        for (const { guid, deliveredAt } of due)
          expect(deliveredAt).toBe(Math.max(...drawn.filter((each) => each.guid === guid).map(({ at }) => NOW - at)));
      }),
    );
  });
});
