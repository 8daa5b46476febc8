/** What a bench gives, and how it is printed. */

export interface Figure {
  /** `topic: what was measured`. */
  name: string;
  unit: string;
  samples: number;
  median: number;
  /** Null where there are too few samples to speak of it. */
  p90: number | null;
  p99: number | null;
  max: number;
}

export interface Bench {
  /** What the command line chooses by. */
  name: string;
  run(options: BenchOptions): Promise<Figure[]> | Figure[];
}

export interface BenchOptions {
  /** How many latencies to measure, at least. */
  samples: number;
}

/** Percentiles by the nearest rank; a p90 needs 10 samples, a p99 100. Throws on no samples. */
export function figure(name: string, unit: string, values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (share: number): number => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    if (value === undefined) throw new Error(`${name}: nothing was measured`);
    return value;
  };
  return {
    name,
    unit,
    samples: sorted.length,
    median: rank(0.5),
    p90: sorted.length < 10 ? null : rank(0.9),
    p99: sorted.length < 100 ? null : rank(0.99),
    max: rank(1),
  };
}

/** Wall-clock milliseconds of each of `times` calls, after one that is not counted. */
export function timed(times: number, work: () => unknown): number[] {
  work();
  return Array.from({ length: times }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
}

const HEADS = ["name", "median", "p90", "p99", "max", "unit", "samples"] as const;

export function table(figures: readonly Figure[]): string {
  const rows = figures.map((one) => [
    one.name,
    ...[one.median, one.p90, one.p99, one.max].map(shown),
    one.unit,
    String(one.samples),
  ]);
  const all = [[...HEADS], ...rows];
  const widths = HEADS.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const isText = (column: number): boolean => HEADS[column] === "name" || HEADS[column] === "unit";
  const line = (row: string[]): string =>
    row
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return all.map((row) => `${line(row)}\n`).join("");
}

function shown(value: number | null): string {
  if (value === null) return "-";
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}
