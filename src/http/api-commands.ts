/** What a person may ask of a release run over the API: cancel, retry, skip, adopt. Described by openapi-commands.ts. */
import type { Context, Hono } from "hono";
import type { RunView } from "../chain/run-view.js";
import type { ReleaseRun } from "../chain/run.js";
import type { Command } from "../coordinator/operations.js";
import type { AccessEnv } from "./access-env.js";
import { noRun } from "./api-problems.js";
import { readNothing, readWorkflowRunId } from "./api-requests.js";
import { problemResponse } from "./problem.js";

type RequestContext = Context<AccessEnv>;

/** `view` gives a run as the API shows it. */
export function addCommands(
  api: Hono<AccessEnv>,
  view: (c: RequestContext, run: ReleaseRun) => Promise<RunView>,
): void {
  async function perform(c: RequestContext, id: string, command: Command): Promise<Response> {
    const result = await c.var.operations.command(id, command);
    switch (result.kind) {
      case "done":
        return c.json({ ...(await view(c, result.run)), changed: true, detail: null });
      case "unchanged":
        return c.json({ ...(await view(c, result.run)), changed: false, detail: result.detail });
      case "refused":
        return problemResponse(409, "not-possible", result.message, { code: result.code });
      case "unknown-run":
        return noRun(id);
    }
  }

  /** As `perform`, where the release run has the component. */
  async function performOn(c: RequestContext, { id, component }: Place, command: ComponentCommand): Promise<Response> {
    const run = await c.var.operations.get(id);
    // Also what is not to be seen is asked for, and is in the audit log.
    if (run === null) return perform(c, id, command(component));
    if (!run.components.some((known) => known.id === component)) return noComponent(run, component);
    return perform(c, id, command(component));
  }

  for (const kind of ["cancel", "retry"] as const) {
    api.post(`/api/v1/runs/:id/${kind}`, async (c) => {
      await readNothing(c);
      return perform(c, c.req.param("id"), { kind });
    });
  }
  const ofComponent = "/api/v1/runs/:id/components/:component";
  for (const kind of ["cancel", "retry", "skip"] as const) {
    api.post(`${ofComponent}/${kind}`, async (c) => {
      await readNothing(c);
      return performOn(c, c.req.param(), (component) => ({ kind: `${kind}-component`, component }));
    });
  }
  api.post(`${ofComponent}/adopt`, async (c) => {
    const workflowRunId = await readWorkflowRunId(c);
    return performOn(c, c.req.param(), (component) => ({ kind: "adopt", component, workflowRunId }));
  });
}

interface Place {
  id: string;
  component: string;
}

type ComponentCommand = (component: string) => Command;

function noComponent(run: ReleaseRun, component: string): Response {
  const what = `Release run ${run.id} has no component ${JSON.stringify(component)}.`;
  const known =
    run.plan === null
      ? `It has no plan: it is ${run.status}.`
      : `It has ${run.components.map(({ id }) => id).join(", ")}.`;
  return problemResponse(404, "not-found", `${what} ${known}`);
}
