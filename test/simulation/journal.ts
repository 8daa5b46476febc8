/** What a history leaves behind: what GitHub was effectively told to do, and a line for everything that happened. */

/** What a workflow run is told of the chain it belongs to. */
export interface ChainOfDispatch {
  /** Of the release run. */
  id: string;
  tag: string;
  component: string;
  dispatchId: string;
}

export type JournalEntry =
  /** A dispatch took effect. `leftAt`: when its request left the server, after waiting for limits. */
  | { kind: "dispatched"; at: number; leftAt: number; repo: string; chain: ChainOfDispatch; upstream: string[] }
  | { kind: "rerun"; at: number; leftAt: number; run: number; attempt: number; by: "server" | "person" }
  | { kind: "cancelled"; at: number; run: number; forced: boolean; by: "server" | "person" }
  /** The server has the whole of it. */
  | { kind: "downloaded"; at: number; run: number; attempt: number; sha256: string }
  | { kind: "release-changed"; at: number; release: number; what: string };

export interface Journal {
  readonly entries: readonly JournalEntry[];
  add(entry: JournalEntry): void;
  /** Called with each entry as it is added. */
  watch: (entry: JournalEntry) => void;
  /** A line, made only where somebody will read it. */
  note(words: () => string): void;
  /** Counts a fault that struck. */
  struck(fault: string): void;
  readonly faults: ReadonlyMap<string, number>;
  readonly lines: readonly string[];
}

/** `wordy`: keep the lines. `now` is the time since the beginning, in ms. */
export function createJournal(wordy: boolean, now: () => number): Journal {
  const entries: JournalEntry[] = [];
  const lines: string[] = [];
  const faults = new Map<string, number>();

  function note(words: () => string): void {
    if (wordy) lines.push(`${String(now()).padStart(10)} ${words()}`);
  }

  const journal: Journal = {
    entries,
    lines,
    faults,
    note,
    watch: () => undefined,
    add(entry) {
      entries.push(entry);
      note(() => `GitHub: ${entryWords(entry)}`);
      journal.watch(entry);
    },
    struck(fault) {
      faults.set(fault, (faults.get(fault) ?? 0) + 1);
    },
  };
  return journal;
}

function entryWords(entry: JournalEntry): string {
  switch (entry.kind) {
    case "dispatched":
      return `${entry.chain.component} of ${entry.chain.tag} (${entry.chain.id}) is dispatched on ${entry.repo} as ${entry.chain.dispatchId}`;
    case "rerun":
      return `run ${entry.run} begins attempt ${entry.attempt}, asked for by the ${entry.by}`;
    case "cancelled":
      return `run ${entry.run} is ${entry.forced ? "forced to stop" : "told to stop"} by the ${entry.by}`;
    case "downloaded":
      return `an artifact of run ${entry.run}, attempt ${entry.attempt}, is downloaded (${entry.sha256.slice(0, 12)})`;
    case "release-changed":
      return `release ${entry.release}: ${entry.what}`;
  }
}
