/** What a whole release run waits for, in one sentence; what its components wait for is in explain.ts. */
import { isHeld, isPublished, PUBLISH_TRIES, TAG_TRIES } from "./evolve.js";
import { ALONE, type Surroundings } from "./explain.js";
import type { Publication, ReleaseRun } from "./run.js";
import { limitWords, listWords, timeWords, transferWords } from "./words.js";

/**
 * What a release run waits for at a time (ms); null once it has ended, and where its components say all there is to say.
 */
export function explainRun(run: ReleaseRun, now: number, surroundings: Surroundings = ALONE): string | null {
  if (run.status === "completed") return null;
  if (run.ending !== null) return explainEnding(run, run.ending);
  if (run.plan === null) return explainPlanning(run, now, surroundings);
  if (surroundings.heldBy !== null) {
    const { id, hub, tag } = surroundings.heldBy;
    return `waits for release run ${id} of ${hub}@${tag} to end: only one of a concurrency group goes at a time`;
  }
  if (isHeld(run)) return "is about to be built";
  return run.components.every(({ status }) => status === "completed")
    ? explainPublishing(run, now, surroundings)
    : null;
}

/** To be put after a sentence; empty where no limit keeps the requests for a repository. */
function limitedWords(repo: string, now: number, surroundings: Surroundings): string {
  const limited = surroundings.limited(repo);
  return limited === null ? "" : `; it ${limitWords(limited, now)}`;
}

function explainPlanning(run: ReleaseRun, now: number, surroundings: Surroundings): string {
  const waits = limitedWords(run.hub, now, surroundings);
  return run.startedAt === null
    ? `is about to be planned since ${timeWords(run.createdAt, now)}${waits}`
    : `is being planned since ${timeWords(run.startedAt, now)}${waits}`;
}

function explainEnding(run: ReleaseRun, ending: NonNullable<ReleaseRun["ending"]>): string {
  const [reason = ""] = ending.reason.split("\n");
  const live = run.components.filter(({ attempts }) => {
    const last = attempts.at(-1);
    return last !== undefined && last.status !== "completed";
  });
  if (live.length > 0)
    return `is being stopped (${reason}): waits for the workflow runs of ${listWords(live.map(({ id }) => id))}`;
  if (run.publication !== null) return `is being stopped (${reason}): the release is being brought back to what it was`;
  return `is being stopped (${reason})`;
}

function explainPublishing(run: ReleaseRun, now: number, surroundings: Surroundings): string {
  const { publication } = run;
  if (publication === null) return "is about to be published";
  if (isPublished(run)) return explainTagging(publication, now);
  if (publication.retryAt !== null && publication.retryAt > now)
    return `publishing is tried again at ${timeWords(publication.retryAt, now)}: try ${publication.failures + 1} of ${PUBLISH_TRIES}`;
  const transfer = surroundings.transfer(null);
  if (transfer !== null) {
    const { filesDone, filesTotal } = transfer;
    const waits = limitedWords(publication.release.repo, now, surroundings);
    return `publishes: ${filesDone} of ${filesTotal} files, ${transferWords(transfer)}${waits}`;
  }
  return `its files (${publication.assets.length}) are being published${limitedWords(run.hub, now, surroundings)}`;
}

/** The release is published. */
function explainTagging({ retryAt, failures }: Publication, now: number): string {
  return retryAt !== null && retryAt > now
    ? `is published; the components' repositories are tagged again at ${timeWords(retryAt, now)}: try ${failures + 1} of ${TAG_TRIES}`
    : "is published; the components' repositories are being tagged";
}
