/** The top of every page of a release run: which it is, how it stands, when it will be done, and the way to its other pages. */
import { estimate } from "../../chain/estimate.js";
import type { RunView } from "../../chain/run-view.js";
import type { ReleaseRun } from "../../chain/run.js";
import { durationWords, sizeWords } from "../../chain/words.js";
import { counted, Outside, paths, spanWords, State, Time } from "./parts.js";
import { countsOf, ProgressBar, progressWords } from "./progress.js";
import { lookOf, runState, type Tone } from "./states.js";

/** Last part of the address, and name. */
export const TABS = [
  ["", "Graph"],
  ["timeline", "Timeline"],
  ["artifacts", "Artifacts"],
  ["changes", "Changes"],
  ["events", "Events"],
  ["plan", "Plan and lock"],
] as const;

export type Tab = (typeof TABS)[number][0];

export function RunHead({ run, view, now }: { run: ReleaseRun; view: RunView; now: number }) {
  const state = runState(view);
  const counts = countsOf(view.components);
  return (
    <header class="run-head">
      <div id="run-title" class="title" data-live="yes" data-tell={`The release run: ${lookOf(state).word}`}>
        <h1>
          {view.hub}
          <wbr />
          <span class="at">@</span>
          {view.tag}
        </h1>
        <State of={state} />
      </div>
      <div id="run-facts" data-live="yes">
        <ProgressBar of={counts} />
        <Facts run={run} view={view} now={now} progress={progressWords(counts)} />
        {view.reason === null ? null : <Reason of={view.reason} tone={lookOf(state).tone} />}
        {view.why === null ? null : <p class="why">{view.why}</p>}
        {view.release?.transfer == null ? null : <Upload transfer={view.release.transfer} />}
      </div>
    </header>
  );
}

/** Lines that are shown; a release run can be refused for hundreds of reasons, a line each. */
const SHOWN = 8;

function Reason({ of, tone }: { of: string; tone: Tone }) {
  const lines = of.split("\n");
  const more = lines.splice(SHOWN);
  return (
    <div class={`reason tone-${tone}`}>
      {lines.join("\n")}
      {more.length === 0 ? null : (
        <details>
          <summary>{`${more.length} more`}</summary>
          {more.join("\n")}
        </details>
      )}
    </div>
  );
}

function Facts({ run, view, now, progress }: { run: ReleaseRun; view: RunView; now: number; progress: string }) {
  const begun = view.startedAt ?? view.createdAt;
  const { release } = view;
  return (
    <p class="facts">
      <span>{progress}</span>
      <span>{spanWords(begun, view.completedAt, now)}</span>
      <span>{doneWords(run, now)}</span>
      <span>
        begun <Time at={begun} now={now} />
        {view.trigger === "webhook" && run.author !== null ? ` by the release of ${run.author}` : ""}
      </span>
      <span>
        {view.completedAt === null ? null : (
          <>
            ended <Time at={view.completedAt} now={now} />
          </>
        )}
      </span>
      {release === null ? null : (
        <span>
          <Outside to={release.url}>{`Release ${release.tag}`}</Outside>
          {release.repo === view.hub ? "" : ` of ${release.repo}`}
          {release.draft ? " (draft)" : ""}
          {release.assets.length === 0 ? "" : `, ${counted(release.assets.length, "file")}`}
        </span>
      )}
    </p>
  );
}

/** When its components will probably be built. */
function doneWords(run: ReleaseRun, now: number): string {
  const guess = estimate(run, now);
  if (guess === null || run.status !== "building") return "";
  if (guess.end !== null) return guess.end > now ? `about ${durationWords(guess.end - now)} left` : "about to be built";
  const known = Math.max(now, ...[...guess.components.values()].map(({ to }) => to));
  return known > now ? `at least ${durationWords(known - now)} left` : "";
}

function Upload({ transfer }: { transfer: NonNullable<NonNullable<RunView["release"]>["transfer"]> }) {
  const { bytesDone, bytesTotal } = transfer;
  return (
    <progress max={Math.max(1, bytesTotal)} value={bytesDone} aria-label="Uploads to the release">
      {`${sizeWords(bytesDone)} of ${sizeWords(bytesTotal)}`}
    </progress>
  );
}

export function RunTabs({ run, here }: { run: Pick<RunView, "id">; here: Tab | null }) {
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

/** The page shows what was stored by this version of the run: news are what came after it. */
export function liveOf(run: ReleaseRun): { events: string } | null {
  if (run.status === "completed") return null;
  return { events: `/api/v1/runs/${encodeURIComponent(run.id)}/events?after=${run.rowVersion}.999999999` };
}
