import type { ComponentView, RunView } from "../chain/run-view.js";
import { shareOf, type TransferProgress } from "../chain/transfer-progress.js";
import type { CliIo } from "./cli-io.js";
import { oneLine, table } from "./columns.js";
import { between, formatSpan } from "./durations.js";
import { componentCells, componentLines, componentState, progress, runState } from "./render-status.js";
import { styleFor } from "./text-style.js";

/** A release run as it goes on. */
export interface LiveProgress {
  update(run: RunView): void;
}

/** On a terminal tall enough: a line a component, drawn over in place. Else: a line for each change. */
export function liveProgress(io: CliIo): LiveProgress {
  return io.isTerminal && io.env["TERM"] !== "dumb" ? redrawn(io) : appended(io);
}

function redrawn(io: CliIo): LiveProgress {
  const style = styleFor(io);
  let drawn = 0;
  return {
    update: (run) => {
      // One character less than the terminal has, so that no line wraps.
      const width = (io.columns ?? 80) - 1;
      const all = [
        ...componentLines(run, io.now(), style, width),
        `  ${runState(run, style)}  ${facts(run, io.now())}`,
      ];
      const lines = all.slice(-Math.max(1, (io.rows ?? 24) - 1));
      const up = drawn > 0 ? `\u001b[${drawn}A` : "";
      io.stdout(`${up}\r\u001b[J${lines.join("\n")}\n`);
      drawn = lines.length;
    },
  };
}

function facts(run: RunView, now: number): string {
  const span = between(run.startedAt ?? run.createdAt, run.completedAt ?? now);
  return [progress(run), span === null ? "" : formatSpan(span)].filter((text) => text !== "").join("  ");
}

/**
 * A line for each change. `thorough`: also for what the whole release run waits for, and for each tenth of a transfer.
 */
export function appended(io: CliIo, thorough = false): LiveProgress {
  const style = styleFor(io);
  const told = new Map<string, string>();
  let toldRun = "";
  return {
    update: (run) => {
      const now = io.now();
      const span = between(run.startedAt ?? run.createdAt, run.completedAt ?? now) ?? 0;
      const at = formatSpan(span).padStart(6);
      const least = [1, Math.max(0, ...run.components.map(({ id }) => id.length)), ...STATE_ATTEMPT_ELAPSED];
      for (const component of run.components) {
        const known = change(component) + (thorough ? tenth(component.transfer) : "");
        if (told.get(component.id) === known) continue;
        told.set(component.id, known);
        const cells = componentCells(component, now, style);
        io.stdout(`${table([cells], { indent: `${at}  `, least }).join("")}\n`);
      }
      const state = run.conclusion ?? run.status;
      const why = thorough ? oneLine(run.why ?? run.reason ?? "") : "";
      const words = [runState(run, style), progress(run), why].filter((text) => text !== "");
      const known = [state, settled(why), thorough ? tenth(run.release?.transfer) : ""].join("|");
      if (known !== toldRun) io.stdout(`${at}  ${words.join("  ")}\n`);
      toldRun = known;
    },
  };
}

/** A sentence without what changes all the time: numbers, and how far others are. */
export function settled(why: string): string {
  return why.replaceAll(/ ?\([^)]*\)|\d+[\w.]*/g, "");
}

/** The file that is under way, and how many tenths of all are there. */
function tenth(transfer: TransferProgress | null | undefined): string {
  return transfer == null ? "" : `${transfer.file ?? ""} ${Math.floor(shareOf(transfer) * 10)}`;
}

/** Widths of `in_progress`, `attempt 2 of 3` and `12m34s`. */
const STATE_ATTEMPT_ELAPSED = [11, 14, 6];

/**
 * What makes a component worth a new line: its state, another attempt, or, while it waits, what it waits for. How far that
 * is (in parentheses) and for how long is told by the lines of the others.
 */
function change(component: ComponentView): string {
  const state = componentState(component);
  const why = state === "waiting" && component.why !== null ? settled(component.why) : "";
  return [state, component.attempts.length, why].join("|");
}
