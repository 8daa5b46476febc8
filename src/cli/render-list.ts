import type { RunView } from "../chain/run-view.js";
import type { Cell } from "./columns.js";
import { table } from "./columns.js";
import { between, formatSpan, formatTime } from "./durations.js";
import type { TextStyle } from "./text-style.js";
import { progress, runStatePaint } from "./render-status.js";

/** Release runs as a table, as of `now` (ms), in the order given; lines cut to `width` characters where it is given. */
export function renderList(runs: readonly RunView[], now: number, style: TextStyle, width?: number): string {
  if (runs.length === 0) return "No release runs.\n";
  const head = ["RUN", "RELEASE", "STATE", "PROGRESS", "BEGUN", "TOOK", ""].map((text): Cell => ({
    text,
    paint: style.faint,
  }));
  const rows = runs.map((run): Cell[] => {
    const begun = run.startedAt ?? run.createdAt;
    const span = between(begun, run.completedAt ?? now);
    return [
      { text: run.id },
      { text: `${run.hub}@${run.tag}` },
      { text: run.conclusion ?? run.status, paint: runStatePaint(run, style) },
      { text: progress(run) },
      { text: formatTime(begun) },
      { text: span === null ? "" : formatSpan(span) },
      { text: run.conclusion === "success" ? "" : (run.reason ?? ""), paint: style.faint },
    ];
  });
  return `${table([head, ...rows], { width }).join("\n")}\n`;
}
