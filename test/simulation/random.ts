/** The one source of chance of a history: everything that is drawn comes from its seed, so that it can be replayed. */

export interface Draw {
  /** Evenly spread over 0 <= x < 1. */
  next: () => number;
  /** True with this probability, 0..1. Draws nothing where there is nothing to decide. */
  chance(probability: number): boolean;
  /** A whole number, 0 <= n < most. */
  below(most: number): number;
  /** A whole number, least <= n <= most. */
  between(least: number, most: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
}

/** sfc32 (C. Doty-Humphrey, PractRand): small, fast, and neighbouring seeds give streams that have nothing in common. */
export function drawFrom(seed: number): Draw {
  let a = seed >>> 0;
  let b = Math.floor(seed / 2 ** 32) >>> 0;
  let c = 0x9e3779b9;
  let counter = 1;

  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  }

  for (let round = 0; round < 15; round++) next();
  const below = (most: number): number => Math.floor(next() * most);
  return {
    next,
    chance: (probability) => probability > 0 && next() < probability,
    below,
    between: (least, most) => least + below(most - least + 1),
    pick: <T>(list: readonly [T, ...T[]]): T => list[below(list.length)] ?? list[0],
  };
}
