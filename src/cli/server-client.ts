/** Asks the server over its API. */
import type { LockFile } from "../chain/lock-file.js";
import type { PlanProblem, ReleasePlan } from "../chain/plan.js";
import type { PruneProgress, PruneReport } from "../chain/prune-report.js";
import type { RunView } from "../chain/run-view.js";
import { failure } from "./cli-io.js";
import type { Answer } from "./http-exchange.js";
import { exchange } from "./http-exchange.js";
import type { CheckState, RunFile } from "./render-artifacts.js";
import type {
  JobLog,
  LoggedEvent,
  NoticeState,
  RepositoriesPage,
  RunCommand,
  RunsPage,
  ServerClient,
  Steered,
} from "./server-api.js";
import type { ServerAddress } from "./server-address.js";
import { describeAddress } from "./server-address.js";

const API = "/api/v1";
/** What the server gives of a list at once, at most. */
const MOST = { artifacts: 5_000, notices: 1_000 };
/** A slow disk with many files takes a pruning so long, at most; ms. */
const PRUNING = 3 * 3_600_000;

export function createServerClient(address: ServerAddress): ServerClient {
  async function get(path: string): Promise<Answer> {
    return exchange(address, { method: "GET", path: API + path });
  }
  async function expectOk(asked: Promise<Answer>): Promise<Answer> {
    const answer = await asked;
    if (answer.status !== 200 && answer.status !== 202) throw refusal(address, answer);
    return answer;
  }
  async function allOf(parts: keyof typeof MOST, runId: string): Promise<unknown[]> {
    return everyPage(async (after) => {
      const query = queryString({ after, limit: MOST[parts] });
      return listOf(address, await expectOk(get(`/runs/${encodeURIComponent(runId)}/${parts}${query}`)));
    });
  }
  async function post(path: string, body: unknown, patience?: number): Promise<Answer> {
    return exchange(address, { method: "POST", path: API + path, body, ...(patience !== undefined && { patience }) });
  }
  return {
    runs: async (query) => {
      const answer = await get(`/runs${queryString(query)}`);
      if (answer.status !== 200) throw refusal(address, answer);
      return listOf(address, answer) as RunsPage;
    },
    run: async (id) => {
      const answer = await get(`/runs/${encodeURIComponent(id)}`);
      if (answer.status === 404) return null;
      if (answer.status !== 200) throw refusal(address, answer);
      return answer.body as RunView;
    },
    plan: async (id) => {
      const answer = await get(`/runs/${encodeURIComponent(id)}/plan`);
      if (answer.status === 404) return null;
      if (answer.status !== 200) throw refusal(address, answer);
      return answer.body as ReleasePlan;
    },
    lock: async (id) => {
      const answer = await get(`/runs/${encodeURIComponent(id)}/lock`);
      if (answer.status === 404) return null;
      if (answer.status !== 200) throw refusal(address, answer);
      return answer.body as LockFile;
    },
    preview: async (request) => {
      const answer = await post("/plans", request);
      const problems = planProblems(answer);
      if (problems !== null) return { kind: "refused", problems };
      if (answer.status !== 200) throw refusal(address, answer);
      return { kind: "plan", plan: answer.body as ReleasePlan };
    },
    start: async (request) => {
      const answer = await post("/runs", request);
      if (answer.status === 201) return { kind: "started", run: answer.body as RunView };
      if (answer.status === 409) return { kind: "live", detail: words(answer) };
      const problems = planProblems(answer);
      if (problems !== null) return { kind: "refused", problems };
      throw refusal(address, answer);
    },
    command: async (runId, command) => {
      const answer = await post(...commandRequest(runId, command));
      if (answer.status === 200) return steered(answer);
      if (answer.status === 404) return { kind: "unknown", detail: words(answer) };
      const { code } = fields(answer.body);
      if (answer.status === 409 && typeof code === "string") return { kind: "refused", code, detail: words(answer) };
      throw refusal(address, answer);
    },
    notices: async (runId) => (await allOf("notices", runId)) as NoticeState[],
    events: async (runId, after, limit) => {
      const query = queryString({ after: after ?? undefined, limit });
      const answer = await expectOk(get(`/runs/${encodeURIComponent(runId)}/events${query}`));
      return listOf(address, answer) as { items: LoggedEvent[]; next: string | null };
    },
    jobLog: async (runId, component, { attempt, tail }) => {
      const place = `/runs/${encodeURIComponent(runId)}/components/${encodeURIComponent(component)}`;
      const answer = await get(`${place}/attempts/${attempt ?? "last"}/logs${queryString({ tail })}`);
      if (answer.status === 404) return { kind: "none", detail: words(answer) };
      if (answer.status !== 200) throw refusal(address, answer);
      return { kind: "log", log: answer.body as JobLog };
    },
    artifacts: async (runId) => ({ items: (await allOf("artifacts", runId)) as RunFile[], next: null }),
    prune: async (dryRun) => (await expectOk(post("/artifacts/prune", { dryRun }, PRUNING))).body as PruneReport,
    pruning: async () => {
      const answer = await get("/artifacts/prune");
      return answer.status === 200 ? (answer.body as PruneProgress) : null;
    },
    startCheck: async () => (await expectOk(post("/artifacts/check", {}))).body as CheckState,
    lastCheck: async () => (await expectOk(get("/artifacts/check"))).body as CheckState,
    signingKey: async () => {
      const answer = await get("/signing-key");
      if (answer.status === 404) return null;
      const { fingerprint, publicKey } = fields(answer.body);
      if (answer.status !== 200 || typeof fingerprint !== "string" || typeof publicKey !== "string")
        throw refusal(address, answer);
      return { fingerprint, publicKey };
    },
    repositories: async (owner, after) => {
      const answer = await get(`/repositories${queryString({ owner, after })}`);
      if (answer.status !== 200) throw refusal(address, answer);
      if (!Array.isArray(fields(answer.body)["items"]))
        throw failure(`${describeAddress(address)} answered a list without items.`);
      return answer.body as RepositoriesPage;
    },
  };
}

/** Path and body. */
function commandRequest(runId: string, { verb, ...more }: RunCommand): [string, object] {
  const { component, ...body } = more;
  const part = component === undefined ? "" : `/components/${encodeURIComponent(component)}`;
  return [`/runs/${encodeURIComponent(runId)}${part}/${verb}`, body];
}

/** The release run without what the answer says of the command. */
function steered(answer: Answer): Steered {
  const { changed, detail, ...run } = fields(answer.body);
  return {
    kind: "done",
    run: run as unknown as RunView,
    changed: changed !== false,
    detail: typeof detail === "string" ? detail : null,
  };
}

/** Throws where the answer is no list. */
function listOf(address: ServerAddress, { body }: Answer): { items: unknown[]; next: string | null } {
  const { items, next } = fields(body);
  if (!Array.isArray(items)) throw failure(`${describeAddress(address)} answered a list without items.`);
  return { items, next: typeof next === "string" ? next : null };
}

/** A list from its first page to its last. */
export async function everyPage<Item>(
  page: (after: string | undefined) => Promise<{ items: Item[]; next?: string | null }>,
): Promise<Item[]> {
  const all: Item[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await page(after);
    all.push(...items);
    after = next ?? undefined;
  } while (after !== undefined);
  return all;
}

export function queryString(query: object): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, string | number | undefined][]) {
    if (value !== undefined) params.set(name, String(value));
  }
  return params.size === 0 ? "" : `?${params.toString()}`;
}

function fields(body: unknown): Record<string, unknown> {
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
}

/** The problems of a 422 that lists some. */
function planProblems(answer: Answer): PlanProblem[] | null {
  const { problems } = fields(answer.body);
  if (answer.status !== 422 || !Array.isArray(problems)) return null;
  return problems.map((problem) => {
    const { code, message } = fields(problem);
    return {
      code: typeof code === "string" ? code : "refused",
      message: typeof message === "string" ? message : JSON.stringify(problem),
    };
  });
}

/** The words of a problem answer (RFC 9457). */
function words(answer: Answer): string {
  const { detail, title } = fields(answer.body);
  if (typeof detail === "string" && detail !== "") return detail;
  return typeof title === "string" && title !== "" ? title : `The server answered ${answer.status}.`;
}

/** An answer that is an error, in words. */
export function refusal(address: ServerAddress, answer: Answer): Error {
  if (answer.status === 401 || answer.status === 403) {
    return failure(
      `${describeAddress(address)} refused (${answer.status}): ${words(answer)} Put a valid token into RELEASE_CHAIN_TOKEN.`,
    );
  }
  const passing = answer.status >= 500 || answer.status === 429;
  const { detail, title } = fields(answer.body);
  if (detail === undefined && title === undefined)
    return failure(`${describeAddress(address)} answered ${answer.status}: is that a release-chain server?`, {
      passing,
    });
  return failure(`${describeAddress(address)} answered ${answer.status}: ${words(answer)}`, { passing });
}
