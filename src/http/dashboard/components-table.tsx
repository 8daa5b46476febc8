/** The components of a release run in words: what the graph shows, for who does not see it. */
import { html as markup } from "hono/html";
import type { ComponentView, RunView } from "../../chain/run-view.js";
import { repositoryUrl } from "../../chain/markdown.js";
import { sizeWords } from "../../chain/words.js";
import { Cell, counted, Outside, paths, Sha, spanWords, State, Table } from "./parts.js";
import { componentState } from "./states.js";

/** Rows in the order of the groups. */
export function ComponentsTable({ run, now, web }: { run: RunView; now: number; web: string | null }) {
  const heads = ["Component", "State", "Attempt", "Took", "Commit", "What it waits for, or how it ended"];
  return (
    <Table caption={`${counted(run.components.length, "component")}, in building order`} heads={heads}>
      {inOrder(run).map((component) => row(run, component, now, web))}
    </Table>
  );
}

export function inOrder(run: RunView): ComponentView[] {
  const place = new Map(run.groups.flat().map((id, index) => [id, index]));
  return run.components.toSorted((a, b) => (place.get(a.id) ?? Infinity) - (place.get(b.id) ?? Infinity) || 0);
}

function row(run: RunView, component: ComponentView, now: number, web: string | null) {
  const { id, attempts, maxAttempts, repo, sha, why, transfer } = component;
  const state = componentState(component);
  const last = attempts.at(-1);
  const url = repositoryUrl(web, repo);
  const commitUrl = url === null ? null : `${url}/commit/${sha}`;
  const took = last === undefined ? null : spanWords(last.startedAt, last.completedAt, now);
  const tries = last && Outside({ to: last.url, children: `${attempts.length} of ${maxAttempts}` });
  return markup`<tr role="row" id="row-${id}" data-tell="${id}: ${state.replace("_", " ")}">${[
    markup`<th scope="row" role="rowheader"><a href="${paths.component(run.id, id)}">${id}</a></th>`,
    Cell({ head: "State", children: State({ of: state }) }),
    Cell({ head: "Attempt", children: tries, number: true }),
    Cell({ head: "Took", children: took, number: true }),
    Cell({ head: "Commit", children: Sha({ of: sha, to: commitUrl }), number: true }),
    Cell({ head: "Why", children: transfer === null ? why : [why, downloads(transfer)] }),
  ]}</tr>`;
}

function downloads({ bytesDone, bytesTotal }: NonNullable<ComponentView["transfer"]>) {
  return (
    <progress max={Math.max(1, bytesTotal)} value={bytesDone}>
      {`${sizeWords(bytesDone)} of ${sizeWords(bytesTotal)}`}
    </progress>
  );
}
