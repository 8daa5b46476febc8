/** `GET` asks before a command, `POST` does it: of a release run, or of one of its components. */
import type { Hono } from "hono";
import type { RunView } from "../../chain/run-view.js";
import type { ReleaseRun } from "../../chain/run.js";
import type { Command } from "../../coordinator/operations.js";
import type { AccessEnv } from "../access-env.js";
import { Question } from "./command-forms.js";
import { COMPONENT_COMMANDS, commandOf, hindrance, rightOf, RUN_COMMANDS, wordsOf, type Asked } from "./commands.js";
import { message, onComponent, onRun, type Desk, type PageContext, type PageStatus } from "./desk.js";
import { paths } from "./parts.js";

export function addCommandForms(app: Hono<AccessEnv>, desk: Desk): void {
  for (const name of RUN_COMMANDS) {
    const asked: Asked = { name, component: null };
    app.get(`/runs/:id/${name}`, (c) => onRun(c, desk, (run, view) => ask(c, desk, run, view, asked)));
    app.post(`/runs/:id/${name}`, (c) => onRun(c, desk, (run, view) => perform(c, desk, run, view, asked)));
  }
  for (const name of COMPONENT_COMMANDS) {
    const path = `/runs/:id/components/:component/${name}`;
    app.get(path, (c) => onComponent(c, desk, (run, view, component) => ask(c, desk, run, view, { name, component })));
    app.post(path, (c) =>
      onComponent(c, desk, (run, view, component) => perform(c, desk, run, view, { name, component })),
    );
  }
}

async function ask(c: PageContext, desk: Desk, run: ReleaseRun, view: RunView, asked: Asked): Promise<Response> {
  const cannot = (await desk.mayNot(c, rightOf(asked), run.hub)) ?? hindrance(run, asked, desk.now());
  return question(c, desk, run, view, asked, cannot, 200);
}

function question(
  c: PageContext,
  desk: Desk,
  run: ReleaseRun,
  view: RunView,
  asked: Asked,
  cannot: string | null,
  status: PageStatus,
): Promise<Response> {
  const children = <Question run={run} view={view} asked={asked} csrf={c.var.csrf} cannot={cannot} />;
  return desk.show(c, { title: wordsOf(run, asked).question, here: null, children }, status);
}

async function perform(c: PageContext, desk: Desk, run: ReleaseRun, view: RunView, asked: Asked): Promise<Response> {
  const command = await readCommand(c, asked);
  if (command === null) return question(c, desk, run, view, asked, "Choose a workflow run, by its number.", 400);
  const result = await c.var.operations.command(run.id, command);
  switch (result.kind) {
    case "done":
      return c.redirect(asked.component === null ? paths.run(run.id) : paths.component(run.id, asked.component), 303);
    case "unchanged":
      return question(c, desk, run, view, asked, `Nothing was changed. ${result.detail}`, 200);
    case "refused":
      return question(c, desk, run, view, asked, result.message, 409);
    case "unknown-run":
      return message(c, desk, 404, "There is no such release run", `None has the id ${JSON.stringify(run.id)}.`);
  }
}

/** null: the form does not say which workflow run. */
async function readCommand(c: PageContext, asked: Asked): Promise<Command | null> {
  if (asked.name !== "adopt") return commandOf(asked);
  const { workflowRunId } = await c.req.parseBody();
  const isId = typeof workflowRunId === "string" && /^[1-9]\d{0,15}$/.test(workflowRunId.trim());
  const id = isId ? Number(workflowRunId) : NaN;
  return Number.isSafeInteger(id) ? commandOf(asked, id) : null;
}
