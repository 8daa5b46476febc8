/**
 * The operations as an actor may use them: release runs of hubs that they may not read do not exist for them, what they may not
 * do is refused, and whatever they ask to be done is in the audit log.
 */
import type { HoldingRun } from "../chain/actions.js";
import type { Surroundings } from "../chain/explain.js";
import type { RightfulAction } from "../chain/rights.js";
import type { ReleaseRun } from "../chain/run.js";
import {
  actorName,
  type Actor,
  type Asker,
  type AuditedAction,
  type AuditEntry,
  type AuditStore,
  type HubQuestions,
} from "./access-port.js";
import type { ArtifactOperations } from "./artifact-keeping.js";
import type { Command, Operations, StartRequest } from "./operations.js";
import type { Clock, Log } from "./ports.js";
import { recordOf } from "./record-action.js";
import { ForbiddenError, ownsServer, type Rights } from "./rights-of.js";

export interface AccessDeps {
  rights: Rights;
  audit: AuditStore;
  hubs: HubQuestions;
  clock: Clock;
  log: Log;
}

/** Of ids that anybody can make up, this much is recorded. */
const LONGEST_ID = 100;

type About = Pick<AuditEntry, "action" | "hub" | "runId" | "component">;
type Outcome = Pick<AuditEntry, "result" | "detail">;

/** Every method throws ForbiddenError where the actor may see, but not do it. */
export function operationsFor(operations: Operations, asker: Asker, deps: AccessDeps): Operations {
  const { actor } = asker;
  const { rights } = deps;
  const records = recorder(asker, deps);
  const everything = ownsServer(actor);

  async function readable(run: ReleaseRun | null): Promise<ReleaseRun | null> {
    return run !== null && (await rights.may(actor, "read", run.hub)).kind === "allowed" ? run : null;
  }

  /** What changes is told at once to who may see everything, else as soon as it is known that they may see it. */
  function ifReadable(runId: string, tell: (runId: string) => void): void {
    if (everything) {
      tell(runId);
      return;
    }
    const asked = operations.get(runId).then(readable);
    asked.then(
      (run) => {
        if (run !== null) tell(runId);
      },
      (err: unknown) => {
        deps.log.warn({ err, runId }, "A change could not be told: nobody knows whether it may be seen.");
      },
    );
  }

  /** Throws ForbiddenError. False: the hub does not exist for the actor. */
  async function allowed(action: RightfulAction, about: About & { hub: string }): Promise<boolean> {
    const verdict = await rights.may(actor, action, about.hub);
    if (verdict.kind === "allowed") return true;
    const detail = verdict.kind === "forbidden" ? verdict.sentence : "The hub is not to be seen by them.";
    await records.write(about, { result: "refused", detail });
    if (verdict.kind === "forbidden") throw new ForbiddenError(verdict.sentence);
    return false;
  }

  async function start(request: StartRequest) {
    const about: About = { action: "start", hub: request.hub, runId: null, component: null };
    if (!(await allowed("start", { ...about, hub: request.hub }))) return unknownHub(request.hub);
    const result = await records.failing(about, () => operations.start(attributed(request, actor), actorName(actor)));
    switch (result.kind) {
      case "started":
        await records.write({ ...about, hub: result.run.hub, runId: result.run.id }, done(request.tag));
        break;
      case "live":
        await records.write({ ...about, runId: result.run.id }, refused(`A release run of ${request.tag} is live.`));
        break;
      case "refused":
        await records.write(about, refused(result.problems.map(({ message }) => message).join(" ")));
    }
    return result;
  }

  async function command(runId: string, asked: Command): ReturnType<Operations["command"]> {
    const run = await operations.get(runId);
    const about: About = { ...commandParts(asked), hub: run?.hub ?? null, runId: runId.slice(0, LONGEST_ID) };
    if (run === null) {
      await records.write(about, refused("There is no such release run."));
      return { kind: "unknown-run" };
    }
    if (!(await allowed(actionOf(asked), { ...about, hub: run.hub }))) return { kind: "unknown-run" };
    const result = await records.failing(about, () => operations.command(runId, asked, actorName(actor)));
    switch (result.kind) {
      case "done":
        await records.write(about, done(null));
        break;
      case "unchanged":
        await records.write(about, { result: "unchanged", detail: result.detail });
        break;
      case "refused":
        await records.write(about, refused(result.message));
        break;
      case "unknown-run":
        await records.write(about, refused("There is no such release run."));
    }
    return result;
  }

  return {
    artifacts: artifactsFor(operations, asker, deps),
    async list(filter) {
      if (everything) return operations.list(filter);
      const asked = filter.hub === undefined ? await deps.hubs.hubs() : [filter.hub];
      return operations.list({ ...filter, hubs: await rights.readable(actor, asked) });
    },
    get: async (id) => readable(await operations.get(id)),
    logs: async (request) =>
      (await readable(await operations.get(request.runId))) === null
        ? { kind: "unknown-run" }
        : operations.logs(request),
    start,
    command,
    events: async (runId, page) =>
      everything || (await readable(await operations.get(runId))) !== null ? operations.events(runId, page) : [],
    notices: async (runId) =>
      everything || (await readable(await operations.get(runId))) !== null ? operations.notices(runId) : [],
    watch: (runId, listener) =>
      operations.watch(runId, (changed) => {
        if (changed === null) listener(null);
        else ifReadable(changed, listener);
      }),
    watchTransfers: (listener) =>
      operations.watchTransfers((change) => {
        ifReadable(change.runId, () => {
          listener(change);
        });
      }),
    surroundings: async (run) => masked(await operations.surroundings(run), run, asker, deps),
    async preview(request) {
      // As `start`: it can be asked to read any configuration that was ever pushed, and shows what the App sees by it.
      const verdict = await rights.may(actor, "start", request.hub);
      if (verdict.kind === "forbidden") throw new ForbiddenError(verdict.sentence);
      return verdict.kind === "hidden" ? unknownHub(request.hub) : operations.preview(attributed(request, actor));
    },
    repositories: (query) =>
      everything
        ? operations.repositories(query)
        : Promise.reject(new ForbiddenError("What the App sees is told on the server itself, or to its own tokens.")),
    ready: () => operations.ready(),
  };
}

/** The artifact store is one for all hubs: what is done to it takes the right on each hub that there is anything of. */
function artifactsFor(operations: Operations, asker: Asker, deps: AccessDeps): ArtifactOperations {
  const { artifacts } = operations;
  const records = recorder(asker, deps);
  const nothing = { hub: null, runId: null, component: null };

  async function verdict(): Promise<string | null> {
    const { actor } = asker;
    const hubs = ownsServer(actor) ? ["of the server"] : await deps.hubs.hubs();
    const verdicts = await Promise.all(hubs.map((hub) => deps.rights.may(actor, "prune", hub)));
    if (hubs.length > 0 && verdicts.every(({ kind }) => kind === "allowed")) return null;
    return `The artifact store is for all hubs of the server: ${actorName(actor)} needs the right to operate, and maintain permission on each of them in GitHub.`;
  }
  async function admit(action: AuditedAction | null): Promise<void> {
    const sentence = await verdict();
    if (sentence === null) return;
    if (action !== null) await records.write({ action, ...nothing }, refused(sentence));
    throw new ForbiddenError(sentence);
  }

  return {
    ofRun: (run, wanted) => artifacts.ofRun(run, wanted),
    async prune(request) {
      const about: About = { action: "prune", ...nothing };
      await admit("prune");
      const report = await records.failing(about, () => artifacts.prune(request));
      await records.write(about, request.dryRun ? { result: "unchanged", detail: "It was only looked." } : done(null));
      return report;
    },
    async pruning() {
      await admit(null);
      return artifacts.pruning();
    },
    async startCheck() {
      await admit("check");
      const check = await artifacts.startCheck();
      await records.write({ action: "check", ...nothing }, done(null));
      return check;
    },
    async lastCheck() {
      await admit(null);
      return artifacts.lastCheck();
    },
  };
}

function recorder(asker: Asker, deps: AccessDeps) {
  const record = recordOf(asker, deps);
  const write = (about: About, outcome: Outcome) => record({ ...about, ...outcome });
  return {
    write,
    /** Records work that throws as failed, and throws what it threw. */
    async failing<T>(about: About, work: () => Promise<T>): Promise<T> {
      try {
        return await work();
      } catch (cause) {
        await write(about, { result: "failed", detail: "It failed; the server's log has the cause." });
        throw cause;
      }
    },
  };
}

function attributed(request: StartRequest, actor: Actor): StartRequest {
  const login = actor.kind === "local" ? null : actor.login;
  return login === null ? request : { ...request, onBehalfOf: login };
}

function done(detail: string | null): Outcome {
  return { result: "done", detail };
}

function refused(detail: string): Outcome {
  return { result: "refused", detail };
}

/** As where there is no such repository: nobody learns more. */
function unknownHub(hub: string) {
  const message = `the App is not installed on ${hub}, or there is no such repository.`;
  return { kind: "refused" as const, problems: [{ code: "not_installed", message }] };
}

function actionOf(command: Command): Exclude<RightfulAction, "read" | "start" | "prune"> {
  switch (command.kind) {
    case "cancel":
    case "cancel-component":
      return "cancel";
    case "retry":
    case "retry-component":
      return "retry";
    case "skip-component":
      return "skip";
    case "adopt":
      return "adopt";
  }
}

function commandParts(command: Command): Pick<About, "action" | "component"> {
  return { action: actionOf(command), component: "component" in command ? command.component : null };
}

/** Release runs of other hubs that this one waits for are not named to who may not read those. */
async function masked(
  around: Surroundings,
  run: ReleaseRun,
  { actor }: Asker,
  { rights }: AccessDeps,
): Promise<Surroundings> {
  if (ownsServer(actor)) return around;
  const busy = (run.plan?.components ?? []).map(({ repo }) => around.busy(repo));
  const others = [around.heldBy, ...busy].flatMap((other) => (other === null ? [] : [other.hub]));
  const seen = new Set(await rights.readable(actor, [...new Set(others)]));
  const show = (other: HoldingRun | null) => (other === null || seen.has(other.hub) ? other : UNSEEN);
  return { ...around, heldBy: show(around.heldBy), busy: (repo) => show(around.busy(repo)) };
}

const UNSEEN: HoldingRun = { id: "(not shown)", hub: "another hub", tag: "(not shown)" };
