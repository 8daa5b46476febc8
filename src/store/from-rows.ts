/** Rows back to domain values: what to-rows.ts made, and what earlier versions left. */
import { PLAN_VERSION, type ReleasePlan } from "../chain/plan.js";
import type { Attempt, CollectedArtifact, CollectedFile, ComponentRun, Publication, ReleaseRun } from "../chain/run.js";
import type { Delivery } from "../coordinator/ports.js";
import { readText } from "./free-text.js";
import type * as Rows from "./generated/client.js";
import { StoreError } from "./store-error.js";

/** A row that came as JSON: its whole numbers are numbers, none of which is beyond 2^53. */
type Plain<Row> = {
  [Column in keyof Row]: bigint extends Row[Column] ? Exclude<Row[Column], bigint> | number : Row[Column];
};

/** The whole of a run as it lies in the tables, each list in order. */
export interface StoredRun {
  run: Plain<Rows.ReleaseRun>;
  plan: Rows.Plan | null;
  publication: Plain<Rows.Publication> | null;
  components: Plain<Rows.ComponentRun>[];
  attempts: Plain<Rows.Attempt>[];
  artifacts: Plain<Rows.Artifact>[];
  files: Plain<Rows.ArtifactFile>[];
}

/** Throws StoreError `plan_version` where another version of the program wrote the plan. */
export function readRun({ run, plan, publication, components, attempts, artifacts, files }: StoredRun): ReleaseRun {
  const attemptsOf = groupBy(attempts, (row) => row.componentId);
  const artifactsOf = groupBy(artifacts, (row) => row.componentId);
  const filesOf = groupBy(files, (row) => partKey(row.componentId, row.artifactPosition));
  return {
    id: run.id,
    rowVersion: run.rowVersion,
    hub: run.hub,
    tag: run.tag,
    releaseId: run.releaseId,
    author: run.author,
    trigger: run.trigger as ReleaseRun["trigger"],
    status: run.status as ReleaseRun["status"],
    conclusion: run.conclusion as ReleaseRun["conclusion"],
    reason: readText(run.reason),
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    completedAt: run.completedAt,
    timedFrom: run.timedFrom,
    configRef: run.configRef,
    basedOn: run.basedOn,
    group: run.group,
    plan: plan && readPlan(plan),
    components: components.map((row) =>
      readComponent(
        row,
        (attemptsOf.get(row.id) ?? []).map(readAttempt),
        (artifactsOf.get(row.id) ?? []).map((artifact) =>
          readArtifact(artifact, (filesOf.get(partKey(row.id, artifact.position)) ?? []).map(readFile)),
        ),
      ),
    ),
    publication: publication && readPublication(publication, run),
    lock: run.lockJson === null ? null : (JSON.parse(run.lockJson) as NonNullable<ReleaseRun["lock"]>),
    ending: run.endingJson === null ? null : (JSON.parse(run.endingJson) as NonNullable<ReleaseRun["ending"]>),
  };
}

function groupBy<T>(rows: T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}

function partKey(componentId: string, position: number): string {
  return `${position} ${componentId}`;
}

function readPlan(row: Rows.Plan): ReleasePlan {
  if (row.version !== PLAN_VERSION) {
    throw new StoreError(
      "plan_version",
      `The plan of release run ${row.runId} has version ${row.version}; this release-chain reads version ` +
        `${PLAN_VERSION}. Use the version of release-chain that made it.`,
    );
  }
  return JSON.parse(row.planJson) as ReleasePlan;
}

/** As versions that did not keep it have it. */
const NOTHING_BEFORE: Publication["before"] = { assets: [], section: null };

function readPublication(row: Plain<Rows.Publication>, run: StoredRun["run"]): Publication {
  return {
    release: row.releaseJson === null ? startedBy(run) : (JSON.parse(row.releaseJson) as Publication["release"]),
    assets: JSON.parse(row.assetsJson) as Publication["assets"],
    foreign: JSON.parse(row.foreignJson) as Publication["foreign"],
    before: row.beforeJson === null ? NOTHING_BEFORE : (JSON.parse(row.beforeJson) as Publication["before"]),
    published: JSON.parse(row.publishedJson) as Publication["published"],
    url: readText(row.url),
    failures: row.failures,
    retryAt: row.retryAt,
  };
}

/** Versions that did not keep it published to the release that started the run. */
function startedBy({ hub, releaseId }: StoredRun["run"]): Publication["release"] {
  return { repo: hub, id: releaseId, made: false };
}

function readComponent(
  row: Plain<Rows.ComponentRun>,
  attempts: Attempt[],
  artifacts: CollectedArtifact[],
): ComponentRun {
  return {
    id: row.id,
    status: row.status as ComponentRun["status"],
    conclusion: row.conclusion as ComponentRun["conclusion"],
    skippedBy: row.skippedBy as ComponentRun["skippedBy"],
    reusedFrom: row.reusedJson === null ? null : (JSON.parse(row.reusedJson) as ComponentRun["reusedFrom"]),
    reason: readText(row.reason),
    sha: row.sha,
    attempts,
    retryAt: row.retryAt,
    forgiven: row.forgiven,
    stopping: row.stoppingJson === null ? null : (JSON.parse(row.stoppingJson) as ComponentRun["stopping"]),
    artifacts,
    completedAt: row.completedAt,
  };
}

function readAttempt(row: Plain<Rows.Attempt>): Attempt {
  return {
    number: row.number,
    kind: row.kind as Attempt["kind"],
    mode: row.mode as Attempt["mode"],
    dispatchId: row.dispatchId,
    status: row.status as Attempt["status"],
    conclusion: row.conclusion as Attempt["conclusion"],
    send: row.send as Attempt["send"],
    interrupted: row.interrupted,
    intendedAt: row.intendedAt,
    sentAt: row.sentAt,
    sentClock: row.sentClock as Attempt["sentClock"],
    workflowRunId: row.workflowRunId,
    runAttempt: row.runAttempt,
    url: readText(row.url),
    matchedBy: row.matchedBy as Attempt["matchedBy"],
    headSha: row.headSha,
    foundAt: row.foundAt,
    startedAt: row.startedAt,
    pausedAt: row.pausedAt,
    pausedFor: row.pausedFor,
    runStartedAt: row.runStartedAt,
    succeededAt: row.succeededAt,
    completedAt: row.completedAt,
    failureClass: row.failureClass as Attempt["failureClass"],
    detail: readText(row.detail),
    candidates: JSON.parse(row.candidatesJson) as Attempt["candidates"],
    cancel: row.cancelJson === null ? null : (JSON.parse(row.cancelJson) as NonNullable<Attempt["cancel"]>),
  };
}

function readArtifact(row: Plain<Rows.Artifact>, files: CollectedFile[]): CollectedArtifact {
  return {
    id: row.artifactId,
    name: readText(row.name),
    size: row.size,
    sha256: row.sha256,
    digestVerified: row.digestVerified,
    createdAt: row.createdAt,
    files,
  };
}

function readFile(row: Plain<Rows.ArtifactFile>): CollectedFile {
  return {
    path: readText(row.path),
    size: row.size,
    sha256: row.sha256,
    checkedBy: JSON.parse(row.checkedByJson) as CollectedFile["checkedBy"],
    attestedBy: readText(row.attestedBy),
  };
}

export function readDelivery(row: Rows.Delivery): Delivery {
  return {
    guid: row.guid,
    event: row.event,
    action: row.action,
    receivedAt: Number(row.receivedAt),
    facts: JSON.parse(row.factsJson) as Delivery["facts"],
  };
}
