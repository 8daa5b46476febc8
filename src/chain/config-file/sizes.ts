const UNIT_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** What a size written as text looks like, for a JSON Schema. */
export const SIZE_PATTERN = String.raw`^[0-9]+(\.[0-9]+)? ?([kKMGT]i?)?B$|^[0-9]+$`;

const SIZE = /^(?:(\d{1,20})|(\d{1,20}(?:\.\d{1,20})?) ?((?:[kKMGT]i?)?B))$/;

/**
 * Reads `500MB` (powers of 1000), `2GiB` (powers of 1024) or a plain number of bytes.
 * @returns whole bytes, at least 1; null where the value is no such size
 */
export function parseSize(value: string | number): number | null {
  const [, plain, amount = plain, unit = "B"] = SIZE.exec(String(value)) ?? [];
  const bytes = Math.round(Number(amount) * (UNIT_BYTES[unit.toLowerCase()] ?? NaN));
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : null;
}

/** What is wrong with a size, as a clause for a person; null where nothing is. */
export function complainAboutSize(value: string | number): string | null {
  if (parseSize(value) !== null) return null;
  return `"${value}" is not a size: write a positive number of bytes, or one with a unit, such as 500MB or 2GiB`;
}
