const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNIT_MS;

/** A hundred years: anything longer is a slip of the pen, and would leave the range of dates when added to now. */
const LONGEST_MS = 36_500 * UNIT_MS.d;

/** What a duration looks like, for a JSON Schema. */
export const DURATION_PATTERN = String.raw`^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$`;

const DURATION = /^(\d{1,20}(?:\.\d{1,20})?)(ms|s|m|h|d)$/;

/**
 * Reads `500ms`, `30s`, `10m`, `1.5h` or `2d`: positive, at most 36500d.
 * @returns whole milliseconds, at least 1; null where the text is no such duration
 */
export function parseDuration(text: string): number | null {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return null;
  const ms = Number(amount) * UNIT_MS[unit as Unit];
  if (!(ms > 0) || ms > LONGEST_MS) return null;
  return Math.max(1, Math.round(ms));
}

/** What is wrong with a duration, as a clause for a person; null where nothing is. */
export function complainAboutDuration(text: string): string | null {
  if (parseDuration(text) !== null) return null;
  if (!DURATION.test(text)) {
    return `"${text}" is not a duration: write a number and a unit, such as 500ms, 30s, 10m, 6h or 2d`;
  }
  return Number.parseFloat(text) > 0
    ? `"${text}" is too long: at most 36500d (a hundred years)`
    : `"${text}" is not a duration that can pass: it must be more than zero`;
}
