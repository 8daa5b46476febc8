/** Domain values to rows; with from-rows.ts the one place that knows BigInt columns and JSON text. */
import type { ReleasePlan } from "../chain/plan.js";
import type { Attempt, CollectedArtifact, ComponentRun, Publication, ReleaseRun } from "../chain/run.js";
import type { Delivery, Processed } from "../coordinator/ports.js";
import { freeText } from "./free-text.js";
import type { Prisma } from "./generated/client.js";

/** Where a component stands in its run. */
export interface ComponentPlace {
  runId: string;
  position: number;
  repo: string;
}

/** Where an attempt or artifact stands. */
export interface PartPlace {
  runId: string;
  componentId: string;
  position: number;
}

/** Names a hub's tag; an owner or repository name has no `@`. */
export function releaseKey(hub: string, tag: string): string {
  return `${hub}@${tag}`;
}

/** Whether an attempt is a dispatch whose workflow run is yet to be found: at most one on a repository. */
function isUnidentified(attempt: Attempt): boolean {
  return attempt.kind === "dispatch" && attempt.status === "dispatching" && attempt.workflowRunId === null;
}

/** Whether a run has the place of its group: it builds or publishes. */
function isAdmitted({ status }: ReleaseRun): boolean {
  return status === "building" || status === "publishing";
}

export function runRow(run: ReleaseRun): Prisma.ReleaseRunCreateManyInput {
  return {
    id: run.id,
    rowVersion: run.rowVersion,
    hub: run.hub,
    tag: run.tag,
    releaseId: run.releaseId,
    author: run.author,
    trigger: run.trigger,
    status: run.status,
    conclusion: run.conclusion,
    reason: freeText(run.reason),
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    completedAt: run.completedAt,
    endingJson: run.ending && JSON.stringify(run.ending),
    lockJson: run.lock && JSON.stringify(run.lock),
    configRef: run.configRef,
    basedOn: run.basedOn,
    timedFrom: run.timedFrom,
    group: run.group,
    admittedGroup: isAdmitted(run) ? run.group : null,
    liveKey: run.status === "completed" ? null : releaseKey(run.hub, run.tag),
    webhookKey: run.trigger === "webhook" ? releaseKey(run.hub, run.tag) : null,
    retentionJson: run.plan?.retention === undefined ? null : JSON.stringify(run.plan.retention),
  };
}

export function planRow(runId: string, plan: ReleasePlan): Prisma.PlanCreateManyInput {
  return { runId, version: plan.version, planJson: JSON.stringify(plan) };
}

export function publicationRow(runId: string, publication: Publication): Prisma.PublicationCreateManyInput {
  const { release, assets, foreign, before, published, url, failures, retryAt } = publication;
  return {
    runId,
    releaseJson: JSON.stringify(release),
    url: freeText(url),
    failures,
    retryAt,
    assetsJson: JSON.stringify(assets),
    foreignJson: JSON.stringify(foreign),
    beforeJson: JSON.stringify(before),
    publishedJson: JSON.stringify(published),
  };
}

export function componentRow(component: ComponentRun, place: ComponentPlace): Prisma.ComponentRunCreateManyInput {
  const { id, status, conclusion, skippedBy, sha, retryAt, completedAt } = component;
  return {
    ...place,
    id,
    status,
    conclusion,
    skippedBy,
    reusedJson: component.reusedFrom && JSON.stringify(component.reusedFrom),
    reason: freeText(component.reason),
    sha,
    retryCount: Math.max(0, component.attempts.length - 1),
    retryAt,
    forgiven: component.forgiven,
    stoppingJson: component.stopping && JSON.stringify(component.stopping),
    completedAt,
  };
}

export function attemptRow(attempt: Attempt, place: PartPlace, repo: string): Prisma.AttemptCreateManyInput {
  const { candidates, cancel, ...columns } = attempt;
  return {
    ...columns,
    ...place,
    repo,
    url: freeText(attempt.url),
    detail: freeText(attempt.detail),
    candidatesJson: JSON.stringify(candidates),
    cancelJson: cancel && JSON.stringify(cancel),
    unidentifiedRepo: isUnidentified(attempt) ? repo : null,
  };
}

export function artifactRow(artifact: CollectedArtifact, place: PartPlace): Prisma.ArtifactCreateManyInput {
  const { id, name, size, sha256, digestVerified, createdAt } = artifact;
  return { ...place, artifactId: id, name: freeText(name), size, sha256, digestVerified, createdAt };
}

export function fileRows(artifact: CollectedArtifact, place: PartPlace): Prisma.ArtifactFileCreateManyInput[] {
  const { runId, componentId, position: artifactPosition } = place;
  return artifact.files.map(({ path, size, sha256, checkedBy, attestedBy }, position) => {
    const place = { runId, componentId, artifactPosition, position };
    const checkedByJson = JSON.stringify(checkedBy);
    return { ...place, path: freeText(path), size, sha256, checkedByJson, attestedBy: freeText(attestedBy) };
  });
}

export function deliveryRow(delivery: Delivery, processed?: Processed): Prisma.DeliveryCreateInput {
  const { facts, ...columns } = delivery;
  const { at, outcome } = processed ?? { at: null, outcome: null };
  return { ...columns, factsJson: JSON.stringify(facts), processedAt: at, outcome };
}
