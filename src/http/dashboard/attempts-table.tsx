/** Attempts of components, with links to their workflow runs. */
import { html as markup } from "hono/html";
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
      {rows.map(({ component, attempt }) => row(run, component, attempt, now))}
    </Table>
  );
}

function row(run: RunView, { id, maxAttempts }: ComponentView, attempt: AttemptView, now: number) {
  const { number, url, workflowRunId, runAttempt, candidates, startedAt, completedAt, failureClass, detail } = attempt;
  const path = paths.component(run.id, id);
  const isFound = workflowRunId !== null;
  const found = `${workflowRunId ?? ""}${runAttempt > 1 ? ` (try ${runAttempt})` : ""}`;
  const log =
    isFound && markup`<a href="${path}/log?attempt=${number}" aria-label="Log of ${id}, attempt ${number}">Log</a>`;
  const happened = [
    failureClass === null ? "" : <code>{failureClass}</code>,
    detail === null ? "" : ` ${detail}`,
    attempt.retryAt === null ? null : (
      <>
        {" "}
        The next one follows at <Time at={attempt.retryAt} now={now} />.
      </>
    ),
  ];
  return markup`<tr role="row" id="attempt-${id}-${number}">${[
    markup`<th scope="row" role="rowheader"><a href="${path}">${id}</a> ${number} of ${maxAttempts}</th>`,
    Cell({ head: "State", children: State({ of: attemptState(attempt) }) }),
    Cell({ head: "Kind", children: attempt.kind === "rerun" ? `rerun of ${attempt.mode}` : "dispatch", short: true }),
    Cell({
      head: "Workflow run",
      children: isFound ? Outside({ to: url, children: found }) : candidatesWords(candidates),
      short: true,
    }),
    Cell({ head: "Log", children: log, short: true }),
    Cell({ head: "Begun", children: Time({ at: startedAt, now }), short: true }),
    Cell({ head: "Took", children: spanWords(startedAt, completedAt, now), number: true }),
    Cell({ head: "What happened", children: happened }),
  ]}</tr>`;
}

function candidatesWords(candidates: readonly number[]): string {
  return candidates.length === 0 ? "" : `one of ${candidates.join(", ")}`;
}
