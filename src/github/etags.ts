/** What was read before, by its ETag: asking again with it costs nothing of the rate limit while nothing has changed. */
export interface EtagCache {
  get(key: string): { etag: string; value: unknown } | undefined;
  set(key: string, etag: string, value: unknown): void;
}

/** Holds the given number of entries; the one not used for longest goes first. */
export function createEtagCache(entries: number): EtagCache {
  const cache = new Map<string, { etag: string; value: unknown }>();
  return {
    get(key) {
      const entry = cache.get(key);
      if (entry === undefined) return undefined;
      cache.delete(key);
      cache.set(key, entry);
      return entry;
    },
    set(key, etag, value) {
      cache.delete(key);
      cache.set(key, { etag, value });
      const [oldest] = cache.keys();
      if (cache.size > entries && oldest !== undefined) cache.delete(oldest);
    },
  };
}
