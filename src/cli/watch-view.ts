/** What `watch` shows of a release run, each time it has looked. */
import { estimateView } from "../chain/estimate.js";
import type { ReleasePlan } from "../chain/plan.js";
import type { RunView } from "../chain/run-view.js";
import type { CliIo } from "./cli-io.js";
import { cutPainted, oneLine } from "./columns.js";
import { appended, settled } from "./live-progress.js";
import { renderStatus } from "./render-status.js";
import { renderTree } from "./render-tree.js";
import { barColumns, styleFor } from "./text-style.js";

export interface WatchView {
  /** Whether it makes something of the plan. */
  wantsPlan: boolean;
  /** `plan`: null where there is none, or nobody asked. */
  update(run: RunView, plan: ReleasePlan | null): void;
  /** The server is away, in words; null: it answers again. */
  away(words: string | null): void;
}

/** On a terminal a tree, drawn over in place; else a line for each change, or a line of JSON. */
export function watchView(io: CliIo, json: boolean): WatchView {
  if (json) return documents(io);
  if (barColumns(io) !== undefined) return screen(io);
  const lines = appended(io, true);
  return {
    wantsPlan: false,
    update: (run) => {
      lines.update(run);
    },
    away: awayOnStderr(io),
  };
}

function awayOnStderr(io: CliIo): WatchView["away"] {
  return (words) => {
    io.stderr(`release-chain: ${words ?? "the server answers again."}\n`);
  };
}

/** One document a line, where anything but the passing of time has changed. */
function documents(io: CliIo): WatchView {
  let told = "";
  return {
    wantsPlan: false,
    update: (run) => {
      const known = JSON.stringify(run, (key, value: unknown) =>
        key === "why" && typeof value === "string" ? settled(value) : value,
      );
      if (known !== told) io.stdout(`${JSON.stringify(run)}\n`);
      told = known;
    },
    away: awayOnStderr(io),
  };
}

function screen(io: CliIo): WatchView {
  const style = styleFor(io);
  let drawn = 0;
  let last: RunView | null = null;
  let plan: ReleasePlan | null = null;
  let notice: string | null = null;

  function draw(run: RunView): void {
    const columns = io.columns ?? 80;
    const more = notice === null ? [] : ["", style.warn(oneLine(notice))];
    const whole = [...linesOf(run, columns), ...more];
    const room = Math.max(1, (io.rows ?? 24) - 1);
    const fitting = whole.length <= room ? whole : [...linesOf(run, columns, true), ...more].slice(0, room);
    // All of it once it is over: it stays on the screen, and may wrap and scroll. Before, nothing may wrap, as it is drawn
    // over: one character less than the terminal has.
    const lines = run.status === "completed" ? whole : fitting.map((line) => cutPainted(line, columns - 1));
    io.stdout(`${drawn > 0 ? `\u001b[${drawn}A` : ""}\r\u001b[J${lines.join("\n")}\n`);
    drawn = lines.length;
  }

  function linesOf(run: RunView, columns: number, brief = false): string[] {
    const now = io.now();
    const text =
      run.status === "completed"
        ? renderStatus(run, now, style, columns)
        : renderTree(run, plan === null ? null : estimateView(run, plan, now), { now, style, columns, brief });
    return text.trimEnd().split("\n");
  }

  return {
    wantsPlan: true,
    update: (run, known) => {
      last = run;
      plan = known;
      draw(run);
    },
    away: (words) => {
      notice = words;
      if (last !== null) draw(last);
    },
  };
}
