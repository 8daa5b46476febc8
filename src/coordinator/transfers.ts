/** What is being downloaded and uploaded at this moment, counted as the bytes go by. In memory: it can be lost without harm. */
import type { Readable } from "node:stream";
import { progressOf, withSample, type TransferCount, type TransferProgress } from "../chain/transfer-progress.js";
import type { Clock } from "./ports.js";

/** Listeners hear of bytes no oftener than this, in ms; of files and ends at once. */
const TELL_EVERY = 500;

/** The downloads of a component, or (component null) the uploads of a release. */
export interface TransferChange {
  runId: string;
  component: string | null;
  /** null: they have ended. */
  progress: TransferProgress | null;
}

/** The transfers of one step, from its begin to its end. */
export interface Transfer {
  /** The same body, counted as it is iterated over or piped; `from`: with which byte of the file they begin. A file may be begun again. */
  counted(file: string, body: Readable, from?: number): Readable;
  /** The file is where it belongs, until it is begun again. `size`: where nothing was counted, as it was there already. */
  done(file: string, size?: number): void;
  end(): void;
}

export interface Transfers {
  /** So many files and bytes are to go; takes the place of earlier transfers of the same component. */
  begin(runId: string, component: string | null, files: number, bytes: number): Transfer;
  /** null: nothing is under way here. */
  progress(runId: string, component: string | null): TransferProgress | null;
  /** Until the returned function is called. A listener must not throw. */
  watch(listener: (change: TransferChange) => void): () => void;
}

interface Entry extends TransferCount {
  runId: string;
  component: string | null;
  /** Bytes of each file that are through. */
  files: Map<string, number>;
  finished: Set<string>;
  /** Those under way, in the order in which they were begun. */
  open: Set<string>;
  toldAt: number;
  /** What still moves is being broken off. */
  isOver: boolean;
}

export function createTransfers({ clock }: { clock: Clock }): Transfers {
  const entries = new Map<string, Entry>();
  const listeners = new Set<(change: TransferChange) => void>();
  const keyOf = (runId: string, component: string | null): string => JSON.stringify([runId, component]);

  function tell(entry: Entry, isOver = false): void {
    if (entry.isOver) return;
    entry.isOver = isOver;
    const now = clock.now();
    entry.toldAt = now;
    const { runId, component } = entry;
    for (const listener of listeners) listener({ runId, component, progress: isOver ? null : progressOf(entry, now) });
  }

  function add(entry: Entry, file: string, bytes: number): void {
    const now = clock.now();
    entry.files.set(file, (entry.files.get(file) ?? 0) + bytes);
    entry.bytesDone += bytes;
    entry.moved += bytes;
    entry.samples = withSample(entry.samples, { at: now, moved: entry.moved });
    if (now - entry.toldAt >= TELL_EVERY) tell(entry);
  }

  /** So many bytes of a file are through, whatever was counted before. */
  function set(entry: Entry, file: string, bytes: number): void {
    entry.bytesDone += bytes - (entry.files.get(file) ?? 0);
    entry.files.set(file, bytes);
  }

  function begin(runId: string, component: string | null, files: number, bytes: number): Transfer {
    const samples = [{ at: clock.now(), moved: 0 }];
    const count = { file: null, filesDone: 0, filesTotal: files, bytesDone: 0, bytesTotal: bytes, moved: 0, samples };
    const entry: Entry = {
      runId,
      component,
      ...count,
      files: new Map(),
      finished: new Set(),
      open: new Set(),
      toldAt: clock.now(),
      isOver: false,
    };
    const key = keyOf(runId, component);
    entries.set(key, entry);
    return {
      counted(file, body, from = 0) {
        set(entry, file, from);
        entry.open.delete(file);
        entry.open.add(file);
        entry.file = file;
        entry.finished.delete(file);
        entry.filesDone = entry.finished.size;
        tell(entry);
        return told(body, (length) => {
          add(entry, file, length);
        });
      },
      done(file, size) {
        if (size !== undefined) set(entry, file, size);
        entry.open.delete(file);
        entry.file = [...entry.open].at(-1) ?? null;
        if (entry.finished.has(file)) return;
        entry.finished.add(file);
        entry.filesDone = entry.finished.size;
        tell(entry);
      },
      end() {
        if (entries.get(key) === entry) entries.delete(key);
        tell(entry, true);
      },
    };
  }

  return {
    begin,
    progress(runId, component) {
      const entry = entries.get(keyOf(runId, component));
      return entry === undefined ? null : progressOf(entry, clock.now());
    },
    watch(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/**
 * The same body, with the length of each piece told when it is read. A stream in between would cost more than all else that is
 * done with a piece. While somebody reads by `readable`, as iteration does, `data` comes for what was read, and a paused stream
 * is not set flowing by its listener (nodejs.org/api/stream.html, "Event: 'readable'" and "readable.pause()").
 */
function told(body: Readable, tell: (length: number) => void): Readable {
  body.pause();
  body.on("data", (piece: Buffer) => {
    tell(piece.length);
  });
  // What went wrong is the reader's to see.
  return body.on("error", () => undefined);
}
