/** Collects what a successful workflow run made: chooses the artifacts, has each downloaded, verified and stored. */
import pLimit from "p-limit";
import pRetry, { AbortError } from "p-retry";
import type { ArtifactRules } from "../chain/config.js";
import { tokenIssuerOf } from "../chain/attestation.js";
import type { RunEvent } from "../chain/events.js";
import { isWantedArtifact, isWantedFile } from "../chain/artifact-rules.js";
import type { Attempt, CollectedArtifact } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { makeRoom } from "./make-room.js";
import { ArtifactError, GitHubError } from "./ports.js";
import type { ArtifactInfo, ResumePoint, UnpackRequest } from "./ports.js";
import type { KeepingDeps } from "./prune-artifacts.js";
import type { Step } from "./step.js";
import type { Transfer, Transfers } from "./transfers.js";

/** Artifacts of one component that are downloaded at the same time. */
const DOWNLOADS = 2;
/** Further tries of a download that broke off; after them the whole step is tried again, later. */
const DOWNLOAD_RETRIES = 3;

type CollectDeps = KeepingDeps &
  Pick<Deps, "github" | "artifactIntake" | "log" | "webUrl" | "tracing"> & { transfers: Transfers };

/**
 * Collects an attempt's artifacts. What is wrong with an artifact ends the attempt (class `artifact`); what is wrong with
 * the network or the disk is thrown, to be tried again until `collect-timeout`.
 */
export async function collect(step: Step, deps: CollectDeps, signal: AbortSignal): Promise<RunEvent[]> {
  const { planned, attempt } = step;
  const id = { component: planned.id, attempt: attempt.number };
  try {
    const listed = await deps.github.artifacts(planned.repo, attempt.workflowRunId ?? 0);
    const chosen = chooseArtifacts(listed, planned.artifacts, attempt);
    const artifacts = await takeAll(step, chosen, deps, signal);
    const files = artifacts.reduce((sum, artifact) => sum + artifact.files.length, 0);
    if (files === 0 && planned.artifacts.required) throw new ArtifactError(nothingWords(listed, chosen));
    return [{ kind: "collected", at: deps.clock.now(), ...id, artifacts }];
  } catch (cause) {
    if (!(cause instanceof ArtifactError)) throw cause;
    return [{ kind: "attempt-failed", at: deps.clock.now(), ...id, failureClass: "artifact", detail: cause.message }];
  }
}

/**
 * The artifacts that count: chosen by name, the newest of each name (a rerun leaves those of earlier attempts listed,
 * and the highest id can be the older). Where all jobs ran again, only what they made.
 */
function chooseArtifacts(
  listed: readonly ArtifactInfo[],
  rules: ArtifactRules,
  attempt: Pick<Attempt, "mode" | "runStartedAt">,
): ArtifactInfo[] {
  const since = attempt.mode === "all-jobs" ? (attempt.runStartedAt ?? 0) : 0;
  const newest = new Map<string, ArtifactInfo>();
  for (const info of listed) {
    if (info.createdAt < since || !isWantedArtifact(rules, info.name)) continue;
    const other = newest.get(info.name);
    if (other === undefined || isNewer(info, other)) newest.set(info.name, info);
  }
  return [...newest.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** GitHub's times are whole seconds; within one, the higher id is the newer. */
function isNewer(a: ArtifactInfo, b: ArtifactInfo): boolean {
  return a.createdAt === b.createdAt ? a.id > b.id : a.createdAt > b.createdAt;
}

function nothingWords(listed: readonly ArtifactInfo[], chosen: readonly ArtifactInfo[]): string {
  if (listed.length === 0)
    return "the workflow run succeeded without any artifact; upload one, or set artifacts.required to false";
  const names = listed.map(({ name }) => `"${name}"`).join(", ");
  if (chosen.length === 0) return `no artifact matches artifacts.include and exclude; the workflow run made ${names}`;
  return `no file in ${names} matches artifacts.files and exclude`;
}

/** Downloads a few at a time; how far they are can be seen meanwhile. */
async function takeAll(
  step: Step,
  chosen: readonly ArtifactInfo[],
  deps: CollectDeps,
  signal: AbortSignal,
): Promise<CollectedArtifact[]> {
  const bytes = chosen.reduce((sum, { size }) => sum + size, 0);
  await makeRoom(bytes, deps, signal);
  const transfer = deps.transfers.begin(step.run.id, step.planned.id, chosen.length, bytes);
  const limit = pLimit(DOWNLOADS);
  const one = async (info: ArtifactInfo): Promise<CollectedArtifact> => {
    const taken = await traced(info, deps, () => take(step, info, transfer, deps, signal));
    transfer.done(info.name);
    return taken;
  };
  try {
    return await Promise.all(chosen.map((info) => limit(() => one(info))));
  } finally {
    transfer.end();
  }
}

/** Downloaded, verified and unpacked: a span of its own. */
function traced<T>(info: ArtifactInfo, { tracing }: CollectDeps, work: () => Promise<T>): Promise<T> {
  const attributes = { "release_chain.artifact": info.name, "release_chain.bytes": info.size };
  return tracing === undefined ? work() : tracing.during("artifact", attributes, work);
}

async function take(
  step: Step,
  info: ArtifactInfo,
  transfer: Transfer,
  deps: CollectDeps,
  signal: AbortSignal,
): Promise<CollectedArtifact> {
  const { planned } = step;
  if (info.expired) throw new ArtifactError(`the artifact "${info.name}" has expired on GitHub`);
  const request: UnpackRequest = {
    info,
    ...attestationOf(step, deps),
    limits: planned.artifacts.limits,
    download: async (inner: AbortSignal, from?: ResumePoint) => {
      const download = await deps.github.downloadArtifact(planned.repo, info.id, inner, from);
      return { ...download, body: transfer.counted(info.name, download.body, download.offset) };
    },
    wanted: (path: string) => isWantedFile(planned.artifacts, path),
    interrupted(sentence: string) {
      deps.log.info({ component: planned.id, artifact: info.name }, sentence);
    },
  };
  return pRetry(() => deps.artifactIntake.take(request, signal).catch(rethrow(info)), {
    retries: DOWNLOAD_RETRIES,
    minTimeout: 250,
    signal,
    onFailedAttempt: ({ error, attemptNumber }) => {
      const fields = { component: planned.id, artifact: info.name, try: attemptNumber, cause: error.message };
      deps.log.warn(fields, "a download broke off");
    },
  });
}

/** The workflow that was planned has to be the one that signed. */
function attestationOf({ planned }: Step, { github, webUrl }: CollectDeps): Pick<UnpackRequest, "attestation"> {
  const { repo, workflow, artifacts } = planned;
  if (artifacts.attestation === "off" || workflow === null) return {};
  return {
    attestation: {
      required: artifacts.attestation === "required",
      instance: planned.private ? "github" : "public",
      expected: { issuer: tokenIssuerOf(webUrl), webUrl, repo, workflowPath: workflow.path },
      bundles: (sha256) => github.attestations(repo, sha256),
    },
  };
}

/** Only broken transfers are worth an immediate repetition. */
function rethrow(info: ArtifactInfo): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof GitHubError && cause.status === 410)
      throw new AbortError(new ArtifactError(`the artifact "${info.name}" has expired on GitHub`));
    if (cause instanceof GitHubError && cause.kind === "unknown") throw cause;
    throw new AbortError(cause instanceof Error ? cause : String(cause));
  };
}
