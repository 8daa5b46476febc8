/** `GET /runs/{id}` and its other views: timeline, artifacts, changes, events, plan and lock. */
import type { Hono } from "hono";
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { eventView } from "../../chain/event-view.js";
import { webRoot } from "../../chain/lock-file.js";
import type { RunView } from "../../chain/run-view.js";
import type { ReleasePlan } from "../../chain/plan.js";
import type { ReleaseRun } from "../../chain/run.js";
import type { AccessEnv } from "../access-env.js";
import { ArtifactsView, shownFiles } from "./artifacts-view.js";
import { AttemptsTable } from "./attempts-table.js";
import { ChangesView } from "./changes-view.js";
import { CommandButtons } from "./command-forms.js";
import { RUN_COMMANDS, type Asked } from "./commands.js";
import { ComponentsTable, inOrder } from "./components-table.js";
import { dayOf } from "./ended-views.js";
import { onRun, type Desk, type PageContext } from "./desk.js";
import { EVENTS_A_PAGE, EventsView } from "./events-view.js";
import { GraphFrame } from "./graph-frame.js";
import { refusals } from "./refusals.js";
import { PlanView } from "./plan-view.js";
import { liveOf, RunHead, RunTabs, TABS, type Tab } from "./run-head.js";
import { Timeline } from "./timeline.js";

export function addRunPages(app: Hono<AccessEnv>, desk: Desk): void {
  for (const [tab] of TABS)
    app.get(`/runs/:id${tab === "" ? "" : `/${tab}`}`, (c) =>
      onRun(c, desk, async (run, view) => showTab(c, desk, run, view, tab)),
    );
}

async function showTab(c: PageContext, desk: Desk, run: ReleaseRun, view: RunView, here: Tab): Promise<Response> {
  const now = desk.now();
  const asked = RUN_COMMANDS.map((name): Asked => ({ name, component: null }));
  const mayNot = await refusals(c, desk, run, asked);
  const make = (): Promise<Child> => contentOf(c, desk, run, view, here);
  const isOlder = here === "events" && c.req.query("before") !== undefined;
  // What the disk has can change though nothing is stored; what is older is seldom asked for.
  const content =
    here === "artifacts" || isOlder
      ? await make()
      : await desk.pieces.of(`${run.id} ${here}`, stateOf(run, view, now), async () => textOf(await make()));
  return desk.show(c, {
    title: `${view.conclusion ?? view.status}: ${view.hub}@${view.tag}`,
    here: null,
    live: isOlder ? null : liveOf(run),
    children: (
      <>
        <RunHead run={run} view={view} now={now} />
        <CommandButtons run={run} asked={asked} mayNot={mayNot} now={now} />
        <RunTabs run={view} here={here} />
        {content}
      </>
    ),
  });
}

const serials = new WeakMap<ReleaseRun, number>();
let lastSerial = 0;

/** A number for a run as it is: nobody changes it, and who stores it anew has another one. */
function serialOf(run: ReleaseRun): number {
  const serial = serials.get(run) ?? ++lastSerial;
  serials.set(run, serial);
  return serial;
}

/** Names all that the content of a page depends on: what is stored, what is known besides it, and the time where that is told. */
function stateOf(run: ReleaseRun, view: RunView, now: number): string {
  if (run.status === "completed") return `${serialOf(run)} ${dayOf(now)}`;
  const known = view.components.map(({ why, transfer }) => [why, transfer]);
  return JSON.stringify([serialOf(run), now, known]);
}

async function textOf(content: Child): Promise<string> {
  return String(await html`${content}`);
}

async function contentOf(c: PageContext, desk: Desk, run: ReleaseRun, view: RunView, tab: Tab): Promise<Child> {
  const now = desk.now();
  const { operations } = c.var;
  if (tab === "events") {
    const before = c.req.query("before");
    const page = { newest: true, limit: EVENTS_A_PAGE + 1, ...(before !== undefined && { before }) };
    const events = (await operations.events(run.id, page)).map(eventView).reverse();
    return <EventsView runId={run.id} events={events} isOlder={before !== undefined} now={now} />;
  }
  if (run.plan === null) return <NoPlan run={run} />;
  const web = webRoot(run.plan);
  switch (tab) {
    case "":
      return graphTab(desk, run.plan, view);
    case "timeline":
      return (
        <>
          <Timeline run={run} now={now} />
          <h2>Attempts</h2>
          <div id="attempts" data-live="yes">
            <AttemptsTable run={view} components={inOrder(view)} now={now} />
          </div>
        </>
      );
    case "artifacts":
      return <ArtifactsView view={view} files={await shownFiles(operations, run, null)} component={null} />;
    case "changes":
      return <ChangesView run={run} plan={run.plan} web={web} />;
    case "plan":
      return <PlanView run={run} plan={run.plan} web={web} now={now} />;
  }
}

function NoPlan({ run }: { run: ReleaseRun }) {
  return (
    <p id="no-plan" class="empty" data-live="yes">
      {run.status === "completed" ? "It ended before there was a plan." : "There is no plan yet: it is being made."}
    </p>
  );
}

async function graphTab(desk: Desk, plan: ReleasePlan, view: RunView): Promise<Child> {
  const now = desk.now();
  const layout = await desk.layouts.of(plan);
  return (
    <>
      <GraphFrame run={view} layout={layout} longest={plan.longestPath.components} now={now} />
      <section aria-labelledby="components-heading">
        <h2 id="components-heading">Components</h2>
        <div id="components" data-live="yes">
          <ComponentsTable run={view} now={now} web={webRoot(plan)} />
        </div>
      </section>
    </>
  );
}
