/** Token buckets by name, in memory: each fills at a rate, up to a burst. */
import type { Clock } from "../coordinator/ports.js";

export interface Rate {
  perMinute: number;
  burst: number;
}

export interface Buckets {
  /** Takes one from a bucket. Milliseconds until there is one, and nothing is taken; 0: it was there. */
  take(name: string): number;
}

/** Buckets that are kept; the one that was longest untouched goes first: a full one, unless there are very many. */
const MOST = 20_000;

export function createBuckets({ perMinute, burst }: Rate, clock: Clock): Buckets {
  const buckets = new Map<string, { left: number; at: number }>();
  const perMs = perMinute / 60_000;
  return {
    take(name) {
      const now = clock.now();
      const before = buckets.get(name) ?? { left: burst, at: now };
      const left = Math.min(burst, before.left + Math.max(0, now - before.at) * perMs);
      const isThere = left >= 1;
      buckets.delete(name);
      buckets.set(name, { left: isThere ? left - 1 : left, at: now });
      const [oldest] = buckets.keys();
      if (buckets.size > MOST && oldest !== undefined) buckets.delete(oldest);
      return isThere ? 0 : (1 - left) / perMs;
    },
  };
}
