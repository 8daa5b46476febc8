/** What many histories were made of, and which of them broke a promise. */
import type { History } from "./simulate.js";

export interface Failure {
  seed: number;
  broken: string[];
}

/** Plain data: it goes from thread to thread. */
export interface Tally {
  histories: number;
  /** Milliseconds of virtual time. */
  lasted: number;
  events: number;
  deaths: number;
  releaseRuns: number;
  dispatches: number;
  reruns: number;
  /** That show release runs in GitHub. */
  checkRuns: number;
  issues: number;
  /** How often each fault struck. */
  faults: Record<string, number>;
  /** Release runs by their conclusion. */
  ends: Record<string, number>;
  failures: Failure[];
}

export function emptyTally(): Tally {
  const counts = { histories: 0, lasted: 0, events: 0, deaths: 0, releaseRuns: 0, dispatches: 0, reruns: 0 };
  return { ...counts, checkRuns: 0, issues: 0, faults: {}, ends: {}, failures: [] };
}

export function tallyOf(history: History): Tally {
  const { seed, journal, runs, broken, lasted, events, deaths, checkRuns, issues } = history;
  const ends: Record<string, number> = {};
  for (const { conclusion, reason } of runs) {
    const end = conclusion === "success" ? "success" : `${conclusion ?? "none"} (${reason?.split(":")[0] ?? ""})`;
    ends[end] = (ends[end] ?? 0) + 1;
  }
  return {
    ...{ histories: 1, lasted, events, deaths, ends, checkRuns, issues },
    releaseRuns: runs.length,
    dispatches: journal.entries.filter(({ kind }) => kind === "dispatched").length,
    reruns: journal.entries.filter((entry) => entry.kind === "rerun" && entry.by === "server").length,
    faults: Object.fromEntries(journal.faults),
    failures: broken.length === 0 ? [] : [{ seed, broken }],
  };
}

const COUNTS = [
  ...(["histories", "lasted", "events", "deaths", "releaseRuns", "dispatches", "reruns"] as const),
  ...(["checkRuns", "issues"] as const),
] as const;

/** Adds `more` to `tally`. */
export function addTally(tally: Tally, more: Tally): void {
  for (const key of COUNTS) tally[key] += more[key];
  for (const key of ["faults", "ends"] as const)
    for (const [name, count] of Object.entries(more[key])) tally[key][name] = (tally[key][name] ?? 0) + count;
  tally.failures.push(...more.failures);
}

const DAY = 86_400_000;

/** For people: `seconds` is what it took. */
export function tallyWords(tally: Tally, seconds: number): string {
  const rows: [string, string][] = [
    ["histories", `${tally.histories} (${(tally.histories / seconds).toFixed(0)} a second)`],
    ["virtual time", `${(tally.lasted / DAY).toFixed(1)} days`],
    ["events", String(tally.events)],
    ["release runs", String(tally.releaseRuns)],
    ["dispatches", String(tally.dispatches)],
    ["reruns", String(tally.reruns)],
    ["check runs, issues", `${tally.checkRuns}, ${tally.issues}`],
    ["deaths of the server", String(tally.deaths)],
  ];
  return [
    section("Simulation", rows),
    section("Faults that struck", sorted(tally.faults)),
    section("Release runs ended with", sorted(tally.ends)),
  ].join("\n\n");
}

function sorted(counts: Record<string, number>): [string, string][] {
  return Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => [name, String(count)]);
}

function section(title: string, rows: readonly [string, string][]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return [title, ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join("\n");
}

/** Whether a promise was broken that is told in such words. */
export function breaks({ failures }: Tally, words: RegExp | null): boolean {
  return words !== null && failures.some(({ broken }) => broken.some((told) => words.test(told)));
}

export function failureWords({ seed, broken }: Failure): string {
  return [`seed ${seed} breaks what must always hold:`, ...broken.map((words) => `  ${words}`)].join("\n");
}
