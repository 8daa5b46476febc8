/** The release plan: the frozen, versioned answer to "what will happen". Stored as JSON; never changed once made. */
import type {
  ArtifactRules,
  ComponentTimeouts,
  EdgeKind,
  InputValue,
  PublishRules,
  RetryPolicy,
  Trigger,
} from "./config.js";

export const PLAN_VERSION = 1;

export interface PlannedWorkflow {
  id: number;
  /** `.github/workflows/build.yml` */
  path: string;
  name: string;
  /** Inputs that its `workflow_dispatch` declares; empty for repository_dispatch. */
  declaredInputs: string[];
}

export interface PlannedComponent {
  id: string;
  /** `owner/name`, or the URL of a Git repository on another host. */
  repo: string;
  private: boolean;
  build: boolean;
  defaultBranch: string | null;
  /** What was asked for: branch, tag or SHA. */
  ref: string;
  /** What it was locked to: 40 (or 64) hex digits. */
  sha: string;
  /** locked: the workflow checks out `client_payload.source.sha`; head: it builds the default branch as it is. */
  checkout: "locked" | "head";
  onMoved: "accept" | "fail";
  trigger: Trigger;
  eventType: string;
  /** null where the component is not built. */
  workflow: PlannedWorkflow | null;
  inputs: Record<string, InputValue>;
  needs: { id: string; kind: EdgeKind }[];
  optional: boolean;
  timeouts: ComponentTimeouts;
  retry: RetryPolicy;
  artifacts: ArtifactRules;
}

export interface PlanNote {
  code: string;
  message: string;
}

export interface ReleasePlan {
  version: typeof PLAN_VERSION;
  /** `owner/name` */
  hub: string;
  tag: string;
  /** Commit of the tag; the configuration was read there. */
  hubSha: string;
  hubPrivate: boolean;
  configPath: string;
  release: { id: number; url: string; prerelease: boolean; author: string };
  /** ISO 8601. */
  createdAt: string;
  schedule: { order: "eager" | "groups"; maxParallel: number; failFast: boolean };
  /** Milliseconds for the whole release run. */
  timeout: number;
  /** Milliseconds. */
  pollInterval: number;
  publish: PublishRules;
  components: PlannedComponent[];
  /** Left out by `when`; they count as satisfied needs. */
  excluded: { id: string; reason: string }[];
  /** Component ids, group by group, sorted within a group. */
  groups: string[][];
  warnings: PlanNote[];
}

/** One reason why a plan is refused. `code` is stable (CONTRACT.md section 3, `reason`). */
export interface PlanProblem {
  code: string;
  /** What, where, and what to do: one or two sentences. */
  message: string;
}
