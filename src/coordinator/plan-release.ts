/** Finds out what a plan needs to know, then lets the pure planner decide. Stores and dispatches nothing. */
import type { ChainConfig } from "../chain/config.js";
import { formatProblems } from "../chain/config-file/config-report.js";
import { expandConfig } from "../chain/config-file/expand-config.js";
import { matchesAnyName } from "../chain/globs.js";
import { makePlan, type HubFindings, type PlanResult } from "../chain/make-plan.js";
import { parseChainConfig } from "../chain/config-file/parse-config.js";
import type { PlanNote, ReleasePlan, ReusableBuild } from "../chain/plan.js";
import { reusableBuilds } from "../chain/reuse.js";
import type { SourceLock } from "../chain/run.js";
import { isPrereleaseTag } from "../chain/semantic-version.js";
import { askingOnce } from "./ask-once.js";
import { authorRights, isBotLogin, isChosen, type Author } from "./author-rights.js";
import type { Deps } from "./deps.js";
import { withDiskBudget } from "./disk-budget.js";
import { lookUpComponents } from "./look-up-components.js";
import { lookUpHistory } from "./look-up-history.js";
import { lookUpTagging, lookUpTarget } from "./look-up-target.js";
import type { ReleaseInfo, RepositoryInfo } from "./ports.js";
import { readNotesTemplate } from "./read-notes-template.js";
import { renewAll } from "./stored-files.js";

/** Where a hub keeps its configuration. */
export const CONFIG_PATH = ".github/release-chain.yml";
type PlanDeps = Pick<
  Deps,
  | "github"
  | "store"
  | "artifactStore"
  | "artifactsMaxSize"
  | "clock"
  | "log"
  | "policy"
  | "webUrl"
  | "handOff"
  | "signer"
  | "notices"
  | "reporting"
>;

export interface PlanRequest {
  /** `owner/name` */
  hub: string;
  /** In a preview also a branch, where no tag has the name: its head is taken for what will be tagged. */
  tag: string;
  /** null: the published release of the tag, or, where there is none, the one that release-chain makes of a pushed tag. */
  releaseId: number | null;
  /** Whose rights the chain has (login); absent: those of the release's author. */
  author?: string | null;
  /** Plan for what has no published release yet: all but the rights of its author can be told. */
  preview?: boolean;
  /** Build from exactly these sources; none: every ref is locked anew. */
  lock?: SourceLock | null;
  /** Where in the hub the configuration is read, if not at the tag. */
  configRef?: string | null;
  /** The earlier release run of the tag whose builds may be taken. */
  basedOn?: string | null;
}

/** Plans a release. Throws GitHubError where GitHub does not answer; everything else is a plan or a list of problems. */
export async function planRelease(request: PlanRequest, given: PlanDeps): Promise<PlanResult> {
  const github = askingOnce(given.github);
  const deps = { ...given, github };
  const { hub, tag } = request;
  const installation = await github.installation(hub);
  if (installation === null)
    return refused("not_installed", `the App is not installed on ${hub}, or there is no such repository.`);
  const [repository, published, tagSha] = await Promise.all([
    github.repository(hub),
    request.releaseId === null ? github.releaseByTag(hub, tag) : github.release(hub, request.releaseId),
    github.commitSha(hub, `tags/${tag}`),
  ]);
  if (repository === null) return refused("not_installed", `the App cannot see ${hub}. Install it there.`);
  if (published === null && request.releaseId !== null) return refused("release_unknown", releaseGone(request));
  const branchSha =
    tagSha === null && published === null && request.preview === true
      ? await github.commitSha(hub, `heads/${tag}`)
      : null;
  const sha = tagSha ?? branchSha;
  if (sha === null) return refused("tag_gone", tagGone(request, published));

  const configFrom = await configCommit(request, sha, github);
  if (configFrom.sha === null)
    return refused(
      "config_ref_unknown",
      `${hub} has no branch, tag or commit ${configFrom.ref} to read ${CONFIG_PATH} at.`,
    );
  const text = await github.readFile(hub, CONFIG_PATH, configFrom.sha);
  if (text === null)
    return refused(
      "config_missing",
      `${hub} has no ${CONFIG_PATH} at ${configFrom.ref} (${configFrom.sha.slice(0, 12)}).`,
    );
  const parsed = parseChainConfig(text, { file: CONFIG_PATH, hubOwner: hub.split("/")[0] ?? "" });
  if (!parsed.ok)
    return {
      kind: "refused",
      problems: parsed.problems.map((problem) => ({ code: "config", message: formatProblems([problem]) })),
    };

  const makesIt = published === null && matchesAnyName(parsed.config.on.create.tags, tag);
  if (published === null && !makesIt && request.preview !== true)
    return refused("release_unknown", noRelease(hub, tag));
  const prerelease = published?.prerelease ?? (makesIt && isPrereleaseTag(tag));
  const config = expandConfig(parsed.config, { hub, tag, prerelease });
  const author = authorOf(request, published);
  const mayWrite = author === null ? () => Promise.resolve(true) : authorRights(author, hub, deps);
  const lock = request.lock ?? null;
  const known = { hub, tag, prerelease };
  const components = await lookUpComponents(config, { ...known, lock, mayWrite }, deps);
  const awaited = published === null && !makesIt;
  const result = makePlan(config, {
    hub: {
      ...hubFindings(repository, sha, deps),
      ...(deps.reporting !== undefined && { permissions: installation.permissions }),
      tag,
      release: {
        id: published?.id ?? null,
        // Where it is, or will be.
        url: published?.url ?? `${deps.webUrl}/${repository.fullName}/releases/tag/${tag}`,
        prerelease,
        author: author?.login ?? "",
      },
      authorDid: whatTheyDid(author, published, request),
    },
    target: await lookUpTarget(config, { ...known, published, awaited, mayWrite }, deps),
    tagging: await lookUpTagging(config, known, components, mayWrite),
    components,
    releaseNotes: await readNotesTemplate(config.publish, { hub, ...configFrom, sha: configFrom.sha }, deps),
    history: await lookUpHistory(repository.fullName, components, deps),
    notes: [
      ...(branchSha !== null ? noTag(tag, config) : awaited ? [NOT_PUBLISHED] : []),
      ...(lock?.kept === true ? [KEPT] : []),
    ],
    ...(lock !== null && lock.kept !== true && { lock }),
    ...(deps.handOff !== undefined && { handOff: deps.handOff }),
    maySign: deps.signer !== undefined,
    noticeTargets: deps.notices?.sender.targets(repository.fullName) ?? [],
    createdAt: new Date(deps.clock.now()).toISOString(),
  });
  if (result.kind !== "plan") return result;
  const plan =
    configFrom.sha === sha ? result.plan : { ...result.plan, configFrom: { ...configFrom, sha: configFrom.sha } };
  const whole = await withReusable(plan, request.basedOn ?? null, deps);
  return withDiskBudget(whole, request.preview === true, deps);
}

/** Where the configuration is read: at a ref of the hub that somebody named, else at the tag. */
async function configCommit(
  { hub, tag, configRef }: PlanRequest,
  tagSha: string,
  github: PlanDeps["github"],
): Promise<{ ref: string; sha: string | null }> {
  if (configRef == null) return { ref: tag, sha: tagSha };
  for (const name of [`heads/${configRef}`, `tags/${configRef}`, configRef]) {
    const sha = await github.commitSha(hub, name);
    if (sha !== null) return { ref: configRef, sha };
  }
  return { ref: configRef, sha: null };
}

/** Names what may be taken of an earlier release run, as far as its files are still in the artifact store. */
async function withReusable(
  plan: ReleasePlan,
  basedOn: string | null,
  { store, artifactStore }: PlanDeps,
): Promise<ReleasePlan> {
  const earlier = basedOn === null ? null : await store.loadRun(basedOn);
  if (earlier === null) return plan;
  const reusable: ReusableBuild[] = [];
  for (const build of reusableBuilds(plan, earlier)) {
    const files = build.artifacts.flatMap((artifact) => artifact.files);
    if (await renewAll(files, artifactStore)) reusable.push(build);
  }
  return reusable.length === 0 ? plan : { ...plan, reusable };
}

const KEPT: PlanNote = {
  code: "kept_commits",
  message:
    "built from the commits that an earlier release run of the tag locked, as far as they can be had; --relock locks every ref anew",
};

const NOT_PUBLISHED: PlanNote = {
  code: "no_release",
  message:
    "the tag has no published release yet: whether it is a prerelease, and what its author may write to, is seen when it has",
};

function tagGone({ hub, tag }: PlanRequest, published: ReleaseInfo | null): string {
  return published === null
    ? `${hub} has neither a tag nor a branch ${tag}: push it, or write the name of one that is there.`
    : `${hub} has no tag ${tag} any more: push it again, then start the chain.`;
}

function noTag(branch: string, config: ChainConfig): PlanNote[] {
  const byTag = config.components.filter(({ when }) => when.tag !== undefined).map(({ id }) => id);
  const asIf =
    byTag.length === 0
      ? ""
      : `; whether ${byTag.join(", ")} ${byTag.length === 1 ? "takes" : "take"} part hangs on the tag (when.tag), read here as "${branch}"`;
  return [
    { code: "no_tag", message: `${branch} is a branch: this is what a release of its present head would build${asIf}` },
  ];
}

/** null: nobody has made the release yet, and nobody is known to have pushed the tag. */
function authorOf({ author }: PlanRequest, published: ReleaseInfo | null): Author | null {
  if (published !== null && (author == null || author === published.author))
    return { login: published.author, isBot: published.authorType !== "User" };
  return author == null ? null : { login: author, isBot: isBotLogin(author) };
}

function whatTheyDid(author: Author | null, published: ReleaseInfo | null, request: PlanRequest): string {
  if (author === null || author.login === published?.author) return "made the release";
  return isChosen(request) ? "lends the chain their rights" : "pushed the tag";
}

function releaseGone({ hub, tag }: PlanRequest): string {
  return `the release ${tag} of ${hub} was deleted: publish it again, then start the chain.`;
}

/** Also for who asks for a chain of a tag that nothing starts. */
export function noRelease(hub: string, tag: string): string {
  return `${hub} has no published release for the tag ${tag}: publish it, or let on.create.tags match the tag, and release-chain makes the release.`;
}

function refused(code: string, message: string): PlanResult {
  return { kind: "refused", problems: [{ code, message }] };
}

function hubFindings(
  repository: RepositoryInfo,
  sha: string,
  { policy }: PlanDeps,
): Pick<HubFindings, "hub" | "sha" | "private" | "configPath" | "mayPublishPrivate"> {
  return {
    hub: repository.fullName,
    sha,
    private: repository.private,
    configPath: CONFIG_PATH,
    mayPublishPrivate: matchesAnyName(policy.allowPrivateToPublic, repository.fullName),
  };
}
