/** The release plan: the frozen, versioned answer to "what will happen". Stored as JSON; never changed once made. */
import type {
  ArtifactRules,
  ComponentTimeouts,
  EdgeKind,
  GraphRules,
  InputValue,
  PublishRules,
  RetryPolicy,
  Trigger,
} from "./config.js";
import type { GraphReport, ReportedLayer } from "./graph-report.js";
import type { NotifyRule } from "./notices.js";
import type { RetentionRules } from "./retention.js";
import type { CollectedArtifact } from "./run.js";

export const PLAN_VERSION = 1;

export interface PlannedWorkflow {
  id: number;
  /** `.github/workflows/build.yml` */
  path: string;
  name: string;
  /** Inputs that its `workflow_dispatch` declares; empty for repository_dispatch. */
  declaredInputs: string[];
}

/** What a ref names in its repository. */
export type RefKind = "branch" | "tag" | "commit";

export interface PlannedComponent {
  id: string;
  /** `owner/name`, or the URL of a Git repository on another host. */
  repo: string;
  private: boolean;
  build: boolean;
  defaultBranch: string | null;
  /** What was asked for: branch, tag or SHA. */
  ref: string;
  /** What `ref` names; absent where nobody asked, as for repositories on other hosts. */
  refKind?: RefKind;
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
  /** One entry for each kind of need between the two; only the kinds that `graph.kinds` asks for. */
  needs: { id: string; kind: EdgeKind }[];
  /** What its layers say at `sha`; empty where it has none, or they were not read. */
  layers: ReportedLayer[];
  /** The series that it names as the core's (LAYERSERIES_CORENAMES), sorted; absent where it is no core, or names none. */
  coreSeries?: string[];
  /** Commits since the previous successful release run; null where there is none, or nothing to compare. */
  changes: ComponentChanges | null;
  /** Milliseconds, from past successful builds; null: never built before. */
  expectedDuration: number | null;
  optional: boolean;
  timeouts: ComponentTimeouts;
  retry: RetryPolicy;
  artifacts: ArtifactRules;
}

/** What an earlier release run of the same tag built of a component that is planned in the same way now. */
export interface ReusableBuild {
  id: string;
  runId: string;
  tag: string;
  /** The commit that was built. */
  sha: string;
  /** SHA-256s of the files of its direct needs, as `upstreamKey` in reuse.ts writes them. */
  upstream: string;
  artifacts: CollectedArtifact[];
}

/** What happened in a component's repository between two commits. */
export interface ComponentChanges {
  from: string;
  to: string;
  /** `identical`, `ahead`, `behind` or `diverged`, as GitHub's compare API says of `to`. */
  status: string;
  /** How many commits `to` has that `from` has not. */
  total: number;
  /** The newest of them, newest first; at most 50. */
  commits: { sha: string; title: string; author: string }[];
  /** Where a person sees them all. */
  url: string;
}

export interface PlanNote {
  code: string;
  message: string;
}

/** A file that was published, and its size in bytes; of one in parts, the whole. */
export interface FileSize {
  name: string;
  size: number;
}

/** The release that gets the files of a release run. */
export interface PublishTarget {
  /** `owner/name` */
  repo: string;
  tag: string;
  /** The release that is there; null: release-chain makes it, as a draft until the end. */
  releaseId: number | null;
  prerelease: boolean;
  private: boolean;
  /** Branch or SHA: what the tag is put on where it is not there yet; null: it is there. */
  commit: string | null;
}

/** The target of a plan, of whatever version. */
export function targetOf({ target, hub, tag, hubPrivate, release }: ReleasePlan): PublishTarget {
  const { id, prerelease } = release;
  return target ?? { repo: hub, tag, releaseId: id, prerelease, private: hubPrivate, commit: null };
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
  /** The release that started the chain; its id is null where the tag was pushed without one: then `author` pushed it. */
  release: { id: number | null; url: string; prerelease: boolean; author: string };
  /** The release that gets the files. Absent in plans of versions that knew only the one above. */
  target?: PublishTarget;
  /** ISO 8601. */
  createdAt: string;
  schedule: { order: "eager" | "groups"; maxParallel: number; failFast: boolean };
  /** Milliseconds for the whole release run. */
  timeout: number;
  /** Milliseconds. */
  pollInterval: number;
  publish: PublishRules;
  /** How long the files of release runs are kept. Absent in plans of versions that kept all. */
  retention?: RetentionRules;
  /** Who is told. Absent where nobody is, and in plans of versions that told nobody. */
  notify?: NotifyRule[];
  /**
   * The rules that layers are held against again where another commit is built than was locked; `external` also names what
   * excluded components provide. Absent in plans of versions that did not keep them: then nothing is held against them.
   */
  graph?: GraphRules;
  components: PlannedComponent[];
  /** Left out by `when`; they count as satisfied needs. */
  excluded: { id: string; reason: string }[];
  /** Component ids, group by group, sorted within a group. */
  groups: string[][];
  /** The components that take longest one after the other, by past durations, else by their number; in building order. */
  longestPath: { components: string[]; duration: number | null };
  /** The successful release run that changes and durations were compared with; null: the first. */
  previous: { runId: string; tag: string } | null;
  /** What the release of `previous` published. Absent where there is none, and in plans of versions that did not keep it. */
  sizesBefore?: FileSize[];
  /** The text of `publish.notes.template`; absent where there is none: the section is release-chain's own. */
  notesTemplate?: string;
  /** Release runs of one group go one after another. Absent in plans of versions that did not know it. */
  concurrency?: { group: string; cancelInProgress: boolean };
  /** Where the configuration was read, where that is not the tag. */
  configFrom?: { ref: string; sha: string };
  /** Builds of an earlier release run of the tag, each taken in place of a new one where its upstream files are the same. */
  reusable?: ReusableBuild[];
  /** Repositories that get the tag after success (`publish.tag-components`), sorted. */
  tagged?: string[];
  /** The release whose lock the SHAs were taken from; null: they were locked anew. */
  lockedFrom: { hub: string; tag: string } | null;
  /** Needed collections that nobody here provides. */
  unresolved: GraphReport["unresolved"];
  ambiguous: GraphReport["ambiguous"];
  warnings: PlanNote[];
}

/** One reason why a plan is refused. `code` is stable (CONTRACT.md section 3, `reason`). */
export interface PlanProblem {
  code: string;
  /** What, where, and what to do: one or two sentences. */
  message: string;
}
