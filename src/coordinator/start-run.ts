/** Whether a release starts a release run, and the new run. */
import { matchesAnyName } from "../chain/globs.js";
import { parseChainConfig } from "../chain/config-file/parse-config.js";
import type { ChainConfig } from "../chain/config.js";
import type { PlanProblem } from "../chain/plan.js";
import { startTold } from "../chain/run-events.js";
import type { ReleaseRun } from "../chain/run.js";
import { isBotLogin, isChosen } from "./author-rights.js";
import { makeLock } from "../chain/lock-file.js";
import { sourceLock } from "../chain/lock/read-lock-file.js";
import type { Deps } from "./deps.js";
import type { StartRequest, StartResult } from "./operations.js";
import { CONFIG_PATH, noRelease } from "./plan-release.js";
import { ConflictError, GitHubError, type DeliveryFacts } from "./ports.js";

/** Release runs of a tag among which the last one with a plan is looked for. */
const LOOKED_BACK = 20;

type ReleaseFacts = Extract<DeliveryFacts, { kind: "release" }>;
type CreateFacts = Extract<DeliveryFacts, { kind: "create" }>;

export interface Considered {
  /** The run to wake: the one that was started, or the live one that was there already; null: none. */
  run: string | null;
  /** A sentence for the log. */
  outcome: string;
}

/** Looks into a release webhook. Throws GitHubError where GitHub could not be asked: look again later. */
export async function considerRelease(facts: ReleaseFacts, action: string | null, deps: Deps): Promise<Considered> {
  const none = noneFor(`release ${facts.tag} of ${facts.hub}`);
  if (facts.draft) return none("it is a draft");
  const { sender, author } = facts;
  const refusal = await refuseHub(facts.hub, [sender, author], facts.authorType !== "User", deps);
  if (refusal !== null) return none(refusal);
  const config = await configAtTag(facts, deps);
  if (config === null) return none(`there is no ${CONFIG_PATH} at its tag`);
  // A configuration that cannot be read starts a run that says so, where people look.
  const mismatch = config === UNREADABLE ? refuseUnread(action) : refuseTrigger(config, action, facts.tag);
  if (mismatch !== null) return none(mismatch);
  return startByWebhook({ ...facts, what: "release" }, deps);
}

/** Looks into the webhook of a pushed tag. Throws GitHubError where GitHub could not be asked: look again later. */
export async function considerTag(facts: CreateFacts, deps: Deps): Promise<Considered> {
  const { hub, tag, sender } = facts;
  const none = noneFor(`tag ${tag} of ${hub}`);
  const refusal = await refuseHub(hub, [sender], facts.senderType === "Bot" || isBotLogin(sender), deps);
  if (refusal !== null) return none(refusal);
  const config = await configAtTag(facts, deps);
  if (config === null) return none(`there is no ${CONFIG_PATH} at it`);
  // Most hubs start nothing by a tag: a release of it will tell what is wrong.
  if (config === UNREADABLE) return none("its configuration cannot be read");
  if (!matchesAnyName(config.on.create.tags, tag)) return none("on.create.tags does not match it");
  return startByWebhook({ hub, tag, releaseId: null, author: sender, what: "tag" }, deps);
}

function noneFor(name: string): (why: string) => Considered {
  return (why) => ({ run: null, outcome: `${name} starts no chain: ${why}` });
}

/** At most one for a hub and tag, ever, whichever webhook comes first. */
async function startByWebhook(
  { hub, tag, releaseId, author, what }: Pick<ReleaseRun, "hub" | "tag" | "releaseId" | "author"> & { what: string },
  deps: Deps,
): Promise<Considered> {
  const run = newRun(hub, tag, { releaseId, author, trigger: "webhook", lock: null }, deps);
  try {
    await deps.store.createRun(run);
  } catch (cause) {
    if (!(cause instanceof ConflictError)) throw cause;
    // It may be ours: stored, though the store answered with an error, and never woken.
    const live = await deps.store.liveRun(hub, tag);
    return { ...noneFor(`${what} ${tag} of ${hub}`)("one was started for it already"), run: live?.id ?? null };
  }
  return { run: run.id, outcome: `${what} ${tag} of ${hub} starts release run ${run.id}` };
}

/** null: there is none, or no such tag. */
async function configAtTag(
  { hub, tag }: { hub: string; tag: string },
  { github }: Deps,
): Promise<ChainConfig | typeof UNREADABLE | null> {
  const sha = await github.commitSha(hub, `tags/${tag}`);
  const text = sha === null ? null : await github.readFile(hub, CONFIG_PATH, sha).catch(unreadable);
  if (text === null || text === UNREADABLE) return text;
  return readConfig(text, hub) ?? UNREADABLE;
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

async function refuseHub(
  hub: string,
  people: readonly string[],
  isBot: boolean,
  { github, policy }: Deps,
): Promise<string | null> {
  const listed = policy.allowedHubs;
  if (listed !== null && !matchesAnyName(listed, hub)) return "ALLOWED_HUBS does not name the hub";
  const bot = await github.botLogin();
  if (people.includes(bot)) return "release-chain made or published it itself";
  if (listed === null && isBot) return "a bot made it, and ALLOWED_HUBS does not name the hub";
  return (await github.installation(hub)) === null ? "the App is not installed there" : null;
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
export async function startRun(request: StartRequest, deps: Deps, by: string | null = null): Promise<StartResult> {
  const { tag } = request;
  const installed = (await deps.github.installation(request.hub)) !== null;
  // GitHub takes names in upper and lower case alike; stored is the one way in which it writes them.
  const hub = (installed ? await deps.github.repository(request.hub) : null)?.fullName;
  if (hub === undefined)
    return refused("not_installed", `the App is not installed on ${request.hub}, or there is no such repository.`);
  const listed = deps.policy.allowedHubs;
  if (listed !== null && !matchesAnyName(listed, hub))
    return refused("hub_not_allowed", `ALLOWED_HUBS of this server does not name ${hub}.`);
  const origin = await originOf(request, hub, deps);
  if ("code" in origin) return refused(origin.code, origin.message);
  const author = chooser(request) ?? origin.author;
  const { lock, basedOn } = await goingOn(request, hub, deps);
  const run = {
    ...newRun(hub, tag, { ...origin, author, trigger: "operator", lock }, deps),
    configRef: request.configRef ?? null,
    basedOn,
  };
  try {
    await deps.store.createRun(run, [startTold(by)]);
    return { kind: "started", run };
  } catch (cause) {
    const live = cause instanceof ConflictError ? await deps.store.liveRun(hub, tag) : null;
    if (live === null) throw cause;
    return { kind: "live", run: live };
  }
}

/** Who decides what is built, where that is not the tag: else anybody who may write to the hub would have its authors' rights. */
function chooser(request: StartRequest): string | null {
  return isChosen(request) ? (request.onBehalfOf ?? null) : null;
}

type Origin = Pick<ReleaseRun, "releaseId" | "author">;

/** The release to start from, or the pushed tag that one is made of; and whose rights the chain has. */
async function originOf({ tag, configRef }: StartRequest, hub: string, deps: Deps): Promise<Origin | PlanProblem> {
  const { github, policy } = deps;
  const release = await github.releaseByTag(hub, tag);
  if (release !== null && release.author !== (await github.botLogin()))
    return { releaseId: release.id, author: release.author };
  if (release === null && !(await startsByTag(hub, tag, configRef ?? `tags/${tag}`, deps)))
    return { code: "release_unknown", message: noRelease(hub, tag) };
  // release-chain has made the release, or will: the rights are those of the person whose tag began it.
  const author = (await pusherOf(tag, hub, deps)) ?? (policy.allowedHubs === null ? null : await github.botLogin());
  if (author !== null) return { releaseId: release?.id ?? null, author };
  const message = `nobody can tell who pushed the tag ${tag} of ${hub}, so that no rights can be checked: let the server's ALLOWED_HUBS name the hub, or make the release by hand.`;
  return { code: "author_unknown", message };
}

/** Whose rights a chain would have that is started so; null: nobody's are known yet. */
export async function previewAuthor(request: StartRequest, deps: Deps): Promise<string | null> {
  const chosen = chooser(request);
  if (chosen !== null) return chosen;
  if ((await deps.github.installation(request.hub)) === null) return null;
  const release = await deps.github.releaseByTag(request.hub, request.tag);
  if (release !== null && release.author !== (await deps.github.botLogin())) return release.author;
  return pusherOf(request.tag, request.hub, deps);
}

/** Whoever began an earlier release run of the tag. Who chose what one builds lent their rights to that one only. */
async function pusherOf(tag: string, hub: string, { store }: Pick<Deps, "store">): Promise<string | null> {
  const runs = await store.listRuns({ hub, tag, limit: LOOKED_BACK });
  return runs.find((run) => run.author !== null && !isChosen(run))?.author ?? null;
}

async function startsByTag(hub: string, tag: string, ref: string, { github }: Deps): Promise<boolean> {
  const isThere = (await github.commitSha(hub, `tags/${tag}`)) !== null;
  const sha = isThere ? await github.commitSha(hub, ref) : null;
  const text = sha === null ? null : await github.readFile(hub, CONFIG_PATH, sha);
  const config = text === null ? null : readConfig(text, hub);
  return config !== null && matchesAnyName(config.on.create.tags, tag);
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
