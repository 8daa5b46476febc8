/**
 * `provenance.intoto.jsonl`, an asset of the release: an in-toto Statement v1 with an SLSA provenance v1 predicate, about all
 * files of the release run. docs/verifying.md describes its fields.
 */
import { compare } from "./graph.js";
import { decisiveAttempt, webRoot } from "./lock-file.js";
import { repositoryUrl } from "./markdown.js";
import { targetOf, type PlannedComponent, type ReleasePlan } from "./plan.js";
import type { CollectedArtifact, ComponentRun, PlannedAsset, ReleaseRun } from "./run.js";

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
export const PREDICATE_TYPE = "https://slsa.dev/provenance/v1";
/** Names how the parameters are to be read; another one where their meaning changes. */
export const BUILD_TYPE = "urn:release-chain:release:v1";

/** in-toto's ResourceDescriptor; one of `uri` and `digest` at least. */
export interface Resource {
  name?: string;
  uri?: string;
  digest?: { sha256: string } | { gitCommit: string };
  annotations?: Record<string, unknown>;
}

export interface Subject extends Resource {
  name: string;
  digest: { sha256: string };
}

export interface Statement {
  _type: typeof STATEMENT_TYPE;
  /** By name. */
  subject: Subject[];
  predicateType: typeof PREDICATE_TYPE;
  predicate: {
    buildDefinition: {
      buildType: typeof BUILD_TYPE;
      externalParameters: Record<string, unknown>;
      internalParameters: Record<string, unknown>;
      resolvedDependencies: Resource[];
    };
    runDetails: {
      builder: { id: string; version: Record<string, string> };
      metadata: { invocationId: string; startedOn: string; finishedOn: string };
      byproducts: Resource[];
    };
  };
}

export interface Builder {
  /** Of the App, as the bot of its requests: `<slug>[bot]`. */
  botLogin: string;
  /** Where people find GitHub, without `/` at the end. */
  webUrl: string;
  /** Of this program. */
  version: string;
}

/**
 * What is known of a commit:
 * - `built`: GitHub says that the workflow run had this commit, and the workflow builds what it was started for;
 * - `requested`: the workflow was asked to check it out, and nothing proves that it did;
 * - `locked`: nothing was built from it.
 */
export type Evidence = "built" | "requested" | "locked";

/**
 * The statement about `assets`: all files of the release but checksums, signature and the statement itself. It knows no time
 * but those of the run, so that the same run, plan and assets give the same bytes.
 */
export function provenance(
  run: ReleaseRun,
  plan: ReleasePlan,
  assets: readonly PlannedAsset[],
  builder: Builder,
): Statement {
  const components = new Map(run.components.map((component) => [component.id, component]));
  const planned = [...plan.components].sort((a, b) => compare(a.id, b.id));
  return {
    _type: STATEMENT_TYPE,
    subject: subjects(assets),
    predicateType: PREDICATE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: externalParameters(plan, planned),
        internalParameters: { releaseRun: run.id },
        resolvedDependencies: [
          hubDependency(plan),
          ...planned.map((component) => dependency(component, components.get(component.id), plan)),
        ],
      },
      runDetails: {
        builder: { id: builderId(builder), version: { "release-chain": builder.version } },
        metadata: {
          invocationId: run.id,
          startedOn: new Date(run.startedAt ?? run.createdAt).toISOString(),
          finishedOn: new Date(builtAt(run)).toISOString(),
        },
        byproducts: planned.flatMap((component) => byproducts(component, components.get(component.id), plan)),
      },
    },
  };
}

/** When the last component ended; ms since 1970. Signatures carry it too, so that they are the same when made again. */
export function builtAt({ components, startedAt, createdAt }: ReleaseRun): number {
  return Math.max(startedAt ?? createdAt, ...components.map(({ completedAt }) => completedAt ?? 0));
}

/** The App's own page. GitHub Enterprise Server has it at another path than github.com. */
function builderId({ botLogin, webUrl }: Builder): string {
  const path = webUrl === "https://github.com" ? "apps" : "github-apps";
  return `${webUrl}/${path}/${encodeURIComponent(botLogin.replace(/\[bot\]$/, ""))}`;
}

/** The files, and the whole of each that is published in parts. */
function subjects(assets: readonly PlannedAsset[]): Subject[] {
  const parts = new Map<string, PlannedAsset[]>();
  for (const asset of assets)
    if (asset.part !== undefined) parts.set(asset.part.of, [...(parts.get(asset.part.of) ?? []), asset]);
  return [...assets.map(subject), ...[...parts.values()].map(whole)].sort((a, b) => compare(a.name, b.name));
}

function subject(asset: PlannedAsset): Subject {
  const { name, size, sha256, part } = asset;
  const place = part === undefined ? origin(asset) : { partOf: part.of, part: part.number };
  return { name, digest: { sha256 }, annotations: { size, ...place } };
}

function whole(parts: readonly PlannedAsset[]): Subject {
  const inOrder = [...parts].sort((a, b) => (a.part?.number ?? 0) - (b.part?.number ?? 0));
  const [first] = inOrder;
  if (first?.part === undefined) throw new Error("a file of no parts");
  const size = inOrder.reduce((sum, one) => sum + one.size, 0);
  const joinedFrom = inOrder.map(({ name }) => name);
  const annotations = { size, ...origin(first), joinedFrom };
  return { name: first.part.of, digest: { sha256: first.part.sha256 }, annotations };
}

/** Where in what was collected it comes from; nothing for what release-chain made. */
function origin({ component, artifact, path }: PlannedAsset): Record<string, string> {
  return {
    ...(component !== null && { component }),
    ...(artifact !== null && { artifact }),
    ...(path !== null && { path }),
  };
}

function externalParameters(plan: ReleasePlan, planned: readonly PlannedComponent[]): Record<string, unknown> {
  const { hub, tag, configPath, configFrom, hubSha, lockedFrom } = plan;
  const target = targetOf(plan);
  return {
    hub,
    tag,
    target: { repo: target.repo, tag: target.tag },
    config: { repo: hub, path: configPath, ref: configFrom?.ref ?? tag, sha: configFrom?.sha ?? hubSha },
    ...(lockedFrom !== null && { lockedFrom: { hub: lockedFrom.hub, tag: lockedFrom.tag } }),
    components: planned.map(({ id, repo, ref, build, trigger, workflow, inputs }) => ({
      id,
      repo,
      ref,
      build,
      ...(build && { trigger, workflow: workflow?.path ?? null, inputs }),
    })),
  };
}

function hubDependency(plan: ReleasePlan): Resource {
  return {
    name: plan.hub,
    uri: gitUri(plan, plan.hub, `refs/tags/${plan.tag}`),
    digest: { gitCommit: plan.hubSha.toLowerCase() },
    annotations: { role: "hub" },
  };
}

function dependency(planned: PlannedComponent, run: ComponentRun | undefined, plan: ReleasePlan): Resource {
  const sha = (run?.sha ?? planned.sha).toLowerCase();
  const lockedSha = planned.sha.toLowerCase();
  return {
    name: planned.id,
    uri: gitUri(plan, planned.repo, fullRef(planned)),
    digest: { gitCommit: sha },
    annotations: {
      role: "component",
      evidence: evidenceOf(planned, run),
      conclusion: run?.conclusion ?? null,
      ...(sha !== lockedSha && { lockedSha }),
      ...(run?.reusedFrom != null && { reusedFrom: reusedFrom(run.reusedFrom) }),
    },
  };
}

function reusedFrom({ runId, tag }: NonNullable<ComponentRun["reusedFrom"]>): Record<string, string> {
  return { releaseRun: runId, tag };
}

/** What is known of the commit of a component. */
export function evidenceOf(planned: PlannedComponent, run: ComponentRun | undefined): Evidence {
  if (!planned.build || run?.conclusion !== "success") return "locked";
  if (planned.checkout === "locked") return "requested";
  // What is reused was taken at the commit that was seen then.
  if (run.reusedFrom !== null) return "built";
  return decisiveAttempt(run)?.headSha?.toLowerCase() === run.sha.toLowerCase() ? "built" : "requested";
}

/** `git+https://github.com/acme/app@refs/heads/main`; without what the ref is, where that is not known. */
function gitUri(plan: ReleasePlan, repo: string, ref: string | null): string {
  const url = repositoryUrl(webRoot(plan) ?? "https://github.com", repo) ?? repo;
  return `${/^git\b/.test(url) ? "" : "git+"}${url}${ref === null ? "" : `@${ref}`}`;
}

function fullRef({ ref, refKind }: PlannedComponent): string | null {
  if (refKind === "branch") return `refs/heads/${ref}`;
  return refKind === "tag" ? `refs/tags/${ref}` : null;
}

/** The workflow run of a component, then what it left behind. */
function byproducts(planned: PlannedComponent, run: ComponentRun | undefined, plan: ReleasePlan): Resource[] {
  if (run === undefined) return [];
  const artifacts = [...run.artifacts].sort((a, b) => compare(a.name, b.name) || a.id - b.id);
  return [...workflowRun(planned, run, plan), ...artifacts.map((artifact) => artifactResource(artifact, run))];
}

function workflowRun(planned: PlannedComponent, run: ComponentRun, plan: ReleasePlan): Resource[] {
  const attempt = decisiveAttempt(run);
  if (attempt?.workflowRunId == null) return [];
  const root = repositoryUrl(webRoot(plan) ?? "https://github.com", planned.repo);
  const uri = attempt.url ?? `${root ?? planned.repo}/actions/runs/${attempt.workflowRunId}`;
  const { number, workflowRunId, runAttempt, conclusion, headSha } = attempt;
  const annotations = { component: run.id, workflowRunId, runAttempt, attempt: number, conclusion, headSha };
  return [{ name: "workflow run", uri, annotations }];
}

function artifactResource(
  { id, name, size, sha256, digestVerified, files }: CollectedArtifact,
  run: ComponentRun,
): Resource {
  const attestations = files
    .flatMap(({ path, sha256: digest, attestedBy }) =>
      attestedBy === null ? [] : [{ path, sha256: digest, attestedBy }],
    )
    .sort((a, b) => compare(a.path, b.path));
  return {
    name,
    digest: { sha256 },
    annotations: {
      component: run.id,
      artifactId: id,
      size,
      digestVerified,
      attestations,
      ...(run.reusedFrom !== null && { reusedFrom: reusedFrom(run.reusedFrom) }),
    },
  };
}
