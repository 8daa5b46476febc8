/** What the dashboard's routes share. */
import type { Context } from "hono";
import type { RightfulAction } from "../../chain/rights.js";
import type { RunView } from "../../chain/run-view.js";
import type { ReleaseRun } from "../../chain/run.js";
import type { AccessEnv } from "../access-env.js";
import type { Page } from "./page.js";
import type { Pieces } from "./pieces.js";
import type { RunLayouts } from "./run-layout.js";

export type PageContext = Context<AccessEnv>;

export type PageStatus = 200 | 400 | 403 | 404 | 409 | 422 | 500 | 502;

/** What the pages are made with. */
export interface Desk {
  layouts: RunLayouts;
  pieces: Pieces;
  /** Whole seconds, in ms: pages of the same second are the same. */
  now(): number;
  view(c: PageContext, run: ReleaseRun): Promise<RunView>;
  /** Why the actor may not do this to release runs of the hub, in a sentence; null: they may. */
  mayNot(c: PageContext, action: RightfulAction, hub: string): Promise<string | null>;
  /** A whole page as an answer. */
  show(c: PageContext, page: Page, status?: PageStatus): Promise<Response>;
}

/** A page that only says something. */
export function message(
  c: PageContext,
  desk: Desk,
  status: Exclude<PageStatus, 200>,
  title: string,
  detail: string,
): Promise<Response> {
  const children = (
    <>
      <h1>{title}</h1>
      <p>{detail}</p>
      <p>
        <a href="/">Release runs</a>
      </p>
    </>
  );
  return desk.show(c, { title, here: null, children }, status);
}

/** Does something with the run that the address names, or says that there is none. */
export async function onRun(
  c: PageContext,
  desk: Desk,
  use: (run: ReleaseRun, view: RunView) => Promise<Response>,
): Promise<Response> {
  const id = c.req.param("id") ?? "";
  const run = await c.var.operations.get(id);
  if (run === null)
    return message(c, desk, 404, "There is no such release run", `None has the id ${JSON.stringify(id)}.`);
  return use(run, await desk.view(c, run));
}

/** As `onRun`, where the run has the component that the address names. */
export function onComponent(
  c: PageContext,
  desk: Desk,
  use: (run: ReleaseRun, view: RunView, component: string) => Promise<Response>,
): Promise<Response> {
  const name = c.req.param("component") ?? "";
  return onRun(c, desk, (run, view) => {
    if (run.components.some(({ id }) => id === name)) return use(run, view, name);
    const detail = `Release run ${run.id} of ${run.hub}@${run.tag} has no component ${JSON.stringify(name)}.`;
    return message(c, desk, 404, "There is no such component", detail);
  });
}
