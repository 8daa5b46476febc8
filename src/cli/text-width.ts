/**
 * How many columns of a terminal a text takes. Terminals do not agree on everything: where in doubt it is the wider, as a line
 * that is too long wraps.
 */

/** Marks that are put onto the character before, and what joins characters. */
const NONE = /^[\p{Mn}\p{Me}\u200b-\u200f\u2060-\u2064]$/u;
/** Emoji, and the wide letters of East Asia (Unicode Standard Annex 11, `W` and `F`). */
const WIDE =
  /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;
/** Makes an emoji of the character before it, which is then wide. */
const AS_EMOJI = "\ufe0f";

/** Of one character. */
export function widthOf(character: string): number {
  if (character < "\u0300") return 1;
  if (character === AS_EMOJI) return 1;
  if (NONE.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}
