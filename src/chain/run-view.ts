/** A release run as `GET runs/{id}` and `status --json` give it (CONTRACT.md section 3). Times are ISO 8601. */
import type { FailureClass, RetryMode } from "./config.js";
import { explain, ALONE, type Surroundings } from "./explain.js";
import { explainRun } from "./explain-run.js";
import { mostAttempts } from "./failures.js";
import { webRoot } from "./lock-file.js";
import { targetOf, type PlannedComponent } from "./plan.js";
import type {
  Attempt,
  AttemptStatus,
  ComponentConclusion,
  ComponentRun,
  ComponentStatus,
  ReleaseRun,
  RunConclusion,
  RunStatus,
} from "./run.js";
import type { TransferProgress } from "./transfer-progress.js";

export interface AttemptView {
  number: number;
  kind: "dispatch" | "rerun";
  /** How it was tried: a new dispatch, or which jobs of the workflow run again. */
  mode: RetryMode;
  dispatchId: string;
  workflowRunId: number | null;
  runAttempt: number;
  url: string | null;
  /** How its workflow run was told apart from others; null: it is not, yet. */
  matchedBy: Attempt["matchedBy"];
  /** Ids of the workflow runs that could be its own, where there are several: one of them can be adopted. */
  candidates: number[];
  status: AttemptStatus;
  conclusion: RunConclusion | null;
  failureClass: FailureClass | null;
  detail: string | null;
  startedAt: string | null;
  completedAt: string | null;
  /** When the attempt after this one may start. */
  retryAt: string | null;
}

export interface ComponentView {
  id: string;
  repo: string;
  sha: string;
  build: boolean;
  needs: string[];
  status: ComponentStatus;
  conclusion: ComponentConclusion | null;
  why: string | null;
  /** How far its downloads are, where this server does them; null: none is under way. */
  transfer: TransferProgress | null;
  /** By whom it was skipped: for the sake of a need that did not succeed, or a person said so; null: it was not. */
  skippedBy: ComponentRun["skippedBy"];
  /** The earlier release run that built what it has; null: this one did, or will. */
  reusedFrom: ComponentRun["reusedFrom"];
  /** How many attempts there may be by now: `retry.max-attempts`, and those that do not count; 0: it is not built. */
  maxAttempts: number;
  attempts: AttemptView[];
}

export interface RunView {
  id: string;
  hub: string;
  tag: string;
  status: RunStatus;
  conclusion: RunConclusion | null;
  reason: string | null;
  /** What the whole run waits for; null: its components say all. */
  why: string | null;
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  trigger: ReleaseRun["trigger"];
  /** Branch, tag or SHA where the configuration is read; null: at the tag. */
  configRef: string | null;
  /** The earlier release run of the tag whose builds are reused where they still hold; null: there is none. */
  basedOn: string | null;
  groups: string[][];
  components: ComponentView[];
  /** The release that gets the files; null: not known yet. */
  release: ReleaseView | null;
}

export interface ReleaseView {
  /** null: it is yet to be made. */
  id: number | null;
  repo: string;
  tag: string;
  /** Where it is, or will be. */
  url: string;
  /** It is a draft, for a person to publish. */
  draft: boolean;
  assets: { name: string; size: number; sha256: string }[];
  /** How far its uploads are, where this server does them; null: none is under way. */
  transfer: TransferProgress | null;
}

function iso(at: number): string;
function iso(at: number | null): string | null;
function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** The view of a run without its components. */
export type RunSummary = Omit<RunView, "components" | "groups">;

/** As `runView`, for who tells of many runs and only how many components are how. */
export function runSummary(run: ReleaseRun, now: number, surroundings: Surroundings = ALONE): RunSummary {
  return {
    id: run.id,
    hub: run.hub,
    tag: run.tag,
    status: run.status,
    conclusion: run.conclusion,
    reason: run.reason,
    why: explainRun(run, now, surroundings),
    createdAt: iso(run.createdAt),
    startedAt: iso(run.startedAt),
    completedAt: iso(run.completedAt),
    trigger: run.trigger,
    configRef: run.configRef,
    basedOn: run.basedOn,
    release: releaseView(run, surroundings),
  };
}

/**
 * The view of a run at a time (ms); `why` explains what the run and each unfinished component wait for, given what is
 * known of other runs and of GitHub's limits.
 */
export function runView(run: ReleaseRun, now: number, surroundings: Surroundings = ALONE): RunView {
  const planned = new Map(run.plan?.components.map((component) => [component.id, component]));
  const { release, ...summary } = runSummary(run, now, surroundings);
  return {
    ...summary,
    groups: run.plan?.groups ?? [],
    components: run.components.map((component) => ({
      ...componentView(component, planned.get(component.id)),
      why: explain(run, component.id, now, surroundings),
      transfer: surroundings.transfer(component.id),
    })),
    release,
  };
}

function componentView(
  component: ComponentRun,
  planned: PlannedComponent | undefined,
): Omit<ComponentView, "why" | "transfer"> {
  const { attempts } = component;
  return {
    id: component.id,
    repo: planned?.repo ?? "",
    sha: component.sha,
    build: planned?.build ?? false,
    needs: [...new Set(planned?.needs.map((need) => need.id))],
    status: component.status,
    conclusion: component.conclusion,
    skippedBy: component.skippedBy,
    reusedFrom: component.reusedFrom,
    maxAttempts: planned?.build === true ? mostAttempts(component, planned) : 0,
    attempts: attempts.map((attempt, index) =>
      attemptView(attempt, index === attempts.length - 1 ? component.retryAt : null),
    ),
  };
}

function attemptView(attempt: Attempt, retryAt: number | null): AttemptView {
  return {
    number: attempt.number,
    kind: attempt.kind,
    mode: attempt.mode,
    dispatchId: attempt.dispatchId,
    workflowRunId: attempt.workflowRunId,
    runAttempt: attempt.runAttempt,
    url: attempt.url,
    matchedBy: attempt.matchedBy,
    candidates: attempt.candidates,
    status: attempt.status,
    conclusion: attempt.conclusion,
    failureClass: attempt.failureClass,
    detail: attempt.detail,
    startedAt: iso(attempt.startedAt),
    completedAt: iso(attempt.completedAt),
    retryAt: iso(retryAt),
  };
}

function releaseView({ plan, publication }: ReleaseRun, surroundings: Surroundings): ReleaseView | null {
  if (plan === null) return null;
  const target = targetOf(plan);
  const isHubs = target.repo === plan.hub && target.tag === plan.tag;
  const page = `${webRoot(plan) ?? "https://github.com"}/${target.repo}/releases/tag/${target.tag}`;
  const assets = publication?.published ?? [];
  return {
    id: publication?.release.id ?? target.releaseId,
    repo: target.repo,
    tag: target.tag,
    url: publication?.url ?? (isHubs ? plan.release.url : page),
    draft: publication?.release.made === true && (publication.url === null || plan.publish.draft),
    assets: assets.map(({ name, size, sha256 }) => ({ name, size, sha256 })),
    transfer: surroundings.transfer(null),
  };
}
