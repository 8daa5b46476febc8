import type { ComponentView, RunView } from "../chain/run-view.js";
import type { CliIo } from "./cli-io.js";
import { table } from "./columns.js";
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

function appended(io: CliIo): LiveProgress {
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
        if (told.get(component.id) === change(component)) continue;
        told.set(component.id, change(component));
        const cells = componentCells(component, now, style);
        io.stdout(`${table([cells], { indent: `${at}  `, least }).join("")}\n`);
      }
      const state = run.conclusion ?? run.status;
      if (state !== toldRun) io.stdout(`${at}  ${runState(run, style)}  ${progress(run)}`.trimEnd() + "\n");
      toldRun = state;
    },
  };
}

/** Widths of `in_progress`, `attempt 2 of 3` and `12m34s`. */
const STATE_ATTEMPT_ELAPSED = [11, 14, 6];

/**
 * What makes a component worth a new line: its state, another attempt, or, while it waits, what it waits for. How far that
 * is (in parentheses) and for how long is told by the lines of the others.
 */
function change(component: ComponentView): string {
  const state = componentState(component);
  const why = state === "waiting" ? component.why?.replaceAll(/ ?\([^)]*\)|\d+\w*/g, "") : "";
  return [state, component.attempts.length, why].join("|");
}
