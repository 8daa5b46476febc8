/**
 * The candidate that somebody who wrote `given` most likely meant; null where none is near.
 * Spelling in another case (`maxParallel` for `max-parallel`) counts as nearest; otherwise up to a third of the letters may differ.
 */
export function nearestKey(given: string, candidates: Iterable<string>): string | null {
  let nearest: string | null = null;
  let least = Infinity;
  for (const candidate of candidates) {
    if (candidate === given) continue;
    const distance = distanceBetween(given, candidate);
    if (distance < least && distance <= Math.max(1, Math.floor(Math.max(given.length, candidate.length) / 3))) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest;
}

function distanceBetween(given: string, candidate: string): number {
  if (Math.abs(given.length - candidate.length) > Math.max(given.length, candidate.length) / 2) return Infinity;
  if (given.length > 200) return Infinity;
  const [a, b] = [plain(given), plain(candidate)];
  return a === b ? 0.5 : editDistance(a, b);
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
