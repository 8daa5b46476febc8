/** Where times go on an axis, and which of them are named. Times: ms since 1970. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((count) => count * DAY),
];

export interface TimeAxis {
  from: number;
  to: number;
  /** From `left` to `left + width`. */
  x(at: number): number;
  ticks: { at: number; name: string }[];
}

/** An axis from one time to a later one; at most so many ticks, at round times (UTC). */
export function timeAxis(from: number, to: number, left: number, width: number, mostTicks: number): TimeAxis {
  const span = Math.max(SECOND, to - from);
  const step = STEPS.find((each) => span / each <= mostTicks) ?? Math.ceil(span / mostTicks / DAY) * DAY;
  const ticks: TimeAxis["ticks"] = [];
  for (let at = Math.ceil(from / step) * step; at <= from + span; at += step)
    ticks.push({ at, name: nameOf(at, step) });
  return {
    from,
    to: from + span,
    x: (at) => left + ((Math.min(Math.max(at, from), from + span) - from) / span) * width,
    ticks,
  };
}

function nameOf(at: number, step: number): string {
  const iso = new Date(at).toISOString();
  if (step >= DAY) return iso.slice(0, 10);
  const time = step < MINUTE ? iso.slice(11, 19) : iso.slice(11, 16);
  return at % DAY === 0 ? iso.slice(0, 10) : time;
}
