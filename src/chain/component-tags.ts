/** `publish.tag-components`: which repositories are tagged after success, at which commit. */
import type { ComponentConfig } from "./config.js";
import type { ComponentFindings } from "./plan-component.js";
import { mayWrite } from "./plan-target.js";
import type { PlanProblem, ReleasePlan } from "./plan.js";
import type { ReleaseRun } from "./run.js";

/**
 * The repositories of the hub's owner in which the App is installed, also those that are only locked; not the hub, which
 * has the tag. Sorted.
 */
export function ownRepositories(
  hub: string,
  included: readonly ComponentConfig[],
  components: ReadonlyMap<string, ComponentFindings>,
): string[] {
  const repos = included.flatMap(({ id }) => {
    const found = components.get(id);
    return found?.repository == null || found.permissions === null ? [] : [found.repository.fullName];
  });
  return [...new Set(repos)].filter((repo) => isOwn(repo, hub)).sort();
}

function isOwn(repo: string, hub: string): boolean {
  const owner = (name: string): string => name.split("/")[0]?.toLowerCase() ?? "";
  return owner(repo) === owner(hub) && repo.toLowerCase() !== hub.toLowerCase();
}

/** A repository that is to be tagged. */
export interface TaggingFindings {
  /** `owner/name` */
  repo: string;
  permissions: Readonly<Record<string, string>>;
  /** The author may write there. */
  authorMayWrite: boolean;
}

/** What stands in the way of tagging, as far as it can be told before anything is built. */
export function taggingProblems(
  hub: { release: { author: string }; authorDid: string },
  tagging: readonly TaggingFindings[],
): PlanProblem[] {
  return tagging.flatMap(({ repo, permissions, authorMayWrite }) => {
    const problems: PlanProblem[] = [];
    if (!mayWrite(permissions["contents"]))
      problems.push({
        code: "permission",
        message: `the App lacks contents: write on ${repo}, which publish.tag-components would tag. Accept the App's new permissions there.`,
      });
    if (!authorMayWrite)
      problems.push({
        code: "author_rights",
        message: `${hub.release.author}, who ${hub.authorDid}, may not write to ${repo}, which publish.tag-components would tag: give that right, or switch it off.`,
      });
    return problems;
  });
}

/** A tag to be set. `shas`: more than one where components of the repository were built at several commits. */
export interface ComponentTag {
  repo: string;
  shas: string[];
}

/** Of the components that are part of the release, at the commit that was built. */
export function componentTags(plan: ReleasePlan, run: ReleaseRun): ComponentTag[] {
  return (plan.tagged ?? []).flatMap((repo) => {
    const shas = plan.components.flatMap((planned, index) => {
      const component = run.components[index];
      return planned.repo === repo && component?.conclusion === "success" ? [component.sha] : [];
    });
    const once = [...new Set(shas)];
    return once.length === 0 ? [] : [{ repo, shas: once }];
  });
}
