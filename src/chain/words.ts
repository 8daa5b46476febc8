/** Durations, times and counts as people read them. */

const UNITS: [string, number][] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
];

/** `2d`, `1h 30m`, `45s`, `250ms`: at most two units, smaller ones cut off. `ms` >= 0. */
export function durationWords(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const first = UNITS.findIndex(([, size]) => ms >= size);
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, size] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.join(" ");
}

/** `14:05:09Z` on the day of `now`, else `2026-03-01 14:05Z`. Times in ms. */
export function timeWords(at: number, now: number): string {
  const iso = new Date(at).toISOString();
  const sameDay = iso.slice(0, 10) === new Date(now).toISOString().slice(0, 10);
  return sameDay ? `${iso.slice(11, 19)}Z` : `${iso.slice(0, 10)} ${iso.slice(11, 16)}Z`;
}

/** `a`, `a and b`, `a, b and c`; beyond `most` names, `a, b and 3 more`. */
export function listWords(names: readonly string[], most = 4): string {
  if (names.length <= 1) return names[0] ?? "";
  const shown = names.length > most ? names.slice(0, most - 1) : names.slice(0, -1);
  const last = names.length > most ? `${names.length - shown.length} more` : (names.at(-1) ?? "");
  return `${shown.join(", ")} and ${last}`;
}

/** What waits for one of GitHub's limits, and for how long. `until` in ms. */
export function limitWords({ until, why }: { until: number; why: string }, now: number): string {
  return `waits for GitHub's limits until about ${timeWords(until, now)}: ${why}`;
}

const SIZE_UNITS = ["KiB", "MiB", "GiB", "TiB"];

/** Bytes in units of 1024: `512 B`, `1.5 KiB`, `2.0 GiB`. */
export function sizeWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < SIZE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${SIZE_UNITS[unit] ?? ""}`;
}
