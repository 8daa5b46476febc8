/** `GET /runs/{id}` and the pages below it. */
import type { Context, Hono } from "hono";
import type { Child } from "hono/jsx";
import { webRoot } from "../../chain/lock-file.js";
import type { RunView } from "../../chain/run-view.js";
import type { ReleaseRun } from "../../chain/run.js";
import { ComponentsTable } from "./components-table.js";
import { message, type Desk } from "./desk.js";
import { RunGraph } from "./graph.js";
import { RunHead, RunTabs, type Tab } from "./run-head.js";

export function addRunPages(app: Hono, desk: Desk): void {
  app.get("/runs/:id", (c) =>
    onRun(c, desk, async (run, view) => showTab(c, desk, view, "", await graphTab(desk, run, view))),
  );
}

/** Does something with the run that the address names, or says that there is none. */
export async function onRun(
  c: Context,
  desk: Desk,
  use: (run: ReleaseRun, view: RunView) => Promise<Response>,
): Promise<Response> {
  const id = c.req.param("id") ?? "";
  const run = await desk.operations.get(id);
  if (run === null)
    return message(c, desk, 404, "There is no such release run", `None has the id ${JSON.stringify(id)}.`);
  return use(run, await desk.view(run));
}

function showTab(c: Context, desk: Desk, view: RunView, here: Tab, content: Child): Promise<Response> {
  return desk.show(c, {
    title: `${view.hub}@${view.tag}`,
    here: null,
    live: view.status === "completed" ? null : { events: `/api/v1/runs/${encodeURIComponent(view.id)}/events` },
    children: (
      <>
        <RunHead run={view} now={desk.now()} buttons={null} />
        <RunTabs run={view} here={here} />
        {content}
      </>
    ),
  });
}

async function graphTab(desk: Desk, run: ReleaseRun, view: RunView): Promise<Child> {
  const now = desk.now();
  if (run.plan === null)
    return (
      <p id="no-plan" class="empty" data-live="yes">
        {run.status === "completed" ? "It ended before there was a plan." : "There is no plan yet: it is being made."}
      </p>
    );
  const layout = await desk.layouts.of(run.id, run.plan);
  const longest = run.plan.longestPath.components;
  return (
    <>
      <section aria-labelledby="graph-heading">
        <h2 id="graph-heading">Graph</h2>
        <div class="graph-frame" tabindex={0} role="region" aria-labelledby="graph-heading">
          <div id="graph-live" data-live="yes">
            <RunGraph run={view} layout={layout} longest={longest} now={now} />
          </div>
        </div>
      </section>
      <section aria-labelledby="components-heading">
        <h2 id="components-heading">Components</h2>
        <div id="components" data-live="yes">
          <ComponentsTable run={view} now={now} web={webRoot(run.plan)} />
        </div>
      </section>
    </>
  );
}
