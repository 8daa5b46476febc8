/** `GET /runs/{id}/components/{component}`: one component of a release run. */
import type { Hono } from "hono";
import { webRoot } from "../../chain/lock-file.js";
import { repositoryUrl } from "../../chain/markdown.js";
import type { PlannedComponent } from "../../chain/plan.js";
import type { ComponentView, RunView } from "../../chain/run-view.js";
import type { ReleaseRun } from "../../chain/run.js";
import { durationWords } from "../../chain/words.js";
import type { AccessEnv } from "../access-env.js";
import { ArtifactsView, shownFiles } from "./artifacts-view.js";
import { AttemptsTable } from "./attempts-table.js";
import { CommandButtons } from "./command-forms.js";
import { COMPONENT_COMMANDS, type Asked } from "./commands.js";
import { failingLog } from "./failing-log.js";
import { onComponent, type Desk, type PageContext } from "./desk.js";
import { Outside, paths, Sha, State, StateIcon } from "./parts.js";
import { refusals } from "./refusals.js";
import { liveOf, RunTabs } from "./run-head.js";
import { componentState, lookOf } from "./states.js";

export function addComponentPage(app: Hono<AccessEnv>, desk: Desk): void {
  app.get("/runs/:id/components/:component", (c) =>
    onComponent(c, desk, (run, view, name) => showComponent(c, desk, run, view, name)),
  );
}

async function showComponent(c: PageContext, desk: Desk, run: ReleaseRun, view: RunView, name: string) {
  const now = desk.now();
  const index = view.components.findIndex(({ id }) => id === name);
  const component = view.components[index];
  const planned = run.plan?.components[index];
  if (component === undefined || planned === undefined) return c.notFound();
  const asked = COMPONENT_COMMANDS.map((command): Asked => ({ name: command, component: name }));
  const mayNot = await refusals(c, desk, run, asked);
  const files = await shownFiles(c.var.operations, run, name);
  const log = await failingLog(c, view, component);
  const state = componentState(component);
  return desk.show(c, {
    title: `${lookOf(state).word}: ${name}, ${view.hub}@${view.tag}`,
    here: null,
    live: liveOf(run),
    children: (
      <>
        <ComponentHead view={view} component={component} />
        <CommandButtons run={run} asked={asked} mayNot={mayNot} now={now} />
        <RunTabs run={view} here={null} />
        <div id="failing-log" data-live="yes">
          {log}
        </div>
        <Facts view={view} component={component} planned={planned} web={run.plan === null ? null : webRoot(run.plan)} />
        <h2>Attempts</h2>
        <div id="attempts" data-live="yes">
          <AttemptsTable run={view} components={[component]} now={now} />
        </div>
        <ArtifactsView view={view} files={files} component={name} />
      </>
    ),
  });
}

function ComponentHead({ view, component }: { view: RunView; component: ComponentView }) {
  const state = componentState(component);
  const { tone, word } = lookOf(state);
  return (
    <header class="run-head">
      <p class="crumbs">
        <a href={paths.run(view.id)}>{`${view.hub}@${view.tag}`}</a>
      </p>
      <div id="run-title" class="title" data-live="yes" data-tell={`${component.id}: ${word}`}>
        <h1>{component.id}</h1>
        <State of={state} />
      </div>
      <div id="run-facts" data-live="yes">
        {component.why === null ? null : (
          <p class={component.status === "completed" ? `reason tone-${tone}` : "why"}>{component.why}</p>
        )}
      </div>
    </header>
  );
}

interface FactsProps {
  view: RunView;
  component: ComponentView;
  planned: PlannedComponent;
  web: string | null;
}

function Facts({ view, component, planned, web }: FactsProps) {
  const { repo, sha, needs, id } = component;
  const url = repositoryUrl(web, repo);
  const neededBy = view.components.filter((other) => other.needs.includes(id)).map((other) => other.id);
  return (
    <dl id="facts" class="pairs" data-live="yes">
      <dt>Repository</dt>
      <dd>
        <Outside to={url}>{repo}</Outside>
        {` at ${planned.ref}, `}
        <Sha of={sha} to={url === null ? null : `${url}/commit/${sha}`} />
        {sha === planned.sha ? "" : ` (planned was ${planned.sha.slice(0, 10)})`}
      </dd>
      <dt>Workflow</dt>
      <dd>
        {planned.workflow === null
          ? "none: it is only locked"
          : `${planned.workflow.path}, by ${planned.trigger}, builds ${planned.checkout === "head" ? "the branch as it is" : "the locked commit"}`}
      </dd>
      <dt>Usually takes</dt>
      <dd>
        {planned.expectedDuration === null ? "not known: never built before" : durationWords(planned.expectedDuration)}
      </dd>
      <dt>Needs</dt>
      <dd>
        <Names view={view} ids={needs} />
      </dd>
      <dt>Needed by</dt>
      <dd>
        <Names view={view} ids={neededBy} />
      </dd>
    </dl>
  );
}

function Names({ view, ids }: { view: RunView; ids: readonly string[] }) {
  const byId = new Map(view.components.map((component) => [component.id, component]));
  if (ids.length === 0) return <>nothing</>;
  return (
    <ul class="names">
      {ids.map((id) => {
        const other = byId.get(id);
        if (other === undefined) return <li>{`${id} (left out)`}</li>;
        const state = componentState(other);
        return (
          <li>
            <StateIcon of={state} />
            <a href={paths.component(view.id, id)}>{id}</a> <span class="small">{lookOf(state).word}</span>
          </li>
        );
      })}
    </ul>
  );
}
