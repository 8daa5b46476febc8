/** Complete, valid values of the domain, for tests: give what matters, the rest is plain. */
import type { ArtifactRules, ComponentTimeouts, PublishRules, RetryPolicy } from "../../src/chain/config.js";
import type { PlannedComponent, ReleasePlan } from "../../src/chain/plan.js";
import type {
  Attempt,
  CollectedArtifact,
  CollectedFile,
  ComponentRun,
  Publication,
  ReleaseRun,
} from "../../src/chain/run.js";
import type { DecisionContext } from "../../src/chain/actions.js";
import type { Delivery } from "../../src/coordinator/ports.js";

/** 2026-01-01T00:00:00Z, in milliseconds: larger than 32 bits, as are the ids of workflow runs below. */
export const EPOCH = 1_767_225_600_000;
export const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const GIB = 1024 ** 3;

/** What the shell knows at a time (ms) at which everything was just looked at, and nothing outside is in the way. */
export function aContext(now: number, change: Partial<DecisionContext> = {}): DecisionContext {
  return {
    now,
    observedAt: () => now,
    lookedFrom: () => now,
    unansweredSince: () => undefined,
    isBusy: () => false,
    heldBy: null,
    planningUnansweredSince: null,
    budgetLeft: () => null,
    ...change,
  };
}

export function aSha(seed: string | number): string {
  const hex = Buffer.from(String(seed)).toString("hex");
  return hex.repeat(Math.ceil(40 / hex.length)).slice(0, 40);
}

export function aSha256(seed: string | number): string {
  const hex = Buffer.from(`sha256 ${seed}`).toString("hex");
  return hex.repeat(Math.ceil(64 / hex.length)).slice(0, 64);
}

export function someTimeouts(overrides: Partial<ComponentTimeouts> = {}): ComponentTimeouts {
  return { find: 10 * MINUTE, queue: 24 * HOUR, run: 6 * HOUR, collect: HOUR, ...overrides };
}

export function aRetryPolicy(overrides: Partial<RetryPolicy> = {}): RetryPolicy {
  return {
    maxAttempts: 3,
    mode: "failed-jobs",
    backoff: { initial: 30_000, factor: 2, max: 15 * MINUTE, jitter: "none" },
    on: ["transient", "build", "timeout", "cancelled", "not-started", "artifact"],
    ...overrides,
  };
}

export function someArtifactRules(overrides: Partial<ArtifactRules> = {}): ArtifactRules {
  return {
    include: ["*"],
    files: ["**"],
    exclude: [],
    required: true,
    attestation: "off",
    limits: { entries: 10_000, file: 20 * GIB, total: 100 * GIB, ratio: 200 },
    ...overrides,
  };
}

export function somePublishRules(overrides: Partial<PublishRules> = {}): PublishRules {
  return {
    to: {},
    draft: false,
    include: ["**"],
    exclude: [],
    assetName: "${file}",
    largeFiles: "refuse",
    tooMany: "refuse",
    checksums: "SHA256SUMS",
    sign: false,
    provenance: true,
    notes: true,
    tagComponents: false,
    ...overrides,
  };
}

export function aPlannedComponent(overrides: Partial<PlannedComponent> = {}): PlannedComponent {
  const id = overrides.id ?? "meta-acme";
  return {
    id,
    repo: `acme/${id}`,
    private: false,
    build: true,
    defaultBranch: "main",
    ref: "main",
    sha: aSha(id),
    checkout: "head",
    onMoved: "accept",
    trigger: "repository_dispatch",
    eventType: "build-chain",
    workflow: { id: 5_000_000_001, path: ".github/workflows/build.yml", name: "Build", declaredInputs: [] },
    inputs: {},
    needs: [],
    layers: [],
    changes: null,
    expectedDuration: null,
    optional: false,
    timeouts: someTimeouts(),
    retry: aRetryPolicy(),
    artifacts: someArtifactRules(),
    ...overrides,
  };
}

/** Its groups follow from the needs of its components. */
export function aPlan(overrides: Partial<ReleasePlan> = {}): ReleasePlan {
  const components = overrides.components ?? [aPlannedComponent()];
  return {
    version: 1,
    hub: "acme/product",
    tag: "v1.0.0",
    hubSha: aSha("hub"),
    hubPrivate: false,
    configPath: ".github/release-chain.yml",
    release: {
      id: 9_000_000_001,
      url: "https://github.example/acme/product/releases/tag/v1.0.0",
      prerelease: false,
      author: "ada",
    },
    createdAt: new Date(EPOCH).toISOString(),
    schedule: { order: "eager", maxParallel: 8, failFast: false },
    timeout: 48 * HOUR,
    pollInterval: MINUTE,
    publish: somePublishRules(),
    components,
    excluded: [],
    groups: groupsOf(components),
    longestPath: { components: [], duration: null },
    previous: null,
    lockedFrom: null,
    unresolved: [],
    ambiguous: [],
    warnings: [],
    ...overrides,
  };
}

function groupsOf(components: PlannedComponent[]): string[][] {
  const groups: string[][] = [];
  const placed = new Set<string>();
  let rest = components;
  while (rest.length > 0) {
    const pending = new Set(rest.map((component) => component.id));
    const group = rest.filter((component) => component.needs.every((need) => !pending.has(need.id)));
    if (group.length === 0) throw new Error(`The needs of ${[...pending].join(", ")} form a cycle.`);
    groups.push(group.map((component) => component.id).sort());
    for (const component of group) placed.add(component.id);
    rest = rest.filter((component) => !placed.has(component.id));
  }
  return groups;
}

/** A dispatch that was stored and not yet found on GitHub. */
export function anAttempt(overrides: Partial<Attempt> = {}): Attempt {
  const number = overrides.number ?? 1;
  return {
    number,
    kind: "dispatch",
    mode: "failed-jobs",
    dispatchId: `dispatch-${number}`,
    status: "dispatching",
    conclusion: null,
    send: "intended",
    interrupted: false,
    intendedAt: EPOCH,
    sentAt: null,
    sentClock: "own",
    workflowRunId: null,
    runAttempt: 1,
    url: null,
    matchedBy: null,
    headSha: null,
    foundAt: null,
    startedAt: null,
    pausedAt: null,
    pausedFor: 0,
    runStartedAt: null,
    succeededAt: null,
    completedAt: null,
    failureClass: null,
    detail: null,
    candidates: [],
    cancel: null,
    ...overrides,
  };
}

/** An attempt whose workflow run was found and is in progress. */
export function aFoundAttempt(workflowRunId: number, overrides: Partial<Attempt> = {}): Attempt {
  return anAttempt({
    status: "in_progress",
    send: "accepted",
    sentAt: EPOCH + 1_000,
    sentClock: "github",
    workflowRunId,
    url: `https://github.example/runs/${workflowRunId}`,
    matchedBy: "sole-candidate",
    headSha: aSha("head"),
    foundAt: EPOCH + 3_000,
    startedAt: EPOCH + 5_000,
    runStartedAt: EPOCH + 4_000,
    ...overrides,
  });
}

export function aCollectedFile(overrides: Partial<CollectedFile> = {}): CollectedFile {
  const path = overrides.path ?? "images/core-image.wic";
  return { path, size: 5 * GIB, sha256: aSha256(path), checkedBy: ["SHA256SUMS"], attestedBy: null, ...overrides };
}

export function aCollectedArtifact(overrides: Partial<CollectedArtifact> = {}): CollectedArtifact {
  const name = overrides.name ?? "images";
  return {
    id: 7_000_000_001,
    name,
    size: 3 * GIB,
    sha256: aSha256(name),
    digestVerified: true,
    createdAt: EPOCH + HOUR,
    files: [aCollectedFile()],
    ...overrides,
  };
}

/** A component that waits. */
export function aComponentRun(overrides: Partial<ComponentRun> = {}): ComponentRun {
  const id = overrides.id ?? "meta-acme";
  return {
    id,
    status: "waiting",
    conclusion: null,
    skippedBy: null,
    reusedFrom: null,
    forgiven: 0,
    stopping: null,
    reason: null,
    sha: aSha(id),
    attempts: [],
    retryAt: null,
    artifacts: [],
    completedAt: null,
    ...overrides,
  };
}

export function aPublication(overrides: Partial<Publication> = {}): Publication {
  const sums = { name: "SHA256SUMS", size: 80, sha256: aSha256("sums") };
  return {
    release: { repo: "acme/product", id: 7_000_000_001, made: false },
    assets: [{ ...sums, component: null, artifact: null, path: null }],
    foreign: ["by-hand.txt"],
    before: { assets: [], section: null },
    published: [{ id: 8_000_000_001, ...sums }],
    url: "https://github.example/acme/product/releases/tag/v1.0.0",
    failures: 0,
    retryAt: null,
    ...overrides,
  };
}

/** A run that builds; without a plan given, one that its components fit into. */
export function aRun(overrides: Partial<ReleaseRun> = {}): ReleaseRun {
  const { hub = "acme/product", tag = "v1.0.0" } = overrides;
  const planned = overrides.components?.map(({ id, sha }) => aPlannedComponent({ id, sha })) ?? [aPlannedComponent()];
  const plan = overrides.plan === undefined ? aPlan({ hub, tag, components: planned }) : overrides.plan;
  return {
    id: "run-1",
    rowVersion: 0,
    hub,
    tag,
    releaseId: 9_000_000_001,
    author: "ada",
    trigger: "operator",
    status: "building",
    conclusion: null,
    reason: null,
    createdAt: EPOCH,
    startedAt: EPOCH + 1_000,
    completedAt: null,
    timedFrom: EPOCH,
    configRef: null,
    basedOn: null,
    group: null,
    plan,
    components: plan?.components.map(({ id, sha }) => aComponentRun({ id, sha })) ?? [],
    publication: null,
    lock: null,
    ending: null,
    ...overrides,
  };
}

/** The run with one of its components changed; the others keep their references. */
export function withComponent(run: ReleaseRun, id: string, change: Partial<ComponentRun>): ReleaseRun {
  return { ...run, components: run.components.map((each) => (each.id === id ? { ...each, ...change } : each)) };
}

export function aDelivery(overrides: Partial<Delivery> = {}): Delivery {
  return {
    guid: "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    event: "workflow_run",
    action: "completed",
    receivedAt: EPOCH,
    facts: { kind: "workflow_run", repo: "acme/meta-acme", workflowRunId: 30_433_642, event: "repository_dispatch" },
    ...overrides,
  };
}
