/** The components of a release run in words: what the graph shows, for who does not see it. */
import type { ComponentView, RunView } from "../../chain/run-view.js";
import { sizeWords } from "../../chain/words.js";
import { Cell, counted, Outside, paths, Sha, spanWords, State, Table } from "./parts.js";
import { componentState } from "./states.js";

/** Rows in the order of the groups. */
export function ComponentsTable({ run, now, web }: { run: RunView; now: number; web: string | null }) {
  const heads = ["Component", "State", "Attempt", "Took", "Commit", "What it waits for, or how it ended"];
  return (
    <Table caption={`${counted(run.components.length, "component")}, in building order`} heads={heads}>
      {inOrder(run).map((component) => (
        <Row run={run} component={component} now={now} web={web} />
      ))}
    </Table>
  );
}

export function inOrder(run: RunView): ComponentView[] {
  const place = new Map(run.groups.flat().map((id, index) => [id, index]));
  return run.components.toSorted((a, b) => (place.get(a.id) ?? Infinity) - (place.get(b.id) ?? Infinity) || 0);
}

function Row({
  run,
  component,
  now,
  web,
}: {
  run: RunView;
  component: ComponentView;
  now: number;
  web: string | null;
}) {
  const { id, attempts, maxAttempts, repo, sha, transfer } = component;
  const state = componentState(component);
  const last = attempts.at(-1);
  const onGitHub = web !== null && /^[\w.-]+\/[\w.-]+$/.test(repo);
  return (
    <tr role="row" id={`row-${id}`} data-tell={`${id}: ${state.replace("_", " ")}`}>
      <th scope="row" role="rowheader">
        <a href={paths.component(run.id, id)}>{id}</a>
      </th>
      <Cell head="State">
        <State of={state} />
      </Cell>
      <Cell head="Attempt">
        {last === undefined ? "" : <Outside to={last.url}>{`${attempts.length} of ${maxAttempts}`}</Outside>}
      </Cell>
      <Cell head="Took" number>
        {last === undefined ? "" : (spanWords(last.startedAt, last.completedAt, now) ?? "")}
      </Cell>
      <Cell head="Commit">
        <Sha of={sha} to={onGitHub ? `${web}/${repo}/commit/${sha}` : null} />
      </Cell>
      <Cell head="Why">
        {component.why ?? ""}
        {transfer === null ? null : (
          <progress max={Math.max(1, transfer.bytesTotal)} value={transfer.bytesDone}>
            {`${sizeWords(transfer.bytesDone)} of ${sizeWords(transfer.bytesTotal)}`}
          </progress>
        )}
      </Cell>
    </tr>
  );
}
