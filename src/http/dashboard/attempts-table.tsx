/** Attempts of components, with links to their workflow runs. */
import type { AttemptView, ComponentView, RunView } from "../../chain/run-view.js";
import { Cell, counted, Outside, paths, spanWords, State, Table, Time } from "./parts.js";
import { attemptState } from "./states.js";

export function AttemptsTable({
  run,
  components,
  now,
}: {
  run: RunView;
  components: readonly ComponentView[];
  now: number;
}) {
  const rows = components.flatMap((component) => component.attempts.map((attempt) => ({ component, attempt })));
  if (rows.length === 0) return <p class="empty">Nothing was dispatched yet.</p>;
  const heads = ["Attempt", "State", "Kind", "Workflow run", "Log", "Begun", "Took", "What happened"];
  return (
    <Table caption={counted(rows.length, "attempt")} heads={heads}>
      {rows.map(({ component, attempt }) => (
        <Row run={run} component={component} attempt={attempt} now={now} />
      ))}
    </Table>
  );
}

interface RowProps {
  run: RunView;
  component: ComponentView;
  attempt: AttemptView;
  now: number;
}

function Row({ run, component, attempt, now }: RowProps) {
  const { workflowRunId, candidates, failureClass, detail } = attempt;
  return (
    <tr role="row" id={`attempt-${component.id}-${attempt.number}`}>
      <th scope="row" role="rowheader">
        <a href={paths.component(run.id, component.id)}>{component.id}</a>
        {` ${attempt.number} of ${component.maxAttempts}`}
      </th>
      <Cell head="State">
        <State of={attemptState(attempt)} />
      </Cell>
      <Cell head="Kind">{attempt.kind === "rerun" ? `rerun of ${attempt.mode}` : "dispatch"}</Cell>
      <Cell head="Workflow run">
        {workflowRunId === null ? (
          candidatesWords(candidates)
        ) : (
          <Outside
            to={attempt.url}
          >{`${workflowRunId}${attempt.runAttempt > 1 ? ` (try ${attempt.runAttempt})` : ""}`}</Outside>
        )}
      </Cell>
      <Cell head="Log">
        {workflowRunId === null ? null : (
          <a
            href={`${paths.component(run.id, component.id)}/log?attempt=${attempt.number}`}
            aria-label={`Log of ${component.id}, attempt ${attempt.number}`}
          >
            Log
          </a>
        )}
      </Cell>
      <Cell head="Begun">
        <Time at={attempt.startedAt} now={now} />
      </Cell>
      <Cell head="Took" number>
        {spanWords(attempt.startedAt, attempt.completedAt, now)}
      </Cell>
      <Cell head="What happened">
        {failureClass === null ? "" : <code>{failureClass}</code>}
        {detail === null ? "" : ` ${detail}`}
        {attempt.retryAt === null ? null : (
          <>
            {" "}
            The next one follows at <Time at={attempt.retryAt} now={now} />.
          </>
        )}
      </Cell>
    </tr>
  );
}

function candidatesWords(candidates: readonly number[]): string {
  return candidates.length === 0 ? "" : `one of ${candidates.join(", ")}`;
}
