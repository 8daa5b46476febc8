/**
 * GitHub Actions in virtual time: workflow runs whose state follows from drawn times, read as they are or as they were a
 * while ago. What was asked of it and took effect goes into the journal.
 */
import type { FailedJob } from "../../src/chain/job-failures.js";
import type { WorkflowRunSnapshot } from "../../src/chain/run.js";
import { GitHubError, type ArtifactInfo } from "../../src/coordinator/ports.js";
import { BOT, sha256, type FakeRepository } from "../coordinator/fake-github-types.js";
import { FOREVER, drawAttempt } from "./drawn-attempts.js";
import type { ChainOfDispatch, Journal } from "./journal.js";
import type { Draw } from "./random.js";
import type { Faults, RepositorySetting } from "./setting.js";
import { dated, failedJobOf, snapshotAt, type RunAttempt, type SimulatedRun } from "./simulated-runs.js";
import type { VirtualTime } from "./virtual-time.js";

/** How far back GitHub's answers may lag, ms. */
export const LONGEST_LAG = 20_000;

export interface ActionsWorld {
  time: VirtualTime;
  draw: Draw;
  journal: Journal;
  faults: Faults;
  /** GitHub's clock minus that of the simulation, ms. */
  skew: number;
  repository(name: string): FakeRepository;
  setting(repo: string): RepositorySetting;
  /** A workflow run has changed, as a webhook tells it. */
  changed(run: SimulatedRun, action: "requested" | "in_progress" | "completed"): void;
}

export class SimulatedActions {
  readonly runs: SimulatedRun[] = [];
  readonly #byId = new Map<number, SimulatedRun>();
  #ids = 1_000;
  #artifacts = 0;

  constructor(readonly world: ActionsWorld) {}

  /** A dispatch takes effect. The id of its run, where there is one at once. */
  dispatch(repo: string, event: string, chain: ChainOfDispatch, upstream: string[], leftAt: number): number | null {
    const { draw, faults, journal, time } = this.world;
    const now = time.now();
    journal.add({ kind: "dispatched", at: now, leftAt, repo, chain, upstream });
    if (draw.chance(faults.never)) {
      journal.struck("no run comes of a dispatch");
      return null;
    }
    const { echoes, sibling } = this.world.setting(repo);
    if (sibling && event === "repository_dispatch") this.#create(repo, event, chain, { isSibling: true });
    // Without the dispatch id in its title nobody can tell a run that is created late from that of a later dispatch.
    if (echoes && event === "repository_dispatch" && draw.chance(faults.tardy)) {
      journal.struck("run appears late");
      time.at(now + draw.between(60_000, 1_800_000), () => void this.#create(repo, event, chain, {}));
      return null;
    }
    if (draw.chance(0.4)) {
      time.at(now + draw.below(5_000), () => void this.#create(repo, event, chain, {}));
      return null;
    }
    return this.#create(repo, event, chain, {}).id;
  }

  /** Somebody else starts a workflow run; `dispatchId` is in its title, if one is. */
  startForeign(repo: string, event: string, actor: string, dispatchId: string | null): void {
    const title = dispatchId === null ? "build-chain" : `Build [${dispatchId}]`;
    this.#create(repo, event, null, { actor, title });
  }

  #create(repo: string, event: string, chain: ChainOfDispatch | null, change: Partial<SimulatedRun>): SimulatedRun {
    const { draw, faults, journal, time } = this.world;
    const { workflows, sha } = this.world.repository(repo);
    const workflow = workflows[change.isSibling === true ? 1 : 0];
    const now = time.now();
    const hidden = draw.chance(faults.hidden);
    if (hidden) journal.struck("run hidden for a while");
    const run: SimulatedRun = {
      id: ++this.#ids,
      repo,
      workflowId: workflow?.id ?? 0,
      path: workflow?.path ?? "",
      event,
      title: chain !== null && this.world.setting(repo).echoes ? `Build [${chain.dispatchId}]` : "build-chain",
      actor: BOT,
      createdAt: now,
      shownAt: now + (hidden ? draw.below(draw.chance(0.1) ? 900_000 : 120_000) : 0),
      headSha: sha,
      chain,
      isSibling: false,
      seenAt: null,
      attempts: [],
      artifacts: [],
      ...change,
    };
    this.runs.push(run);
    this.#byId.set(run.id, run);
    journal.note(() => `GitHub: run ${run.id} of ${repo} "${run.title}" is created`);
    this.#begin(run, chain === null ? "person" : "server");
    return run;
  }

  #begin(run: SimulatedRun, by: RunAttempt["by"]): void {
    const { time } = this.world;
    const requestedAt = time.now();
    const attempt = drawAttempt(this.world, { number: run.attempts.length + 1, requestedAt, by });
    this.#queue(run, attempt);
    run.attempts.push(attempt);
    time.at(Math.max(requestedAt, run.shownAt), () => {
      this.world.changed(run, "requested");
    });
    this.#tellStart(run, attempt);
    this.#tellEnd(run, attempt);
  }

  /** The workflow's `concurrency` group keeps one running and one pending. */
  #queue(run: SimulatedRun, attempt: RunAttempt): void {
    const { group } = this.world.setting(run.repo);
    if (group === "none") return;
    for (const other of this.runs) {
      const last = other.attempts.at(-1);
      if (other === run || other.repo !== run.repo || other.path !== run.path || last === undefined) continue;
      const now = this.world.time.now();
      if (now >= last.endsAt) continue;
      if (now < last.startsAt || group === "cancel-in-progress") {
        this.world.journal.struck("superseded by concurrency");
        this.#end(other, last, now + 1_000);
      } else {
        const wait = Math.max(0, last.endsAt - attempt.startsAt) + 1_000;
        attempt.startsAt += wait;
        attempt.endsAt += wait;
        if (attempt.pause !== null) attempt.pause = { from: attempt.pause.from + wait, to: attempt.pause.to + wait };
      }
    }
  }

  #tellStart(run: SimulatedRun, attempt: RunAttempt): void {
    if (attempt.startsAt >= FOREVER) return;
    this.world.time.at(Math.max(attempt.startsAt, run.shownAt), () => {
      if (this.world.time.now() < attempt.endsAt) this.world.changed(run, "in_progress");
    });
  }

  #tellEnd(run: SimulatedRun, attempt: RunAttempt): void {
    const { endsAt } = attempt;
    if (endsAt >= FOREVER) return;
    this.world.time.at(endsAt, () => {
      if (attempt.endsAt !== endsAt) return;
      this.#leaveArtifacts(run, attempt);
      const { journal, time } = this.world;
      journal.note(() => `GitHub: run ${run.id}, attempt ${attempt.number}, ends with ${attempt.conclusion}`);
      time.at(run.shownAt, () => {
        this.world.changed(run, "completed");
      });
    });
  }

  #leaveArtifacts(run: SimulatedRun, attempt: RunAttempt): void {
    const { draw, faults, journal } = this.world;
    if (run.chain === null || run.isSibling) return;
    const isGood = attempt.conclusion === "success";
    // What a failed attempt has left stays listed beside what a later one makes.
    if (!isGood && (attempt.conclusion !== "failure" || draw.chance(0.7))) return;
    // What failed before has left something only where it is made anew.
    if (run.artifacts.length === 0 && draw.chance(faults.noArtifact)) {
      journal.struck("no artifact");
      return;
    }
    const { component } = run.chain;
    const bytes = Buffer.from(JSON.stringify({ ...run.chain, run: run.id, attempt: attempt.number, isGood }));
    const isDamaged = draw.chance(faults.damaged);
    if (isDamaged) journal.struck("artifact damaged");
    run.artifacts.push({
      // Ids say nothing of which one is the newer.
      id: 1_000_000 + ((++this.#artifacts * 7_919) % 1_000_003),
      name: `image-${component}`,
      size: bytes.length,
      expired: draw.chance(faults.damaged / 4),
      createdAt: dated(attempt.endsAt, this.world.skew),
      sha256: sha256(bytes),
      attempt: attempt.number,
      bytes,
      served: isDamaged ? Buffer.from(`${bytes.toString()} `) : bytes,
    });
  }

  #end(run: SimulatedRun, attempt: RunAttempt, at: number): void {
    if (at >= attempt.endsAt) return;
    attempt.endsAt = at;
    attempt.conclusion = "cancelled";
    this.#tellEnd(run, attempt);
  }

  rerun(repo: string, id: number, by: RunAttempt["by"], leftAt: number, mode = "all-jobs"): void {
    const run = this.#run(repo, id);
    const { journal, time } = this.world;
    const last = run.attempts.at(-1);
    if (last !== undefined && time.now() < last.endsAt)
      throw new GitHubError("refused", 403, `run ${id}: This workflow is already running`);
    if (mode === "failed-jobs" && last?.conclusion === "success")
      throw new GitHubError("refused", 403, `run ${id}: This workflow run cannot be retried`);
    this.#begin(run, by);
    journal.add({ kind: "rerun", at: time.now(), leftAt, run: id, attempt: run.attempts.length, by });
  }

  cancel(repo: string, id: number, forced: boolean, by: RunAttempt["by"]): void {
    const run = this.#run(repo, id);
    const { draw, journal, time } = this.world;
    const last = run.attempts.at(-1);
    if (last === undefined || time.now() >= last.endsAt)
      throw new GitHubError("refused", 409, `run ${id}: Cannot cancel a workflow run that is completed`);
    journal.add({ kind: "cancelled", at: time.now(), run: id, forced, by });
    if (!last.stubborn || forced) this.#end(run, last, time.now() + draw.between(500, 15_000));
  }

  /** As lists show it, maybe as they were a while ago. */
  list(repo: string, event: string, createdSince: number): WorkflowRunSnapshot[] {
    const at = this.#readAt();
    const { fullName } = this.world.repository(repo);
    const shown = this.runs.filter(
      (run) =>
        run.repo === fullName &&
        run.event === event &&
        run.shownAt <= at &&
        dated(run.createdAt, this.world.skew) >= createdSince,
    );
    return shown.map((run) => this.#show(run, at));
  }

  /** By id. What was shown once is never gone again, but may be as it was. */
  read(repo: string, id: number): WorkflowRunSnapshot | null {
    const run = this.#byId.get(id);
    if (run === undefined || run.repo !== this.world.repository(repo).fullName) return null;
    const at = this.#readAt();
    return run.seenAt === null && run.shownAt > at ? null : this.#show(run, at);
  }

  /** The very state of now, as a webhook has it. */
  snapshot(run: SimulatedRun): WorkflowRunSnapshot {
    return snapshotAt(run, this.world.time.now(), this.world.skew);
  }

  find(id: number): SimulatedRun | undefined {
    return this.#byId.get(id);
  }

  failedJobs(repo: string, id: number, number: number): FailedJob[] {
    const attempt = this.#run(repo, id).attempts[number - 1];
    if (attempt?.conclusion !== "failure" || this.world.time.now() < attempt.endsAt) return [];
    return [failedJobOf(id, attempt)];
  }

  artifacts(repo: string, id: number): ArtifactInfo[] {
    return this.#run(repo, id).artifacts.map(({ id, name, size, expired, createdAt, sha256 }) => {
      return { id, name, size, expired, createdAt, sha256 };
    });
  }

  /** What a download of an artifact gives. */
  download(artifactId: number): Buffer {
    for (const run of this.runs)
      for (const artifact of run.artifacts)
        if (artifact.id === artifactId && !artifact.expired) {
          const { attempt, served } = artifact;
          const at = this.world.time.now();
          this.world.journal.add({ kind: "downloaded", at, run: run.id, attempt, sha256: sha256(served) });
          return served;
        }
    throw new GitHubError("refused", 410, `artifact ${artifactId}: Gone`);
  }

  #readAt(): number {
    const { draw, faults, journal, time } = this.world;
    if (!draw.chance(faults.stale)) return time.now();
    journal.struck("stale answer");
    return time.now() - draw.below(LONGEST_LAG);
  }

  #show(run: SimulatedRun, at: number): WorkflowRunSnapshot {
    run.seenAt ??= this.world.time.now();
    return snapshotAt(run, at, this.world.skew);
  }

  #run(repo: string, id: number): SimulatedRun {
    const run = this.#byId.get(id);
    if (run === undefined || run.repo !== this.world.repository(repo).fullName)
      throw new GitHubError("refused", 404, `run ${id}: Not Found`);
    return run;
  }
}
