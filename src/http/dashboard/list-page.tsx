/** The list of release runs. */
import type { RunSummary } from "../../chain/run-view.js";
import { Cell, Outside, paths, spanWords, State, Table, Time } from "./parts.js";
import { ProgressBar, progressWords, type Counts } from "./progress.js";
import { lookOf, runState } from "./states.js";

export const RUN_STATUSES = ["queued", "planning", "building", "publishing", "completed"] as const;

export interface ListFilter {
  hub?: string;
  tag?: string;
  status?: string;
  after?: string;
}

export type ListedRun = RunSummary & { counts: Counts };

export interface ListProps {
  runs: readonly ListedRun[];
  filter: ListFilter;
  /** Id of the last run here, where there are more; null: there are none. */
  next: string | null;
  /** What is wrong with the filter; null: nothing. */
  problem: string | null;
  now: number;
}

export function RunList({ runs, filter, next, problem, now }: ListProps) {
  const filtered = [filter.hub, filter.tag, filter.status, filter.after].some((value) => value !== undefined);
  return (
    <>
      <h1>Release runs</h1>
      <FilterForm filter={filter} />
      {problem === null ? null : <p class="reason tone-bad">{problem}</p>}
      <div id="runs" data-live="yes">
        {runs.length === 0 ? (
          <p class="empty">
            {filtered ? (
              "No release run is like this."
            ) : (
              <>
                No release run yet. Publish a release in a repository with a .github/release-chain.yml, or{" "}
                <a href="/start">start one here</a>.
              </>
            )}
          </p>
        ) : (
          <Table caption="Newest first" heads={["Release", "State", "Progress", "Begun", "Took", "How it stands"]}>
            {runs.map((run) => (
              <Row run={run} now={now} />
            ))}
          </Table>
        )}
      </div>
      {next === null ? null : (
        <p class="more">
          <a href={`/?${queryOf({ ...filter, after: next })}`} rel="next">
            Older release runs
          </a>
        </p>
      )}
    </>
  );
}

function Row({ run, now }: { run: ListedRun; now: number }) {
  const { counts } = run;
  const state = runState(run);
  const begun = run.startedAt ?? run.createdAt;
  return (
    <tr role="row" id={`run-${run.id}`} data-tell={`${run.hub}@${run.tag}: ${lookOf(state).word}`}>
      <th scope="row" role="rowheader">
        <a href={paths.run(run.id)}>
          {run.hub}
          <wbr />
          {`@${run.tag}`}
        </a>
      </th>
      <Cell head="State">
        <State of={state} />
      </Cell>
      <Cell head="Progress">
        {counts.total === 0 ? null : (
          <>
            <ProgressBar of={counts} />
            <span class="small">{progressWords(counts)}</span>
          </>
        )}
      </Cell>
      <Cell head="Begun" short>
        <Time at={begun} now={now} />
      </Cell>
      <Cell head="Took" number>
        {spanWords(begun, run.completedAt, now)}
      </Cell>
      <Cell head="How it stands">
        {run.conclusion === "success" && run.release !== null ? (
          <Outside to={run.release.url}>{`${run.release.assets.length} files published`}</Outside>
        ) : (
          inShort(run.reason ?? run.why ?? "")
        )}
      </Cell>
    </tr>
  );
}

/** A release run can be refused for hundreds of reasons, a line each. */
function inShort(reason: string): string {
  const [first = "", ...others] = reason.split("\n");
  return others.length === 0 ? first : `${first} And ${others.length} more.`;
}

function FilterForm({ filter }: { filter: ListFilter }) {
  return (
    <form class="filter" method="get" action="/" role="search" aria-label="Release runs">
      <label>
        Hub <input name="hub" value={filter.hub ?? ""} placeholder="owner/repo" autocomplete="off" spellcheck={false} />
      </label>
      <label>
        Tag <input name="tag" value={filter.tag ?? ""} placeholder="v1.0.0" autocomplete="off" spellcheck={false} />
      </label>
      <label>
        Status{" "}
        <select name="status">
          <option value="">any</option>
          {RUN_STATUSES.map((status) => (
            <option value={status} selected={status === filter.status}>
              {status}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Show</button>
    </form>
  );
}

function queryOf(filter: ListFilter): string {
  return new URLSearchParams(
    Object.entries(filter).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  ).toString();
}
