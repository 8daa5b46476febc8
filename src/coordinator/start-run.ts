/** Whether a release starts a release run, and the new run. */
import { matchesAnyName } from "../chain/globs.js";
import { parseChainConfig } from "../chain/config-file/parse-config.js";
import type { ChainConfig } from "../chain/config.js";
import type { ReleaseRun } from "../chain/run.js";
import { makeLock } from "../chain/lock-file.js";
import { sourceLock } from "../chain/lock/read-lock-file.js";
import type { Deps } from "./deps.js";
import type { StartRequest, StartResult } from "./operations.js";
import { CONFIG_PATH } from "./plan-release.js";
import { ConflictError, GitHubError, type DeliveryFacts } from "./ports.js";

/** Release runs of a tag among which the last one with a plan is looked for. */
const LOOKED_BACK = 20;

type ReleaseFacts = Extract<DeliveryFacts, { kind: "release" }>;

export interface Considered {
  /** The run to wake: the one that was started, or the live one that was there already; null: none. */
  run: string | null;
  /** A sentence for the log. */
  outcome: string;
}

/** Looks into a release webhook. Throws GitHubError where GitHub could not be asked: look again later. */
export async function considerRelease(facts: ReleaseFacts, action: string | null, deps: Deps): Promise<Considered> {
  const name = `release ${facts.tag} of ${facts.hub}`;
  const none = (why: string): Considered => ({ run: null, outcome: `${name} starts no chain: ${why}` });
  if (facts.draft) return none("it is a draft");
  const refusal = await refuseHub(facts, deps);
  if (refusal !== null) return none(refusal);
  const sha = await deps.github.commitSha(facts.hub, `tags/${facts.tag}`);
  const text = sha === null ? null : await deps.github.readFile(facts.hub, CONFIG_PATH, sha).catch(unreadable);
  if (text === null) return none(`there is no ${CONFIG_PATH} at its tag`);
  const config = text === UNREADABLE ? null : readConfig(text, facts.hub);
  // A configuration that cannot be read starts a run that says so, where people look.
  const mismatch = config === null ? refuseUnread(action) : refuseTrigger(config, action, facts.tag);
  if (mismatch !== null) return none(mismatch);
  const run = newRun(
    facts.hub,
    facts.tag,
    { releaseId: facts.releaseId, author: facts.author, trigger: "webhook", lock: null },
    deps,
  );
  try {
    await deps.store.createRun(run);
  } catch (cause) {
    if (!(cause instanceof ConflictError)) throw cause;
    // It may be ours: stored, though the store answered with an error, and never woken.
    const live = await deps.store.liveRun(facts.hub, facts.tag);
    return { ...none("one was started for it already"), run: live?.id ?? null };
  }
  return { run: run.id, outcome: `${name} starts release run ${run.id}` };
}

const UNREADABLE = Symbol("there, and no file that can be read");

/** A folder, say, or a file that the App may not read: planning meets the same, and its words become the run's reason. */
function unreadable(cause: unknown): typeof UNREADABLE {
  if (cause instanceof GitHubError && cause.kind === "refused") return UNREADABLE;
  throw cause;
}

function readConfig(text: string, hub: string): ChainConfig | null {
  const parsed = parseChainConfig(text, { file: CONFIG_PATH, hubOwner: hub.split("/")[0] ?? "" });
  return parsed.ok ? parsed.config : null;
}

async function refuseHub(facts: ReleaseFacts, { github, policy }: Deps): Promise<string | null> {
  const listed = policy.allowedHubs;
  if (listed !== null && !matchesAnyName(listed, facts.hub)) return "ALLOWED_HUBS does not name the hub";
  const bot = await github.botLogin();
  if (facts.sender === bot || facts.author === bot) return "release-chain made or published it itself";
  if (listed === null && facts.authorType !== "User") return "a bot made it, and ALLOWED_HUBS does not name the hub";
  return (await github.installation(facts.hub)) === null ? "the App is not installed there" : null;
}

function refuseTrigger({ on }: ChainConfig, action: string | null, tag: string): string | null {
  if (!on.release.types.some((type) => type === action)) return `on.release.types does not name "${action ?? ""}"`;
  return matchesAnyName(on.release.tags, tag) ? null : "on.release.tags does not match its tag";
}

function refuseUnread(action: string | null): string | null {
  return action === "published"
    ? null
    : `its configuration cannot be read, and "${action ?? ""}" is not its publication`;
}

function newRun(
  hub: string,
  tag: string,
  origin: Pick<ReleaseRun, "releaseId" | "author" | "trigger" | "lock">,
  { clock, random }: Deps,
): ReleaseRun {
  return {
    id: random.id(),
    rowVersion: 0,
    hub,
    tag,
    ...origin,
    status: "queued",
    conclusion: null,
    reason: null,
    createdAt: clock.now(),
    startedAt: null,
    completedAt: null,
    timedFrom: null,
    configRef: null,
    basedOn: null,
    group: null,
    plan: null,
    components: [],
    publication: null,
    ending: null,
  };
}

/** Starts a run because somebody asked for it; where the request has a lock, from its sources. */
export async function startRun(request: StartRequest, deps: Deps): Promise<StartResult> {
  const { tag } = request;
  const installed = (await deps.github.installation(request.hub)) !== null;
  // GitHub takes names in upper and lower case alike; stored is the one way in which it writes them.
  const hub = (installed ? await deps.github.repository(request.hub) : null)?.fullName;
  if (hub === undefined)
    return refused("not_installed", `the App is not installed on ${request.hub}, or there is no such repository.`);
  const listed = deps.policy.allowedHubs;
  if (listed !== null && !matchesAnyName(listed, hub))
    return refused("hub_not_allowed", `ALLOWED_HUBS of this server does not name ${hub}.`);
  const release = await deps.github.releaseByTag(hub, tag);
  if (release === null) return refused("release_unknown", `${hub} has no published release for the tag ${tag}.`);
  const { lock, basedOn } = await goingOn(request, hub, deps);
  const run = {
    ...newRun(hub, tag, { releaseId: release.id, author: release.author, trigger: "operator", lock }, deps),
    configRef: request.configRef ?? null,
    basedOn,
  };
  try {
    await deps.store.createRun(run);
    return { kind: "started", run };
  } catch (cause) {
    const live = cause instanceof ConflictError ? await deps.store.liveRun(hub, tag) : null;
    if (live === null) throw cause;
    return { kind: "live", run: live };
  }
}

/**
 * What a new release run takes from the last one of the same tag: its commits, unless they are to be locked anew, and what it
 * built, where that is still valid.
 */
export async function goingOn(
  { tag, lock, relock }: StartRequest,
  hub: string,
  { store }: Pick<Deps, "store">,
): Promise<Pick<ReleaseRun, "lock" | "basedOn">> {
  const earlier = (await store.listRuns({ hub, tag, status: "completed", limit: LOOKED_BACK })).find(
    ({ plan }) => plan !== null,
  );
  if (earlier?.plan == null) return { lock: lock ?? null, basedOn: null };
  const kept = relock === true ? null : { ...sourceLock(makeLock(earlier.plan, earlier)), kept: true };
  return { lock: lock ?? kept, basedOn: earlier.id };
}

function refused(code: string, message: string): StartResult {
  return { kind: "refused", problems: [{ code, message }] };
}
