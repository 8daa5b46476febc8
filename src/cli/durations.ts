export { sizeWords as formatSize } from "../chain/words.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span in ms for people: `0.4s`, `12s`, `3m05s`, `2h07m`, `3d04h`; never negative. */
export function formatSpan(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 10 * SECOND) return `${(Math.floor(span / 100) / 10).toFixed(1)}s`;
  if (span < MINUTE) return `${Math.floor(span / SECOND)}s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)}m${two((span % MINUTE) / SECOND)}s`;
  if (span < DAY) return `${Math.floor(span / HOUR)}h${two((span % HOUR) / MINUTE)}m`;
  return `${Math.floor(span / DAY)}d${two((span % DAY) / HOUR)}h`;
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}

/** Milliseconds between two times; ISO 8601 or ms since 1970. Null where one is missing. */
export function between(start: string | null, end: string | number | null): number | null {
  if (start === null || end === null) return null;
  const span = (typeof end === "number" ? end : Date.parse(end)) - Date.parse(start);
  return Number.isNaN(span) ? null : span;
}

/** ISO 8601 as `2026-01-02 03:04:05Z`. */
export function formatTime(iso: string): string {
  return iso.replace("T", " ").replace(/(\.\d+)?Z$/, "Z");
}
