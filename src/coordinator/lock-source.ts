/** From the ref of a component to the commit that it is locked to. */
import type { ComponentConfig } from "../chain/config.js";
import { isFullSha } from "../chain/config-file/repository-names.js";
import type { LockedSource } from "../chain/lock/source-lock.js";
import type { ComponentFindings } from "../chain/plan-component.js";
import type { RefKind } from "../chain/plan.js";
import type { GitHub, RepoName, RepositoryInfo } from "./ports.js";

type Source = Pick<ComponentFindings, "sha" | "refKind" | "locked">;

/**
 * Locks the component's ref, or the default branch. A name that is both a branch and a tag is taken for the branch. Reads
 * with the installation of `as`: one request for a branch or a full SHA, two for a tag.
 */
export async function resolveRef(
  { ref }: ComponentConfig,
  { fullName, defaultBranch }: RepositoryInfo,
  as: RepoName,
  github: GitHub,
): Promise<Source> {
  for (const { name, kind } of meanings(ref ?? defaultBranch, defaultBranch)) {
    const sha = await github.commitSha(fullName, name, as);
    if (sha !== null) return { sha, refKind: kind };
  }
  return { sha: null };
}

function meanings(ref: string, defaultBranch: string): { name: string; kind: RefKind }[] {
  if (isFullSha(ref)) return [{ name: ref, kind: "commit" }];
  const [, prefix, rest = ""] = /^(?:refs\/)?(heads|tags)\/(.+)$/.exec(ref) ?? [];
  if (prefix === "heads") return [{ name: `heads/${rest}`, kind: "branch" }];
  if (prefix === "tags") return [{ name: `tags/${rest}`, kind: "tag" }];
  if (ref === defaultBranch) return [{ name: ref, kind: "branch" }];
  return [
    { name: `heads/${ref}`, kind: "branch" },
    { name: `tags/${ref}`, kind: "tag" },
    { name: ref, kind: "commit" },
  ];
}

/** The commit that an earlier release run locked; null where it is gone, or where the workflow would build another one. */
export async function keptSource(
  component: ComponentConfig,
  repository: RepositoryInfo,
  source: Omit<LockedSource, "head">,
  as: RepoName,
  github: GitHub,
): Promise<Source | null> {
  const { sha, refKind, locked } = await lockSource(component, repository, source, as, github);
  const buildsHead = component.build && component.checkout !== "locked";
  if (sha === null || (buildsHead && locked?.head !== sha)) return null;
  return { sha, ...(refKind !== undefined && { refKind }) };
}

/** The commit that a lock names, if it is still there; and the head of the default branch, where that may be what is built. */
export async function lockSource(
  component: ComponentConfig,
  { fullName, defaultBranch }: RepositoryInfo,
  source: Omit<LockedSource, "head">,
  as: RepoName,
  github: GitHub,
): Promise<Source> {
  const buildsHead = component.build && component.checkout !== "locked";
  const [found, head] = await Promise.all([
    github.commitSha(fullName, source.sha, as),
    buildsHead ? github.commitSha(fullName, defaultBranch, as) : null,
  ]);
  // A branch may have the name of a commit.
  const sha = found === source.sha ? found : null;
  const { ref } = source;
  const refKind = ref === source.sha ? "commit" : ref === defaultBranch ? "branch" : null;
  return { sha, locked: { ...source, head }, ...(refKind !== null && { refKind }) };
}
