/** Texts by their length in UTF-8, where that is what somebody limits. */

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** At most so many bytes, with an ellipsis where something is left out; never a part of a character. */
export function cutToBytes(text: string, most: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= most) return text;
  const ellipsis = "…";
  // A character that was cut becomes U+FFFD at the end.
  const kept = new TextDecoder().decode(bytes.subarray(0, most - byteLength(ellipsis))).replace(/\uFFFD+$/, "");
  return `${kept}${ellipsis}`;
}
