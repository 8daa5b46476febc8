/** `GET /`: the list of release runs. */
import type { Hono } from "hono";
import { ALONE } from "../../chain/explain.js";
import { runSummary } from "../../chain/run-view.js";
import type { ReleaseRun, RunStatus } from "../../chain/run.js";
import type { RunFilter } from "../../coordinator/ports.js";
import type { AccessEnv } from "../access-env.js";
import type { Desk, PageContext } from "./desk.js";
import { RUN_STATUSES, RunList, type ListedRun, type ListFilter } from "./list-page.js";
import { countsOf } from "./progress.js";

const PAGE = 25;

export function addListPage(app: Hono<AccessEnv>, desk: Desk): void {
  app.get("/", async (c) => {
    const asked = readFilter(c.req.query());
    const { filter, problem } = checked(asked);
    const found = problem === null ? await c.var.operations.list({ ...filter, limit: PAGE + 1 }) : [];
    const runs = await Promise.all(found.slice(0, PAGE).map((run) => listed(c, desk, run)));
    const next = found.length > PAGE ? (runs.at(-1)?.id ?? null) : null;
    const props = { runs, filter: asked, next, problem, now: desk.now() };
    return desk.show(c, {
      title: "Release runs",
      here: "runs",
      live: asked.after === undefined ? { events: null } : null,
      children: <RunList {...props} />,
    });
  });
}

async function listed({ var: { operations } }: PageContext, desk: Desk, run: ReleaseRun): Promise<ListedRun> {
  const around = run.status === "completed" ? ALONE : await operations.surroundings(run);
  const built = new Set(run.plan?.components.flatMap(({ id, build }) => (build ? [id] : [])));
  const counts = countsOf(
    run.components.map(({ id, status, conclusion }) => ({ build: built.has(id), status, conclusion })),
  );
  return { ...runSummary(run, desk.now(), around), counts };
}

/** An empty field of the form is no filter. */
function readFilter(query: Record<string, string>): ListFilter {
  const filter: ListFilter = {};
  for (const key of ["hub", "tag", "status", "after"] as const) {
    const value = query[key]?.trim().slice(0, 300);
    if (value !== undefined && value !== "") filter[key] = value;
  }
  return filter;
}

function checked({ status, ...filter }: ListFilter): { filter: Omit<RunFilter, "limit">; problem: string | null } {
  if (status === undefined) return { filter, problem: null };
  const known = RUN_STATUSES.find((one): one is RunStatus => one === status);
  return known === undefined
    ? { filter, problem: `There is no status ${JSON.stringify(status)}: choose one of ${RUN_STATUSES.join(", ")}.` }
    : { filter: { ...filter, status: known }, problem: null };
}
