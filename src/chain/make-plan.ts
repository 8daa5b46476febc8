/** ChainConfig + what was found on GitHub -> ReleasePlan, or every reason why there is none. */
import type { AssetValues } from "./assets.js";
import { taggingProblems, type TaggingFindings } from "./component-tags.js";
import type { ChainConfig, ComponentConfig } from "./config.js";
import { versionOf } from "./config-file/expand-config.js";
import { matchesAnyName } from "./globs.js";
import { PLAN_VERSION, type PlanNote, type PlannedComponent, type PlanProblem, type ReleasePlan } from "./plan.js";
import { lockNotes, lockProblems } from "./lock/source-lock.js";
import { checkoutOf, examineComponent, type ComponentFindings, type UsableWorkflow } from "./plan-component.js";
import { publishTarget, targetProblems, type TargetFindings } from "./plan-target.js";
import type { SourceLock } from "./run.js";
import { planGraph, type PlanGraph } from "./plan-graph.js";
import { expectedDuration, longestPath, NO_HISTORY, type PlanHistory, type TimedNode } from "./plan-history.js";
import {
  assetBudget,
  concurrencyWarnings,
  dispatchIdAdvice,
  noticeAdvice,
  shownAdvice,
  type Receiver,
} from "./preflight.js";
import { handOffAdvice, payloadProblems } from "./preflight-payload.js";
import type { HandOffAddresses } from "./upstream.js";
import { listWords } from "./words.js";

/** What planning found out about the hub and its release. */
export interface HubFindings {
  /** `owner/name` */
  hub: string;
  tag: string;
  /** Commit of the tag. */
  sha: string;
  private: boolean;
  configPath: string;
  release: { id: number | null; url: string; prerelease: boolean; author: string };
  /** What the author did to start the chain: `made the release`. */
  authorDid: string;
  /** The hub may publish files of private repositories in a public one. */
  mayPublishPrivate: boolean;
  /** The App's, there; absent: nothing is to be shown there. */
  permissions?: Readonly<Record<string, string>>;
}

export interface PlanFindings {
  hub: HubFindings;
  /** The release that is to get the files. */
  target: TargetFindings;
  /** Repositories that are to be tagged after success; absent: none. */
  tagging?: readonly TaggingFindings[];
  /** By component id: for each component that `when` does not exclude, and of the others the layers. */
  components: ReadonlyMap<string, ComponentFindings>;
  /** What earlier release runs tell; absent: nothing was asked. */
  history?: PlanHistory;
  /** What else a person should know of this plan. */
  notes: PlanNote[];
  /** What `publish.notes.template` names; absent: nothing was asked. */
  releaseNotes?: NotesFindings;
  /** What the components' `locked` was taken from; absent: every ref is locked anew. */
  lock?: SourceLock;
  /** How the server hands on files (coordinator/deps.ts); absent: nothing is known of it. */
  handOff?: { addresses: HandOffAddresses | null; advice: string | null };
  /** The server has a key to sign with; absent: it has none. */
  maySign?: boolean;
  /** The server's targets of notices that the hub may use; absent: nothing is known of them. */
  noticeTargets?: readonly string[];
  /** ISO 8601. */
  createdAt: string;
}

/** The hub's own text for the section in the release's body; null: there is none, or something is wrong with it. */
export interface NotesFindings {
  template: string | null;
  problems: PlanProblem[];
}

export type PlanResult = { kind: "plan"; plan: ReleasePlan } | { kind: "refused"; problems: PlanProblem[] };

export interface Included {
  included: ComponentConfig[];
  excluded: ReleasePlan["excluded"];
}

/** Which components take part in this release, by their `when`. */
export function includedComponents(config: ChainConfig, release: { tag: string; prerelease: boolean }): Included {
  const excluded: Included["excluded"] = [];
  const included = config.components.filter((component) => {
    const reason = exclusion(component, release);
    if (reason !== null) excluded.push({ id: component.id, reason });
    return reason === null;
  });
  return { included, excluded };
}

function exclusion({ when }: ComponentConfig, release: { tag: string; prerelease: boolean }): string | null {
  if (when.prerelease !== undefined && when.prerelease !== release.prerelease)
    return `when: prerelease is ${when.prerelease}, and this is ${release.prerelease ? "a" : "no"} prerelease`;
  if (when.tag !== undefined && !matchesAnyName([when.tag], release.tag))
    return `when: the tag ${release.tag} does not match "${when.tag}"`;
  return null;
}

/** Makes the plan, or lists all problems at once. */
export function makePlan(config: ChainConfig, findings: PlanFindings): PlanResult {
  const { hub } = findings;
  const { included, excluded } = includedComponents(config, { tag: hub.tag, prerelease: hub.release.prerelease });
  const { target, tagging = [] } = findings;
  const problems = [
    ...targetProblems(hub, target),
    ...taggingProblems(hub, tagging),
    ...(findings.releaseNotes?.problems ?? []),
  ];
  const history = findings.history ?? NO_HISTORY;
  const graph = planGraph(config, included, findings.components);
  const planned: PlannedComponent[] = [];
  const receivers: Receiver[] = [];
  for (const component of included) {
    const found = findings.components.get(component.id);
    if (found === undefined) throw new Error(`component ${component.id} was not looked up`);
    const { problems: wrong, usable } = examineComponent(component, found, hub);
    problems.push(...wrong);
    if (wrong.length > 0) continue;
    const one = planComponent(component, found, usable, graph, history);
    planned.push(one);
    if (usable !== null) receivers.push({ component: one, file: usable.file });
  }
  problems.push(...graph.problems);
  problems.push(...signingProblems(config, findings));
  problems.push(...privateProblems(planned, hub, target));
  problems.push(...payloadProblems(planned, hub, findings.handOff?.addresses ?? null));
  const budget =
    history.previous === null ? null : assetBudget(history.previous, planned, config.publish, assetValues(hub));
  problems.push(...(budget?.problems ?? []));
  const { lock } = findings;
  if (lock !== undefined) {
    const names = new Map([...findings.components].map(([id, found]) => [id, found.repository?.fullName ?? null]));
    problems.push(...lockProblems(included, names, lock));
  }
  if (problems.length > 0) return { kind: "refused", problems };
  const gets = publishTarget(hub, target);
  return {
    kind: "plan",
    plan: {
      version: PLAN_VERSION,
      hub: hub.hub,
      tag: hub.tag,
      hubSha: hub.sha,
      hubPrivate: hub.private,
      configPath: hub.configPath,
      release: hub.release,
      ...(gets !== undefined && { target: gets }),
      createdAt: findings.createdAt,
      schedule: config.schedule,
      concurrency: config.concurrency,
      timeout: config.timeout,
      pollInterval: config.monitor.pollInterval,
      publish: config.publish,
      retention: config.retention,
      graph: graph.rules,
      components: planned,
      excluded,
      groups: graph.groups,
      longestPath: longestPath(timedNodes(graph, planned)),
      previous: history.previous === null ? null : { runId: history.previous.runId, tag: history.previous.tag },
      ...(config.notify.length > 0 && { notify: config.notify }),
      ...(tagging.length > 0 && { tagged: tagging.map(({ repo }) => repo) }),
      ...(history.previous !== null &&
        history.previous.published.length > 0 && { sizesBefore: history.previous.published }),
      ...(findings.releaseNotes?.template != null && { notesTemplate: findings.releaseNotes.template }),
      lockedFrom: lock === undefined ? null : { hub: lock.hub, tag: lock.tag },
      unresolved: graph.unresolved,
      ambiguous: graph.ambiguous,
      warnings: [
        ...findings.notes,
        ...(lock === undefined ? [] : lockNotes(config.components, hub.hub, lock)),
        ...graph.warnings,
        ...unreadLayers(findings.components),
        ...dispatchIdAdvice(receivers),
        ...concurrencyWarnings(receivers),
        ...handOffAdvice(planned, findings.handOff?.advice ?? null),
        ...(budget?.notes ?? []),
        ...noticeAdvice(config.notify, findings.noticeTargets ?? null),
        ...shownAdvice(findings.hub.hub, config.notify, findings.hub.permissions ?? null),
        ...builtElsewhere(planned),
      ],
    },
  };
}

function signingProblems({ publish }: ChainConfig, { maySign = false }: PlanFindings): PlanProblem[] {
  if (!publish.sign || maySign) return [];
  return [
    {
      code: "no_signing_key",
      message:
        "publish.sign asks for a signed release, and the server has no key: let its operator set SIGNING_KEY, or take publish.sign out.",
    },
  ];
}

/** The reason of a release run that was refused: begins with the first problem's code; one problem a line. */
export function refusalReason(problems: readonly PlanProblem[]): string {
  return problems.map(({ code, message }) => `${code}: ${message}`).join("\n");
}

function assetValues({ tag, release }: HubFindings): AssetValues {
  return { tag, version: versionOf(tag), prerelease: String(release.prerelease) };
}

function timedNodes({ nodes }: PlanGraph, planned: readonly PlannedComponent[]): TimedNode[] {
  const byId = new Map(planned.map((component) => [component.id, component]));
  return nodes.map((node) => {
    const component = byId.get(node.id);
    return { ...node, build: component?.build ?? false, duration: component?.expectedDuration ?? null };
  });
}

function unreadLayers(components: PlanFindings["components"]): PlanNote[] {
  return [...components].flatMap(([id, { layerWarnings }]) =>
    (layerWarnings ?? []).map(({ file, message }) => ({ code: "layer_conf", message: `${id}: ${file}: ${message}` })),
  );
}

function privateProblems(
  planned: readonly PlannedComponent[],
  hub: HubFindings,
  { repository }: TargetFindings,
): PlanProblem[] {
  if (repository === null || repository.private || hub.mayPublishPrivate) return [];
  const hidden = planned.filter((component) => component.build && component.private).map(({ repo }) => repo);
  if (hidden.length === 0) return [];
  const { fullName } = repository;
  const [make, publish] =
    fullName === hub.hub ? ["the hub", ""] : [fullName, " publish to a private repository (publish.to),"];
  return [
    {
      code: "private_to_public",
      message: `${fullName} is public, and its release would carry files of private repositories: ${listWords([...new Set(hidden)], 8)}. Make ${make} private,${publish} leave them out, or let the server's ALLOW_PRIVATE_TO_PUBLIC name the hub.`,
    },
  ];
}

function planComponent(
  component: ComponentConfig,
  found: ComponentFindings,
  usable: UsableWorkflow | null,
  graph: PlanGraph,
  history: PlanHistory,
): PlannedComponent {
  const coreSeries = graph.coreSeries.get(component.id) ?? [];
  return {
    id: component.id,
    repo:
      found.repository?.fullName ?? (component.source.kind === "git" ? component.source.url : component.source.repo),
    private: found.repository?.private ?? false,
    build: component.build,
    defaultBranch: found.repository?.defaultBranch ?? null,
    ref: found.locked?.ref ?? component.ref ?? found.repository?.defaultBranch ?? "",
    ...(found.refKind !== undefined && { refKind: found.refKind }),
    sha: found.sha ?? "",
    checkout: checkoutOf(component, usable),
    // What is rebuilt from a lock is rebuilt as it was, or not at all.
    onMoved: found.locked === undefined ? component.onMoved : "fail",
    trigger: component.trigger,
    eventType: component.eventType,
    workflow: usable?.workflow ?? null,
    inputs: component.inputs,
    needs: graph.needs.get(component.id) ?? [],
    layers: graph.layers.get(component.id) ?? [],
    ...(coreSeries.length > 0 && { coreSeries }),
    changes: history.changes.get(component.id) ?? null,
    expectedDuration: component.build ? expectedDuration(history.durations.get(component.id)) : null,
    optional: component.optional,
    timeouts: component.timeouts,
    retry: component.retry,
    artifacts: component.artifacts,
  };
}

function builtElsewhere(planned: readonly PlannedComponent[]): PlanNote[] {
  return planned
    .filter((c) => c.build && c.checkout === "head" && c.ref !== c.defaultBranch && c.ref !== c.sha)
    .map(({ id, ref, defaultBranch }) => ({
      code: "builds_default_branch",
      message: `${id} is locked at ${ref}, but its workflow builds ${defaultBranch ?? "the default branch"} as it is: let it check out client_payload.source.sha`,
    }));
}
