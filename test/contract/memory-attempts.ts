/** What the store in memory knows of the attempts of its release runs. */
import type { Attempt, ReleaseRun } from "../../src/chain/run.js";
import type { Claims } from "../../src/coordinator/ports.js";

function reposOf(run: ReleaseRun): Map<string, string> {
  return new Map(run.plan?.components.map(({ id, repo }) => [id, repo]));
}

export function attemptsOn(run: ReleaseRun, repo: string): Attempt[] {
  const repos = reposOf(run);
  return run.components.filter(({ id }) => repos.get(id) === repo).flatMap((component) => component.attempts);
}

/** What the runs have of a repository: see `claims` of the store. */
export function claimsOn(repo: string, since: number, runs: readonly ReleaseRun[]): Claims {
  const placed = runs.flatMap((run) =>
    run.components
      .filter(({ id }) => run.plan?.components.find((component) => component.id === id)?.repo === repo)
      .flatMap(({ id, attempts }) => attempts.map((attempt) => ({ runId: run.id, component: id, attempt }))),
  );
  const recent = placed.filter(({ attempt }) => attempt.intendedAt >= since);
  const ordered = recent.toSorted((a, b) => a.attempt.intendedAt - b.attempt.intendedAt);
  const last = new Map(ordered.map(({ attempt }) => [attempt.workflowRunId, attempt]));
  const claimed = recent.flatMap(({ attempt }) => (attempt.workflowRunId === null ? [] : [attempt.workflowRunId]));
  const unfound = recent.filter(({ attempt }) => attempt.kind === "dispatch" && attempt.workflowRunId === null);
  const abandoned = unfound
    .filter(({ attempt }) => attempt.status === "completed")
    .map(({ runId, component, attempt: { dispatchId, intendedAt, sentAt, sentClock } }) => {
      return { dispatchId, runId, component, intendedAt, sentAt, sentClock };
    });
  return {
    workflowRunIds: [...new Set(claimed)].sort((a, b) => a - b),
    unidentified: unfound.some(({ attempt }) => attempt.status !== "completed"),
    abandoned: abandoned.sort((a, b) => a.intendedAt - b.intendedAt),
    unseen: [...last.values()]
      .filter(({ failureClass, status, send }) => {
        return failureClass === "not-started" && status === "completed" && send !== "intended";
      })
      .flatMap(({ workflowRunId: id, runAttempt }) => (id === null ? [] : [{ id, runAttempt }]))
      .sort((a, b) => a.id - b.id),
  };
}

/** How long the newest successful attempts of each component took, newest first, in ms. */
export function durationsOf(hub: string, limit: number, runs: readonly ReleaseRun[]): Map<string, number[]> {
  const built = runs
    .filter((run) => run.hub === hub)
    .flatMap((run) => run.components)
    .flatMap(({ id, attempts }) => attempts.flatMap((attempt) => timesOf(id, attempt)))
    .sort((a, b) => b.startedAt - a.startedAt);
  const durations = new Map<string, number[]>();
  for (const { id, duration } of built) durations.set(id, [...(durations.get(id) ?? []), duration]);
  return new Map([...durations].map(([id, each]) => [id, each.slice(0, limit)]));
}

function timesOf(id: string, attempt: Attempt): { id: string; startedAt: number; duration: number }[] {
  const { startedAt, conclusion } = attempt;
  const endedAt = attempt.succeededAt ?? attempt.completedAt;
  if (conclusion !== "success" || startedAt === null || endedAt === null || endedAt < startedAt) return [];
  return [{ id, startedAt, duration: endedAt - startedAt }];
}

/** On which a dispatch waits to be identified, each as often as one does. */
export function unidentifiedRepos(run: ReleaseRun): string[] {
  const repos = reposOf(run);
  return run.components.flatMap(({ id, attempts }) => {
    const repo = repos.get(id);
    if (repo === undefined) throw new Error(`Component ${id} of release run ${run.id} is not in its plan.`);
    return attempts
      .filter((each) => each.kind === "dispatch" && each.status === "dispatching" && each.workflowRunId === null)
      .map(() => repo);
  });
}
