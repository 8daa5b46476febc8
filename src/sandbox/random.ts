/** Numbers that look random and are the same for the same seed. */
export interface SeededRandom {
  /** 0 <= x < 1 */
  fraction(): number;
  hex(length: number): string;
  /** The form of a version 4 UUID. */
  uuid(): string;
}

/** Mulberry32: small, fast, good enough to choose faults by. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  function fraction(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  function hex(length: number): string {
    return Array.from({ length }, () => Math.floor(fraction() * 16).toString(16)).join("");
  }
  function uuid(): string {
    return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  }
  return { fraction, hex, uuid };
}
