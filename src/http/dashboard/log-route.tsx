/** `GET /runs/{id}/components/{component}/log`: the end of the log of an attempt's telling job, asked of GitHub. */
import type { Hono } from "hono";
import type { RunView } from "../../chain/run-view.js";
import type { LogResult } from "../../coordinator/job-logs.js";
import type { AccessEnv } from "../access-env.js";
import { onComponent, type Desk, type PageContext } from "./desk.js";
import { LogView } from "./log-view.js";
import { paths } from "./parts.js";

/** Lines from its end. */
const TAIL = 500;
const FOLLOWS = "The attempt goes on: this page looks again by itself, every 5 s.";

export function addLogPage(app: Hono<AccessEnv>, desk: Desk): void {
  app.get("/runs/:id/components/:component/log", (c) =>
    onComponent(c, desk, (_, view, component) => showLog(c, desk, view, component)),
  );
}

async function showLog(c: PageContext, desk: Desk, view: RunView, component: string): Promise<Response> {
  const asked = /^[1-9]\d{0,5}$/.exec(c.req.query("attempt") ?? "");
  const attempts = view.components.find(({ id }) => id === component)?.attempts ?? [];
  const number = asked === null ? (attempts.at(-1)?.number ?? null) : Number(asked[0]);
  const attempt = attempts.find((one) => one.number === number);
  const result: LogResult =
    number === null
      ? { kind: "none", detail: `Nothing of ${component} was dispatched yet.` }
      : await c.var.operations.logs({ runId: view.id, component, tail: TAIL, attempt: number });
  const isOver =
    attempt === undefined || attempt.status === "completed" || (result.kind === "log" && result.log.complete);
  const children = (
    <>
      <p class="crumbs">
        <a href={paths.run(view.id)}>{`${view.hub}@${view.tag}`}</a>
        {" / "}
        <a href={paths.component(view.id, component)}>{component}</a>
      </p>
      <h1>{number === null ? "Log" : `Log of attempt ${number}`}</h1>
      <div id="log" data-live="yes">
        {result.kind === "log" ? <LogView log={result.log} /> : <p class="empty">{noneWords(result)}</p>}
        {isOver ? null : <p class="small">{FOLLOWS}</p>}
      </div>
    </>
  );
  // Looked at again and again, rather than at each event: GitHub counts what it is asked.
  const title = `Log of ${component}, ${view.hub}@${view.tag}`;
  return desk.show(c, { title, here: null, live: isOver ? null : { events: null }, children });
}

function noneWords(result: Exclude<LogResult, { kind: "log" }>): string {
  return result.kind === "none" ? result.detail : "There is no such release run.";
}
