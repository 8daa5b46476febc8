/** What planning asks about the release that is to get the files, and about repositories that are to be tagged. */
import { ownRepositories, type TaggingFindings } from "../chain/component-tags.js";
import type { ChainConfig } from "../chain/config.js";
import { includedComponents } from "../chain/make-plan.js";
import type { ComponentFindings } from "../chain/plan-component.js";
import type { TargetFindings } from "../chain/plan-target.js";
import type { Deps } from "./deps.js";
import type { ReleaseInfo, RepoName } from "./ports.js";

export interface TargetContext {
  /** `owner/name` */
  hub: RepoName;
  tag: string;
  /** The hub's published release of the tag. */
  published: ReleaseInfo | null;
  /** There is none, and it is for a person to make it. */
  awaited: boolean;
  mayWrite: (repo: RepoName) => Promise<boolean>;
}

/** With placeholders of `publish.to` filled in. Throws GitHubError. */
export async function lookUpTarget(
  { publish: { to } }: ChainConfig,
  { hub, tag: hubTag, published, awaited, mayWrite }: TargetContext,
  { github }: Pick<Deps, "github">,
): Promise<TargetFindings> {
  const repo = to.repo ?? hub;
  const tag = to.tag ?? hubTag;
  const nothing = { repo, tag, release: null, draftBy: null, tagged: false, authorMayWrite: false, awaited: false };
  const installation = await github.installation(repo);
  const repository = installation === null ? null : await github.repository(repo);
  if (installation === null || repository === null) return { ...nothing, repository: null, permissions: null };
  const { fullName } = repository;
  const isHubs = fullName.toLowerCase() === hub.toLowerCase() && tag === hubTag;
  const there = isHubs ? published : await github.releaseByTag(fullName, tag);
  const found = {
    ...nothing,
    repository,
    permissions: installation.permissions,
    release: there,
    authorMayWrite: await mayWrite(fullName),
  };
  if (there !== null || (isHubs && awaited)) return { ...found, awaited: there === null };
  const draft = (await github.releases(fullName)).find((release) => release.draft && release.tag === tag);
  const tagged = (await github.commitSha(fullName, `tags/${tag}`)) !== null;
  return { ...found, draftBy: draft?.author ?? null, tagged };
}

/** Of the repositories that `publish.tag-components` is about. Throws GitHubError. */
export async function lookUpTagging(
  config: ChainConfig,
  release: { hub: RepoName; tag: string; prerelease: boolean },
  components: ReadonlyMap<string, ComponentFindings>,
  mayWrite: TargetContext["mayWrite"],
): Promise<TaggingFindings[]> {
  if (!config.publish.tagComponents) return [];
  const { included } = includedComponents(config, release);
  const permissions = new Map(
    [...components.values()].map((found) => [found.repository?.fullName, found.permissions] as const),
  );
  return Promise.all(
    ownRepositories(release.hub, included, components).map(async (repo) => ({
      repo,
      permissions: permissions.get(repo) ?? {},
      authorMayWrite: await mayWrite(repo),
    })),
  );
}
