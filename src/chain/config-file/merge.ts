/** A mapping, as opposed to a list, a text, a number, a boolean or nothing. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Lays `over` on `base`: mappings are merged key by key, at every depth; anything else, lists too, is replaced.
 * Neither is changed; a key whose value is undefined counts as absent.
 */
export function deepMerge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isMapping(base) || !isMapping(over)) return over;
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) merged.set(key, deepMerge(merged.get(key), value));
  return Object.fromEntries(merged);
}
