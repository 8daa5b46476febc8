/** Which release gets the files, and what stands in the way of that. */
import type { PlanProblem, PublishTarget } from "./plan.js";

/** What planning found out about the release that is to get the files. */
export interface TargetFindings {
  /** `owner/name`, and the tag, as `publish.to` names them; else those of the hub's release. */
  repo: string;
  tag: string;
  /** null: there is none that the App can see. */
  repository: { fullName: string; defaultBranch: string; private: boolean; archived: boolean } | null;
  /** Permissions of the App on it; null: not installed there. */
  permissions: Readonly<Record<string, string>> | null;
  /** The published release of the tag; null: there is none. */
  release: { id: number; prerelease: boolean; immutable: boolean } | null;
  /** Who made a draft for the tag, where no release of it is published. */
  draftBy: string | null;
  /** The tag is there. */
  tagged: boolean;
  /** The author may write there. */
  authorMayWrite: boolean;
  /** It is not for release-chain to make it: a look at what is to be released before there is a release. */
  awaited: boolean;
}

/** The hub's side of it. */
export interface TargetHub {
  /** `owner/name` */
  hub: string;
  tag: string;
  /** Commit of the tag. */
  sha: string;
  release: { prerelease: boolean; author: string };
  /** What the author did to start the chain: `made the release`. */
  authorDid: string;
}

/** What is wrong with the target; each problem says what to do. */
export function targetProblems(hub: TargetHub, target: TargetFindings): PlanProblem[] {
  const { repo, repository, permissions } = target;
  if (repository === null || permissions === null) {
    const message = `the files would be published in ${repo}, and the App is not installed there, or there is no such repository. Install it there, or correct publish.to.`;
    return [{ code: "not_installed", message }];
  }
  const problems: PlanProblem[] = [];
  if (!mayWrite(permissions["contents"]))
    problems.push({
      code: "permission",
      message: `the App lacks contents: write on ${repo}, where the files would be published. Accept the App's new permissions there.`,
    });
  if (repository.archived)
    problems.push({
      code: "repository_archived",
      message: `${repo} is archived, and its releases take no files: unarchive it, or publish elsewhere with publish.to.`,
    });
  if (!target.authorMayWrite)
    problems.push({
      code: "author_rights",
      message: `${hub.release.author}, who ${hub.authorDid}, may not write to ${repo}, where the files would be published: give that right, or let somebody who has it do it.`,
    });
  return [...problems, ...releaseProblems(hub, target)];
}

/** GitHub's words for what the App may do. */
export function mayWrite(permission: string | undefined): boolean {
  return permission === "write" || permission === "admin";
}

function releaseProblems(hub: TargetHub, { repo, tag, release, draftBy }: TargetFindings): PlanProblem[] {
  if (release?.immutable === true) return [{ code: "release_immutable", message: immutableWords(hub, repo, tag) }];
  if (release !== null || draftBy === null) return [];
  return [
    {
      code: "release_draft",
      message: `${repo} has a draft for the tag ${tag}, made by ${draftBy}, which is left alone: publish it, and it gets the files; or delete it, and release-chain makes the release; or name another tag with publish.to.`,
    },
  ];
}

/** The ways out: nothing can be added to it, and its tag can never be used again. */
function immutableWords(hub: TargetHub, repo: string, tag: string): string {
  const isHubs = repo.toLowerCase() === hub.hub.toLowerCase() && tag === hub.tag;
  const next = isHubs
    ? "For this one, publish to another release with publish.to (repo or tag). For the next one, push the tag alone and let on.create.tags match it: release-chain then makes the release as a draft, and seals it with all files in it"
    : "Name another release with publish.to, best one that is not there yet: release-chain then makes it as a draft, and seals it with all files in it";
  return `the release ${tag} of ${repo} is immutable: GitHub accepts no files for it any more. ${next}; or switch off immutable releases for ${repo} and release under a new tag.`;
}

/** The target of the plan, if nothing stands in the way; undefined where a person has yet to make the release. */
export function publishTarget(hub: TargetHub, target: TargetFindings): PublishTarget | undefined {
  const { repository, release, tag, awaited, tagged } = target;
  if (repository === null || awaited) return undefined;
  const repo = repository.fullName;
  const there = { repo, tag, private: repository.private };
  if (release !== null) return { ...there, releaseId: release.id, prerelease: release.prerelease, commit: null };
  const isHub = repo.toLowerCase() === hub.hub.toLowerCase();
  const commit = tagged ? null : isHub ? hub.sha : repository.defaultBranch;
  return { ...there, releaseId: null, prerelease: hub.release.prerelease, commit };
}
