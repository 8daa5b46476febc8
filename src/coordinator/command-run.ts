/** Does what a person asks of a release run: decided by chain/commands.ts, stored, and then looked at. */
import { adoptionEvents, commandEvents, type Command, type CommandAnswer } from "../chain/commands.js";
import type { RunEvent } from "../chain/events.js";
import { evolve } from "../chain/evolve.js";
import { commandTold } from "../chain/run-events.js";
import type { ReleaseRun } from "../chain/run.js";
import { currentClaims } from "./claims.js";
import type { Deps } from "./deps.js";
import type { CommandResult } from "./operations.js";
import { ConflictError } from "./ports.js";

/** Somebody else may write the run at the same time, again and again; not for ever. */
const TRIES = 20;

type CommandDeps = Pick<Deps, "github" | "store" | "artifactStore" | "clock">;

/**
 * `by`: who asks, null: a person of whom nothing is known; absent: nobody, so that no event tells of it. Throws GitHubError where GitHub has to be asked and does not answer. What is `done` is
 * stored.
 */
export async function commandRun(
  runId: string,
  command: Command,
  deps: CommandDeps,
  by?: string | null,
): Promise<CommandResult> {
  for (let tries = 1; ; tries++) {
    const run = await deps.store.loadRun(runId);
    if (run === null) return { kind: "unknown-run" };
    const answer = await answerTo(run, command, deps);
    if (answer.kind === "refused") return answer;
    if (answer.kind === "unchanged") return { ...answer, run };
    const next = answer.events.reduce(evolve, run);
    if (next === run) return { kind: "unchanged", run, detail: "It is so already." };
    try {
      return {
        kind: "done",
        run: await deps.store.saveRun(run, next, by === undefined ? [] : [commandTold(command, by)]),
      };
    } catch (cause) {
      if (!(cause instanceof ConflictError)) throw cause;
      const taken = await otherLiveRun(run, deps);
      if (taken !== null) return taken;
      if (tries >= TRIES) throw cause;
    }
  }
}

async function answerTo(run: ReleaseRun, command: Command, deps: CommandDeps): Promise<CommandAnswer> {
  const at = deps.clock.now();
  const answer = command.kind === "adopt" ? await adoption(run, command, deps) : commandEvents(run, command, at);
  if (answer.kind !== "events") return answer;
  const isReopened = answer.events.some(({ kind }) => kind === "reopened");
  return (isReopened ? await cannotReopen(run, deps) : null) ?? (await stillLive(run, answer.events, deps)) ?? answer;
}

async function adoption(
  run: ReleaseRun,
  { component, workflowRunId }: Extract<Command, { kind: "adopt" }>,
  deps: CommandDeps,
): Promise<CommandAnswer> {
  const repo = run.plan?.components.find(({ id }) => id === component)?.repo;
  const found = repo === undefined ? null : await deps.github.workflowRun(repo, workflowRunId);
  const { workflowRunIds } = repo === undefined ? { workflowRunIds: [] } : await currentClaims(repo, deps);
  const context = { workflowRunId, claimed: new Set(workflowRunIds) };
  return adoptionEvents(run, component, found, context, deps.clock.now());
}

/** A newer release run of the tag has what this one would publish; and what this one has built must be there. */
async function cannotReopen(run: ReleaseRun, deps: CommandDeps): Promise<CommandAnswer | null> {
  const [newest] = await deps.store.listRuns({ hub: run.hub, tag: run.tag, limit: 1 });
  if (newest !== undefined && newest.id !== run.id)
    return {
      kind: "refused",
      code: "newer_run",
      message: `Release run ${newest.id} of ${run.hub}@${run.tag} is newer (${newest.conclusion ?? newest.status}): go on with that one.`,
    };
  for (const { id, conclusion, artifacts } of run.components) {
    const files = conclusion === "success" ? artifacts.flatMap((artifact) => artifact.files) : [];
    const gone = await missingFile(files, deps);
    if (gone === null) continue;
    const message = `${gone.path} of ${id} is no longer in the artifact store: start the chain again with \`start ${run.hub}@${run.tag}\`.`;
    return { kind: "refused", code: "files_gone", message };
  }
  return null;
}

/** What is to be built anew must not be live yet. */
async function stillLive(
  run: ReleaseRun,
  events: readonly RunEvent[],
  deps: CommandDeps,
): Promise<CommandAnswer | null> {
  const next = events.reduce(evolve, run);
  for (const [index, { id, status }] of next.components.entries()) {
    if (status !== "waiting" || run.components[index]?.status === "waiting") continue;
    const live = await liveWorkflowRun(run, id, deps);
    if (live === null) continue;
    const message = `Workflow run ${live} is, or may be, that of ${id} and has not ended: \`adopt\` it, or stop it at GitHub first.`;
    return { kind: "refused", code: "still_live", message };
  }
  return null;
}

async function missingFile<T extends { sha256: string; size: number }>(
  files: readonly T[],
  { artifactStore }: CommandDeps,
): Promise<T | null> {
  for (const file of files) if ((await artifactStore.renew(file.sha256)) !== file.size) return file;
  return null;
}

/** The workflow run of the last attempt, if it was to be stopped and goes on; or one that may be it. */
async function liveWorkflowRun(run: ReleaseRun, component: string, { github }: CommandDeps): Promise<number | null> {
  const attempt = run.components.find(({ id }) => id === component)?.attempts.at(-1);
  const repo = run.plan?.components.find(({ id }) => id === component)?.repo;
  if (attempt === undefined || repo === undefined) return null;
  const stopped = attempt.cancel !== null && attempt.workflowRunId !== null ? [attempt.workflowRunId] : [];
  for (const id of attempt.workflowRunId === null ? attempt.candidates : stopped) {
    const seen = await github.workflowRun(repo, id);
    if (seen !== null && seen.status !== "completed") return seen.id;
  }
  return null;
}

async function otherLiveRun({ id, hub, tag }: ReleaseRun, { store }: CommandDeps): Promise<CommandResult | null> {
  const live = await store.liveRun(hub, tag);
  if (live === null || live.id === id) return null;
  return { kind: "refused", code: "live_run", message: `Release run ${live.id} of ${hub}@${tag} is live.` };
}
