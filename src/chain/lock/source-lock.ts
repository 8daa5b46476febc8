/** Planning from a lock: which of its commits a component gets, and what keeps a release from being built from them. */
import type { ComponentConfig } from "../config.js";
import type { PlanNote, PlanProblem } from "../plan.js";
import type { SourceLock } from "../run.js";
import { listWords } from "../words.js";

/** What the lock says of a component, and what GitHub says where its workflow builds the head of the default branch. */
export interface LockedSource {
  ref: string;
  /** Full, lower case. */
  sha: string;
  /** Commit of the default branch's head; null: not asked for, or there is none. */
  head: string | null;
}

type Entry =
  { kind: "named"; source: Omit<LockedSource, "head"> } | { kind: "missing" } | { kind: "other"; repo: string };

/** `fullName`: how GitHub calls the repository, which may be another than that of the configuration once it was renamed. */
export function entryOf(component: ComponentConfig, fullName: string | null, lock: SourceLock): Entry {
  // A component may be called `constructor`.
  const entry = Object.hasOwn(lock.components, component.id) ? lock.components[component.id] : undefined;
  if (entry === undefined) return { kind: "missing" };
  const { source } = component;
  const same =
    source.kind === "git"
      ? entry.repo === source.url
      : [source.repo, fullName ?? source.repo].some((name) => name.toLowerCase() === entry.repo.toLowerCase());
  if (!same) return { kind: "other", repo: entry.repo };
  return { kind: "named", source: { ref: entry.ref, sha: entry.sha.toLowerCase() } };
}

/**
 * What of the configuration does not fit the lock. `included`: the components that take part; `fullNames`: their repositories
 * as GitHub calls them, by component id.
 */
export function lockProblems(
  included: readonly ComponentConfig[],
  fullNames: ReadonlyMap<string, string | null>,
  lock: SourceLock,
): PlanProblem[] {
  return included.flatMap((component): PlanProblem[] => {
    const entry = entryOf(component, fullNames.get(component.id) ?? null, lock);
    switch (entry.kind) {
      case "named":
        return [];
      case "missing":
        return [
          {
            code: "lock_incomplete",
            message: `${component.id}: the lock of ${nameOf(lock)} does not name it. Take a lock that does, or leave it out by \`when\`.`,
          },
        ];
      case "other": {
        const repo = component.source.kind === "git" ? component.source.url : component.source.repo;
        return [
          {
            code: "lock_mismatch",
            message: `${component.id}: the lock of ${nameOf(lock)} has it from ${entry.repo}, the configuration from ${repo}. Take the lock of a release of the same product, or correct the configuration.`,
          },
        ];
      }
    }
  });
}

/** What a person should know of a plan that is made from a lock. `hub`: of the release that is planned. */
export function lockNotes(components: readonly ComponentConfig[], hub: string, lock: SourceLock): PlanNote[] {
  const known = new Set(components.map(({ id }) => id));
  const others = Object.keys(lock.components).filter((id) => !known.has(id));
  const notes: PlanNote[] = [];
  if (lock.hub.toLowerCase() !== hub.toLowerCase())
    notes.push({ code: "lock_other_hub", message: `the lock is that of ${nameOf(lock)}, of another hub` });
  if (others.length > 0)
    notes.push({
      code: "lock_extra",
      message: `the lock names what this configuration does not have, it is left out: ${listWords(others, 12)}`,
    });
  return notes;
}

/** The locked commit is not there any more. */
export function goneProblem(id: string, repo: string, { ref, sha }: LockedSource): PlanProblem {
  const from = ref === "" || ref === sha ? "" : ` (from ${ref})`;
  return {
    code: "lock_sha_gone",
    message: `${id}: ${repo} has no commit ${sha}${from} any more, which the lock names. Push it again, under a tag that keeps it, or plan without the lock.`,
  };
}

/** The workflow builds the head of the default branch, and that is another commit; null where it is the same. */
export function headProblem(id: string, repo: string, { sha, head }: LockedSource): PlanProblem | null {
  if (head === sha) return null;
  const now = head === null ? "unknown" : head.slice(0, 12);
  return {
    code: "lock_head",
    message: `${id}: its workflow builds the head of ${repo}'s default branch (${now}) as it is, not ${sha.slice(0, 12)} of the lock. Let it check out client_payload.source.sha on the default branch, or move the branch back.`,
  };
}

function nameOf({ hub, tag }: SourceLock): string {
  return `${hub}@${tag}`;
}
