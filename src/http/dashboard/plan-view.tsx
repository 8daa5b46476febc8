/** The plan: what was decided before the first dispatch; and the lock: which commits are built. */
import { lockText, makeLock } from "../../chain/lock-file.js";
import { repositoryUrl } from "../../chain/markdown.js";
import type { PlannedComponent, ReleasePlan } from "../../chain/plan.js";
import type { ReleaseRun } from "../../chain/run.js";
import { durationWords } from "../../chain/words.js";
import { Cell, counted, Outside, paths, Sha, Table } from "./parts.js";

export function PlanView({ run, plan, web }: { run: ReleaseRun; plan: ReleasePlan; web: string | null }) {
  const api = `/api/v1${paths.run(run.id)}`;
  return (
    <>
      <h2>Plan</h2>
      <PlanFacts plan={plan} web={web} />
      <PlanNotes plan={plan} />
      <h2>Components and commits</h2>
      <PlannedTable plan={plan} web={web} runId={run.id} />
      <h2>Lock</h2>
      <p>
        <a href={`${api}/plan`}>Plan as JSON</a>, <a href={`${api}/lock`}>lock as JSON</a>.{" "}
        <code>{`release-chain start ${run.hub}@TAG --lock FILE`}</code> builds from exactly these commits.
      </p>
      <details id="lock-text">
        <summary>release-chain.lock.json as it stands</summary>
        <pre tabindex={0}>{lockText(makeLock(plan, run))}</pre>
      </details>
    </>
  );
}

export function PlanFacts({ plan, web }: { plan: ReleasePlan; web: string | null }) {
  const { schedule, longestPath, configFrom } = plan;
  const { components, duration } = longestPath;
  const longest =
    components.length === 0
      ? ""
      : `${components.join(" → ")}${duration === null ? "" : `, about ${durationWords(duration)}`}`;
  const hub = repositoryUrl(web, plan.hub);
  const at = configFrom ?? { ref: plan.tag, sha: plan.hubSha };
  return (
    <dl class="pairs">
      <dt>Made</dt>
      <dd>{plan.createdAt}</dd>
      <dt>Hub</dt>
      <dd>
        {plan.hub} at <Sha of={plan.hubSha} to={hub === null ? null : `${hub}/commit/${plan.hubSha}`} />
      </dd>
      <dt>Configuration</dt>
      <dd>
        <Outside to={hub === null ? null : `${hub}/blob/${at.sha}/${plan.configPath}`}>{plan.configPath}</Outside>
        {` at ${at.ref}`}
      </dd>
      <dt>Schedule</dt>
      <dd>{`${schedule.order}, at most ${schedule.maxParallel} at a time${schedule.failFast ? ", fail-fast" : ""}, within ${durationWords(plan.timeout)}`}</dd>
      <dt>Longest path</dt>
      <dd>{longest === "" ? "none" : longest}</dd>
    </dl>
  );
}

/** Warnings, and what was left out or not found. */
export function PlanNotes({ plan }: { plan: ReleasePlan }) {
  const notes = [
    ...plan.warnings.map(({ message }) => message),
    ...plan.excluded.map(({ id, reason }) => `${id} is left out: ${reason}`),
    ...plan.unresolved.map(
      ({ component, layer, collection, kind }) =>
        `${component}, layer ${layer}: nobody here provides ${collection} (${kind}).`,
    ),
    ...plan.ambiguous.map(({ collection, providers }) => `${collection} is provided by ${providers.join(", ")}.`),
  ];
  if (notes.length === 0) return <p class="small">No warnings.</p>;
  return (
    <section class="note tone-warn" aria-label="Warnings">
      <h3>{counted(notes.length, "warning")}</h3>
      <ul>
        {notes.map((note) => (
          <li>{note}</li>
        ))}
      </ul>
    </section>
  );
}

/** `runId`: where the components have pages of their own; null: they have none yet. */
export function PlannedTable({ plan, web, runId }: { plan: ReleasePlan; web: string | null; runId: string | null }) {
  const byId = new Map(plan.components.map((component) => [component.id, component]));
  const heads = ["Component", "Group", "Repository", "Ref", "Commit", "Workflow", "Needs"];
  const caption = `${counted(plan.components.length, "component")} in ${counted(plan.groups.length, "group")}`;
  return (
    <Table caption={caption} heads={heads}>
      {plan.groups.flatMap((ids, index) =>
        ids.map((id) => {
          const component = byId.get(id);
          return component === undefined ? null : (
            <PlannedRow component={component} group={index + 1} web={web} runId={runId} />
          );
        }),
      )}
    </Table>
  );
}

interface PlannedRowProps {
  component: PlannedComponent;
  group: number;
  web: string | null;
  runId: string | null;
}

function PlannedRow({ component, group, web, runId }: PlannedRowProps) {
  const { id, repo, ref, sha, build, workflow, needs } = component;
  const url = repositoryUrl(web, repo);
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {runId === null ? id : <a href={paths.component(runId, id)}>{id}</a>}
      </th>
      <Cell head="Group" number>
        {group}
      </Cell>
      <Cell head="Repository">
        <Outside to={url}>{repo}</Outside>
      </Cell>
      <Cell head="Ref">{ref}</Cell>
      <Cell head="Commit">
        <Sha of={sha} to={url === null ? null : `${url}/commit/${sha}`} />
      </Cell>
      <Cell head="Workflow">
        {build ? (
          <Outside to={url === null || workflow === null ? null : `${url}/blob/${sha}/${workflow.path}`}>
            {workflow?.path.replace(".github/workflows/", "") ?? ""}
          </Outside>
        ) : (
          "not built"
        )}
      </Cell>
      <Cell head="Needs">{[...new Set(needs.map((need) => need.id))].join(", ")}</Cell>
    </tr>
  );
}
