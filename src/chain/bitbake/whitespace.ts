/**
 * White space as Python's `str` knows it, which BitBake's lines and lists are cut by. JavaScript's own differs: U+FEFF counts
 * there, U+0085 and U+001C to U+001F do not.
 */

const SPACE = new Set([
  0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003,
  0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
]);
const SPACES = /[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** `str.isspace` of one UTF-16 code unit; false past the end of a string (NaN). */
export function isSpace(code: number): boolean {
  return SPACE.has(code);
}

/** `str.rstrip()`. */
export function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

/** `str.lstrip()`. */
export function stripStart(text: string): string {
  let start = 0;
  while (start < text.length && isSpace(text.charCodeAt(start))) start++;
  return text.slice(start);
}

/** `str.strip()`. */
export function strip(text: string): string {
  return stripStart(stripEnd(text));
}

/** `str.split()`: the words between runs of white space. */
export function words(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== "");
}
