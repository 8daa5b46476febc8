/** The plan: what was decided before the first dispatch; and the lock: which commits are built. */
import { html as markup } from "hono/html";
import { lockText, makeLock } from "../../chain/lock-file.js";
import { repositoryUrl } from "../../chain/markdown.js";
import type { PlannedComponent, ReleasePlan } from "../../chain/plan.js";
import type { ReleaseRun } from "../../chain/run.js";
import { durationWords } from "../../chain/words.js";
import { Cell, counted, isShort, Outside, paths, Sha, Table, Time } from "./parts.js";

/** The lock of more components is some hundred KB: it is had by its link. */
const LOCK_SHOWN = 50;

interface PlanProps {
  run: ReleaseRun;
  plan: ReleasePlan;
  web: string | null;
  now: number;
}

export function PlanView({ run, plan, web, now }: PlanProps) {
  const api = `/api/v1${paths.run(run.id)}`;
  return (
    <>
      <h2>Plan</h2>
      <PlanFacts plan={plan} web={web} now={now} />
      <PlanNotes plan={plan} />
      <h2>Components and commits</h2>
      <PlannedTable plan={plan} web={web} runId={run.id} />
      <h2>Lock</h2>
      <p>
        <a href={`${api}/plan`}>Plan as JSON</a>, <a href={`${api}/lock`}>lock as JSON</a>.{" "}
        <code>{`release-chain start ${run.hub}@TAG --lock FILE`}</code> builds from exactly these commits.
      </p>
      {plan.components.length > LOCK_SHOWN ? null : (
        <details id="lock-text">
          <summary>release-chain.lock.json as it stands</summary>
          <pre tabindex={0}>{lockText(makeLock(plan, run))}</pre>
        </details>
      )}
    </>
  );
}

export function PlanFacts({ plan, web, now }: Omit<PlanProps, "run">) {
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
      <dd>
        <Time at={plan.createdAt} now={now} />
      </dd>
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
          return component && plannedRow({ component, group: index + 1, web, runId });
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

function plannedRow({ component, group, web, runId }: PlannedRowProps) {
  const { id, repo, ref, sha, build, workflow, needs } = component;
  const url = repositoryUrl(web, repo);
  const at = (place: string): string | null => (url === null ? null : `${url}/${place}/${sha}`);
  const file = workflow?.path ?? "";
  const label = runId === null ? id : markup`<a href="${paths.component(runId, id)}">${id}</a>`;
  const name = file.replace(".github/workflows/", "");
  const blob = at("blob");
  const built = Outside({
    to: blob === null || file === "" ? null : `${blob}/${file}`,
    children: name,
  });
  return markup`<tr role="row">${[
    markup`<th scope="row" role="rowheader">${label}</th>`,
    Cell({ head: "Group", children: group, number: true }),
    Cell({ head: "Repository", children: Outside({ to: url, children: repo }) }),
    Cell({ head: "Ref", children: ref, short: isShort(ref) }),
    Cell({ head: "Commit", children: Sha({ of: sha, to: at("commit") }), number: true }),
    Cell({ head: "Workflow", children: build ? built : "not built", short: isShort(name) }),
    Cell({ head: "Needs", children: [...new Set(needs.map((need) => need.id))].join(", ") }),
  ]}</tr>`;
}
