/** The top of every page of a release run: which it is, how it stands, and the way to its other pages. */
import type { Child } from "hono/jsx";
import type { RunView } from "../../chain/run-view.js";
import { Outside, paths, spanWords, State, Time } from "./parts.js";
import { countsOf, ProgressBar, progressWords } from "./progress.js";
import { lookOf, runState } from "./states.js";

/** Last part of the address, and name. */
export const TABS = [
  ["", "Graph"],
  ["timeline", "Timeline"],
  ["artifacts", "Artifacts"],
  ["changes", "Changes"],
  ["plan", "Plan and lock"],
] as const;

export type Tab = (typeof TABS)[number][0];

export function RunHead({ run, now, buttons }: { run: RunView; now: number; buttons: Child }) {
  const state = runState(run);
  const counts = countsOf(run.components);
  return (
    <header class="run-head">
      <div id="run-title" class="title" data-live="yes" data-tell={`Release run: ${lookOf(state).word}`}>
        <h1>
          {run.hub}
          <span class="at">@</span>
          <wbr />
          {run.tag}
        </h1>
        <State of={state} />
      </div>
      <div id="run-facts" data-live="yes">
        <ProgressBar of={counts} />
        <p class="facts">
          <span>{progressWords(counts)}</span>
          <span>{spanWords(run.startedAt ?? run.createdAt, run.completedAt, now)}</span>
          <span>
            begun <Time at={run.startedAt ?? run.createdAt} now={now} />
          </span>
          {run.completedAt === null ? null : (
            <span>
              ended <Time at={run.completedAt} now={now} />
            </span>
          )}
          {run.release === null ? null : (
            <span>
              <Outside to={run.release.url}>{`release ${run.release.repo}@${run.release.tag}`}</Outside>
              {run.release.draft ? " (draft)" : ""}
            </span>
          )}
        </p>
        {run.reason === null ? null : <p class={`reason tone-${lookOf(state).tone}`}>{run.reason}</p>}
        {run.why === null ? null : <p class="why">{run.why}</p>}
      </div>
      {buttons}
    </header>
  );
}

export function RunTabs({ run, here }: { run: RunView; here: Tab }) {
  return (
    <nav class="tabs" aria-label="Release run">
      {TABS.map(([tab, name]) => (
        <a href={paths.tab(run.id, tab)} aria-current={tab === here ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}
