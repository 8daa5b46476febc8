/** A release run as `GET runs/{id}` and `status --json` give it (CONTRACT.md section 3). Times are ISO 8601. */
import type { FailureClass } from "./config.js";
import { explain } from "./explain.js";
import type {
  AttemptStatus,
  ComponentConclusion,
  ComponentStatus,
  ReleaseRun,
  RunConclusion,
  RunStatus,
} from "./run.js";

export interface AttemptView {
  number: number;
  kind: "dispatch" | "rerun";
  dispatchId: string;
  workflowRunId: number | null;
  runAttempt: number;
  url: string | null;
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
  attempts: AttemptView[];
}

export interface RunView {
  id: string;
  hub: string;
  tag: string;
  status: RunStatus;
  conclusion: RunConclusion | null;
  reason: string | null;
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  groups: string[][];
  components: ComponentView[];
  release: { id: number; url: string; assets: { name: string; size: number; sha256: string }[] } | null;
}

function iso(at: number): string;
function iso(at: number | null): string | null;
function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** The view of a run at a time (ms); `why` explains what each unfinished component waits for. */
export function runView(run: ReleaseRun, now: number): RunView {
  const planned = new Map(run.plan?.components.map((component) => [component.id, component]));
  return {
    id: run.id,
    hub: run.hub,
    tag: run.tag,
    status: run.status,
    conclusion: run.conclusion,
    reason: run.reason,
    createdAt: iso(run.createdAt),
    startedAt: iso(run.startedAt),
    completedAt: iso(run.completedAt),
    groups: run.plan?.groups ?? [],
    components: run.components.map((component) => ({
      id: component.id,
      repo: planned.get(component.id)?.repo ?? "",
      sha: component.sha,
      build: planned.get(component.id)?.build ?? false,
      needs: [...new Set(planned.get(component.id)?.needs.map((need) => need.id))],
      status: component.status,
      conclusion: component.conclusion,
      why: explain(run, component.id, now),
      attempts: component.attempts.map((attempt, index) => ({
        number: attempt.number,
        kind: attempt.kind,
        dispatchId: attempt.dispatchId,
        workflowRunId: attempt.workflowRunId,
        runAttempt: attempt.runAttempt,
        url: attempt.url,
        status: attempt.status,
        conclusion: attempt.conclusion,
        failureClass: attempt.failureClass,
        detail: attempt.detail,
        startedAt: iso(attempt.startedAt),
        completedAt: iso(attempt.completedAt),
        retryAt: index === component.attempts.length - 1 ? iso(component.retryAt) : null,
      })),
    })),
    release: releaseView(run),
  };
}

function releaseView(run: ReleaseRun): RunView["release"] {
  if (run.plan === null) return null;
  const assets = run.publication?.published ?? [];
  return {
    id: run.plan.release.id,
    url: run.publication?.url ?? run.plan.release.url,
    assets: assets.map(({ name, size, sha256 }) => ({ name, size, sha256 })),
  };
}
