/**
 * The candidate that somebody who wrote `given` most likely meant; null where none is near.
 * Spelling in another case (`maxParallel` for `max-parallel`) counts as nearest; otherwise up to a third of the letters may differ.
 */
export function nearestKey(given: string, candidates: Iterable<string>): string | null {
  if (given.length > LONGEST) return null;
  let nearest: string | null = null;
  let least = Infinity;
  for (const candidate of candidates) {
    const allowed = Math.max(1, Math.floor(Math.max(given.length, candidate.length) / 3));
    // A different spelling of the separators costs nothing, so that the lengths may differ a little more.
    if (candidate === given || Math.abs(given.length - candidate.length) > allowed + 3) continue;
    const distance = isSameKey(given, candidate) ? 0.5 : Math.max(1, editDistance(plain(given), plain(candidate)));
    if (distance < least && distance <= allowed) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest;
}

const LONGEST = 200;

/** The same words, in whatever spelling: `maxParallel`, `max_parallel`, `max-parallel`. */
export function isSameKey(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(key: string): string {
  return key.toLowerCase().replace(/[-_\s]/g, "");
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours each cost 1. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
