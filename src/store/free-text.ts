/**
 * Text from outside, for a text column. libSQL's driver cuts a text at U+0000 and cannot take lone surrogates (which
 * cutting a text within an emoji leaves), so these become U+0001 and four hex digits, and U+0001 itself too.
 */
export function freeText(value: string): string;
export function freeText(value: string | null): string | null;
export function freeText(value: string | null): string | null {
  if (value === null) return null;
  return value.replace(/[\u0000\u0001\p{Surrogate}]/gu, (unit) => {
    return `\u0001${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** What `freeText` made, as it was. */
export function readText(value: string): string;
export function readText(value: string | null): string | null;
export function readText(value: string | null): string | null {
  if (value === null) return null;
  return value.replace(/\u0001([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
