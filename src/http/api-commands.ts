/** What a person may ask of a release run over the API: cancel, retry, skip, adopt. */
import type { Context, Hono } from "hono";
import type { ReleaseRun } from "../chain/run.js";
import type { Command } from "../coordinator/operations.js";
import type { AccessEnv } from "./access-env.js";
import { noRun } from "./api-problems.js";
import type { ViewOf } from "./api-runs.js";
import { answerRoute } from "./answer-route.js";
import {
  adoptWorkflowRun,
  cancelComponent,
  cancelRun,
  retryComponent,
  retryRun,
  skipComponent,
} from "./openapi/command-routes.js";
import { problemResponse } from "./problem.js";

type RequestContext = Context<AccessEnv>;

/** `view` gives a run as the API shows it. */
export function addCommands(api: Hono<AccessEnv>, view: ViewOf): void {
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

  answerRoute(api, cancelRun, ({ c, params }) => perform(c, params.id, { kind: "cancel" }));
  answerRoute(api, retryRun, ({ c, params }) => perform(c, params.id, { kind: "retry" }));
  answerRoute(api, cancelComponent, ({ c, params }) =>
    performOn(c, params, (component) => ({ kind: "cancel-component", component })),
  );
  answerRoute(api, retryComponent, ({ c, params }) =>
    performOn(c, params, (component) => ({ kind: "retry-component", component })),
  );
  answerRoute(api, skipComponent, ({ c, params }) =>
    performOn(c, params, (component) => ({ kind: "skip-component", component })),
  );
  answerRoute(api, adoptWorkflowRun, ({ c, params, body: { workflowRunId } }) =>
    performOn(c, params, (component) => ({ kind: "adopt", component, workflowRunId })),
  );
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
