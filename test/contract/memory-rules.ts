/** What the store in memory refuses of release runs, beside what is stale. */
import type { ReleaseRun } from "../../src/chain/run.js";
import { ConflictError } from "../../src/coordinator/ports.js";
import { unidentifiedRepos } from "./memory-attempts.js";

/** Throws ConflictError where there may be only one of what the run would be a second. */
export function refuseTaken(run: ReleaseRun, stored: readonly ReleaseRun[]): void {
  const others = stored.filter((other) => other.id !== run.id);
  const sameTag = others.filter((other) => other.hub === run.hub && other.tag === run.tag);
  if (run.status !== "completed" && sameTag.some((other) => other.status !== "completed")) {
    throw new ConflictError(`A release run for ${run.hub}@${run.tag} is live.`);
  }
  if (run.trigger === "webhook" && sameTag.some((other) => other.trigger === "webhook")) {
    throw new ConflictError(`A webhook started a release run for ${run.hub}@${run.tag} before.`);
  }
  if (isAdmitted(run) && run.group !== null && others.some((other) => isAdmitted(other) && other.group === run.group)) {
    throw new ConflictError(`A release run of the group ${run.group} is building.`);
  }
  const taken = new Set(others.flatMap(unidentifiedRepos));
  for (const repo of unidentifiedRepos(run)) {
    if (taken.has(repo)) throw new ConflictError(`A dispatch on ${repo} waits to be identified.`);
    taken.add(repo);
  }
}

export function isAdmitted({ status }: ReleaseRun): boolean {
  return status === "building" || status === "publishing";
}
