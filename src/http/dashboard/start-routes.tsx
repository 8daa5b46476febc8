/** `/start`: a release is planned first, and shown as it would be built; then started. */
import type { Hono } from "hono";
import { webRoot } from "../../chain/lock-file.js";
import type { PlanProblem, ReleasePlan } from "../../chain/plan.js";
import type { PreviewResult, StartRequest } from "../../coordinator/operations.js";
import type { AccessEnv } from "../access-env.js";
import { BadRequest, parse } from "../api-requests.js";
import { ReleaseName } from "../openapi/start-routes.js";
import { message, type Desk, type PageContext } from "./desk.js";
import { Csrf } from "./page.js";
import { counted, paths } from "./parts.js";
import { PlanFacts, PlanNotes, PlannedTable } from "./plan-view.js";

/** Hubs of so many of the last release runs are offered. */
const LAST = 50;

interface Fields {
  hub: string;
  tag: string;
  configRef: string;
  relock: boolean;
}

export function addStartPages(app: Hono<AccessEnv>, desk: Desk): void {
  app.get("/start", async (c) => {
    const fields = readFields(c.req.query());
    const isAsked = fields.hub !== "" || fields.tag !== "";
    if (!isAsked || c.req.query("change") !== undefined) return showForm(c, desk, { fields, problems: [] }, 200);
    const asked = requestOf(fields);
    if ("wrong" in asked) return showForm(c, desk, { fields, problems: [asked.wrong] }, 400);
    const refusal = await desk.mayNot(c, "start", fields.hub);
    if (refusal !== null) return message(c, desk, 403, "You may not start this", refusal);
    return showPreview(c, desk, fields, await c.var.operations.preview(asked.request));
  });
  app.post("/start", async (c) => {
    const fields = readFields(await c.req.parseBody());
    const asked = requestOf(fields);
    if ("wrong" in asked) return showForm(c, desk, { fields, problems: [asked.wrong] }, 400);
    const result = await c.var.operations.start(asked.request);
    switch (result.kind) {
      case "started":
        return c.redirect(paths.run(result.run.id), 303);
      case "live":
        return showLive(c, desk, result.run);
      case "refused":
        return showForm(c, desk, { fields, problems: wordsOf(result.problems) }, 422);
    }
  });
}

function readFields(values: Record<string, unknown>): Fields {
  const text = (name: string): string => {
    const value = values[name];
    return typeof value === "string" ? value.trim().slice(0, 300) : "";
  };
  return { hub: text("hub"), tag: text("tag"), configRef: text("configRef"), relock: text("relock") !== "" };
}

/** As the form sends them. */
function queryOf({ hub, tag, configRef, relock }: Fields): string {
  return new URLSearchParams({ hub, tag, configRef, ...(relock && { relock: "yes" }) }).toString();
}

/** The release that the form is about, or what is wrong with the form. */
function requestOf({ hub, tag, configRef, relock }: Fields): { request: StartRequest } | { wrong: string } {
  const given = { hub, tag, ...(relock && { relock }), ...(configRef !== "" && { configRef }) };
  try {
    parse(ReleaseName, given);
    return { request: given };
  } catch (cause) {
    if (cause instanceof BadRequest) return { wrong: cause.message };
    throw cause;
  }
}

function wordsOf(problems: readonly PlanProblem[]): string[] {
  return problems.map((problem) => problem.message);
}

function showLive(c: PageContext, desk: Desk, run: { id: string; hub: string; tag: string }): Promise<Response> {
  const children = (
    <>
      <h1>There is one already</h1>
      <p>
        A release run of <a href={paths.run(run.id)}>{`${run.hub}@${run.tag}`}</a> is live. Wait for its end, or cancel
        it.
      </p>
    </>
  );
  return desk.show(c, { title: "There is one already", here: "start", children }, 409);
}

interface FormProps {
  fields: Fields;
  problems: readonly string[];
}

async function showForm(c: PageContext, desk: Desk, props: FormProps, status: 200 | 400 | 422): Promise<Response> {
  const runs = await c.var.operations.list({ limit: LAST });
  const hubs = [...new Set(runs.map(({ hub }) => hub))].sort();
  const children = (
    <>
      <h1>Start a release run</h1>
      <StartForm {...props} hubs={hubs} />
    </>
  );
  return desk.show(c, { title: "Start a release run", here: "start", children }, status);
}

function StartForm({ fields, problems, hubs }: FormProps & { hubs: readonly string[] }) {
  return (
    <>
      {problems.length === 0 ? null : <Problems problems={problems} />}
      <form class="start" method="get" action="/start">
        <label>
          Hub
          <input name="hub" value={fields.hub} list="hubs" required placeholder="owner/repo" autocomplete="off" />
        </label>
        <datalist id="hubs">
          {hubs.map((hub) => (
            <option value={hub} />
          ))}
        </datalist>
        <label>
          Tag of the release
          <input name="tag" value={fields.tag} required placeholder="v1.0.0" autocomplete="off" />
        </label>
        <label>
          Configuration from another branch, tag or SHA of the hub
          <input name="configRef" value={fields.configRef} placeholder="at the tag" autocomplete="off" />
        </label>
        <label class="check">
          <input type="checkbox" name="relock" value="yes" checked={fields.relock} />
          Look the commits up anew, though an earlier release run of the tag locked them
        </label>
        <div class="buttons">
          <button type="submit" class="main">
            Show the plan
          </button>
        </div>
      </form>
      <p class="small">Nothing is started before you have seen what would be built.</p>
    </>
  );
}

function Problems({ problems }: { problems: readonly string[] }) {
  return (
    <section class="note tone-bad" role="alert">
      <h2>It cannot be built like this</h2>
      <ul>
        {problems.map((problem) => (
          <li>{problem}</li>
        ))}
      </ul>
    </section>
  );
}

function showPreview(c: PageContext, desk: Desk, fields: Fields, result: PreviewResult): Promise<Response> {
  if (result.kind === "refused") return showForm(c, desk, { fields, problems: wordsOf(result.problems) }, 422);
  const title = `Plan of ${fields.hub}@${fields.tag}`;
  const children = <Preview plan={result.plan} fields={fields} csrf={c.var.csrf} now={desk.now()} />;
  return desk.show(c, { title, here: "start", children });
}

interface PreviewProps {
  plan: ReleasePlan;
  fields: Fields;
  csrf: string | null;
  now: number;
}

function Preview({ plan, fields, csrf, now }: PreviewProps) {
  const web = webRoot(plan);
  const built = plan.components.filter(({ build }) => build).length;
  return (
    <>
      <h1>{`Plan of ${fields.hub}@${fields.tag}`}</h1>
      <p>
        {`${counted(built, "component")} will be built, in ${counted(plan.groups.length, "group")}. Commits are looked up once more when it starts.`}
      </p>
      <PlanNotes plan={plan} />
      <form method="post" action="/start">
        <Csrf token={csrf} />
        <input type="hidden" name="hub" value={fields.hub} />
        <input type="hidden" name="tag" value={fields.tag} />
        <input type="hidden" name="configRef" value={fields.configRef} />
        {fields.relock ? <input type="hidden" name="relock" value="yes" /> : null}
        <div class="buttons">
          <button type="submit" class="main">
            Start
          </button>
          <a class="button" href={`/start?${queryOf(fields)}&change=yes`}>
            Back
          </a>
        </div>
      </form>
      <PlannedTable plan={plan} web={web} runId={null} />
      <h2>How it goes</h2>
      <PlanFacts plan={plan} web={web} now={now} />
    </>
  );
}
