/** What was committed to each component since the release before, and how the published files have grown or shrunk. */
import { repositoryUrl } from "../../chain/markdown.js";
import type { ComponentChanges, PlannedComponent, ReleasePlan } from "../../chain/plan.js";
import { sizeChanges } from "../../chain/release-sizes.js";
import type { ReleaseRun } from "../../chain/run.js";
import { listWords, sizeWords } from "../../chain/words.js";
import { Cell, counted, Outside, paths, Sha, Table } from "./parts.js";

/** More commits, and more files, than this are folded. */
const FOLD_ABOVE = 10;

interface ChangesProps {
  run: ReleaseRun;
  plan: ReleasePlan;
  web: string | null;
}

export function ChangesView({ run, plan, web }: ChangesProps) {
  const { previous } = plan;
  if (previous === null)
    return <p class="empty">There is no successful release run before this one to compare with.</p>;
  const compared = plan.components.filter(({ changes }) => changes !== null);
  const changed = compared.filter(({ changes }) => changes?.from !== changes?.to);
  const same = compared.filter(({ changes }) => changes?.from === changes?.to);
  const unknown = plan.components.filter(({ changes }) => changes === null);
  return (
    <>
      <h2>
        Since <a href={paths.run(previous.runId)}>{previous.tag}</a>
      </h2>
      {changed.map((component) =>
        component.changes === null ? null : <Changed component={component} changes={component.changes} web={web} />,
      )}
      <Rest what="Unchanged" components={same} />
      <Rest what="New here, or without a comparison" components={unknown} />
      <div id="sizes" data-live="yes">
        <Sizes run={run} plan={plan} />
      </div>
    </>
  );
}

function Sizes({ run: { publication, status }, plan }: Pick<ChangesProps, "run" | "plan">) {
  if (publication === null)
    return plan.sizesBefore === undefined || status === "completed" ? null : (
      <>
        <h2>Sizes</h2>
        <p class="empty">Sizes are compared once all is built and it is known which files are published.</p>
      </>
    );
  const changes = sizeChanges(plan, publication.assets);
  if (changes === null) return null;
  const { files, counts, summary } = changes;
  const size = (bytes: number | null): string => (bytes === null ? "" : sizeWords(bytes));
  const table =
    files.length === 0 ? null : (
      <Table caption={`${counted(files.length, "file")} of another size`} heads={["File", "Before", "Now", "Change"]}>
        {files.map(({ name, before: old, now, change }) => (
          <tr role="row">
            <th scope="row" role="rowheader">
              {name}
            </th>
            <Cell head="Before" number>
              {size(old)}
            </Cell>
            <Cell head="Now" number>
              {size(now)}
            </Cell>
            <Cell head="Change" number>
              {change}
            </Cell>
          </tr>
        ))}
      </Table>
    );
  return (
    <>
      <h2>Sizes</h2>
      <p>{summary}</p>
      {files.length <= FOLD_ABOVE ? (
        table
      ) : (
        <details id="sizes-by-file">
          <summary>{counts}</summary>
          {table}
        </details>
      )}
    </>
  );
}

function Rest({ what, components }: { what: string; components: readonly PlannedComponent[] }) {
  if (components.length === 0) return null;
  const names = components.map(({ id }) => id);
  return <p>{`${what}: ${listWords(names, 200)}.`}</p>;
}

function Changed({
  component,
  changes,
  web,
}: {
  component: PlannedComponent;
  changes: ComponentChanges;
  web: string | null;
}) {
  const { commits, total } = changes;
  return (
    <section>
      <h3>{component.id}</h3>
      <p>
        <Outside to={changes.url}>
          <code>{`${changes.from.slice(0, 10)} → ${changes.to.slice(0, 10)}`}</code>
        </Outside>
        {`, ${countWords(changes)}`}
      </p>
      {commits.length > FOLD_ABOVE ? (
        <details id={`commits-${component.id}`}>
          <summary>{`${commits.length} newest of ${counted(total, "commit")}`}</summary>
          <Commits changes={changes} repository={repositoryUrl(web, component.repo)} />
        </details>
      ) : (
        <Commits changes={changes} repository={repositoryUrl(web, component.repo)} />
      )}
    </section>
  );
}

function Commits({ changes, repository }: { changes: ComponentChanges; repository: string | null }) {
  return (
    <ul class="commits">
      {changes.commits.map(({ sha, title, author }) => (
        <li>
          <Sha of={sha} to={repository === null ? null : `${repository}/commit/${sha}`} /> {title}{" "}
          <span class="small">{`by ${author}`}</span>
        </li>
      ))}
    </ul>
  );
}

/** Of a branch that was set back or rewritten, the new commits are not the whole story. */
function countWords({ status, total }: ComponentChanges): string {
  if (status === "behind") return "an older commit";
  return `${counted(total, "commit")}${status === "diverged" ? ", and others are gone (diverged)" : ""}`;
}
