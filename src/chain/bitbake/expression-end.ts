/**
 * Where the Python of `${@…}` ends by BitBake's rule, the regular expression `\${@(?:{.*?}|.)+?}`: at the first closing brace
 * that no `{…}` before it takes; braces in strings count as well, and those of the second depth do not pair.
 * @returns the place of the closing brace; null where there is none and the text stays as it is
 */
export function pythonExpressionEnd(text: string, start: number): number | null {
  const newline = text.indexOf("\n", start);
  const limit = newline === -1 ? text.length : newline;
  let at = start;
  let lastPair: number | null = null;
  while (at < limit) {
    const char = text[at];
    if (char === "}" && at > start) return at;
    if (char === "{") {
      const close = text.indexOf("}", at + 1);
      if (close !== -1 && close < limit) {
        lastPair = close;
        at = close + 1;
        continue;
      }
    }
    at++;
  }
  // Nothing closes it: then the last pair's brace does, and its opening one is a character like any other.
  return lastPair;
}
