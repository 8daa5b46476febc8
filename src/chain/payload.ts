/** What a workflow receives (CONTRACT.md section 2), within what GitHub takes. */
import type { InputValue } from "./config.js";
import { transitiveNeeds } from "./graph.js";
import type { PlannedComponent } from "./plan.js";
import type { ComponentRun, ReleaseRun } from "./run.js";
import { upstreamFiles, type HandOffAddresses, type UpstreamFile } from "./upstream.js";
import { byteLength } from "./utf8.js";

/**
 * GitHub refuses a `client_payload` that is longer, and inputs of a `workflow_dispatch` that are longer together (GITHUB.md,
 * Dispatch). It says "characters"; here they are bytes of UTF-8, of which there are never fewer.
 */
export const MAX_PAYLOAD = 65_535;

export interface LockedCommit {
  repo: string;
  ref: string;
  sha: string;
}

/** What is in every payload as it is. */
interface Always {
  version: string;
  chain: { id: string; dispatch_id: string; hub: string; tag: string; component: string };
  source: LockedCommit;
  inputs: Record<string, InputValue>;
}

export interface DispatchPayload extends Always, Record<string, unknown> {
  lock?: Record<string, LockedCommit>;
  /** In place of `lock` where that would not fit. */
  lock_url?: string;
  upstream?: UpstreamFile[];
  /** In place of `upstream` where that would not fit; null: the server does not know its own address. */
  upstream_url?: string | null;
}

/** Which dispatch of which component. */
export interface Dispatch {
  run: Pick<ReleaseRun, "id" | "hub" | "tag"> & {
    components: readonly Pick<ComponentRun, "id" | "sha" | "artifacts">[];
  };
  plan: { components: readonly PlannedComponent[] };
  planned: PlannedComponent;
  dispatchId: string;
  /** null: the server does not know its own address. */
  addresses: HandOffAddresses | null;
}

/** The `client_payload` of a dispatch: at most 10 top-level keys and 65,535 characters as JSON. */
export function dispatchPayload(dispatch: Dispatch): DispatchPayload {
  return firstThatFits(forms(dispatch), (payload) => payload);
}

/**
 * The inputs of a `workflow_dispatch`: those that the workflow declares, of the component's own inputs and of the
 * payload's keys; an input `release-chain` holds the whole payload. What is not text is given as JSON.
 */
export function dispatchInputs(dispatch: Dispatch): Record<string, InputValue> {
  return firstThatFits(forms(dispatch), (payload) => workflowInputs(payload, dispatch.planned));
}

/** What a dispatch is as JSON, in bytes, at least: with addresses in place of all that can be served. */
export function leastSize(dispatch: Dispatch): number {
  const { addresses, planned } = dispatch;
  const least = { ...base(dispatch), ...upstreamUrl(dispatch), ...(addresses === null && lockPart(dispatch)) };
  const payload: DispatchPayload = addresses === null ? least : { ...least, ...lockUrl(dispatch, addresses) };
  return sizeOf(planned.trigger === "repository_dispatch" ? payload : workflowInputs(payload, planned));
}

function workflowInputs(payload: DispatchPayload, { workflow }: PlannedComponent): Record<string, InputValue> {
  const values: Record<string, unknown> = { ...payload, ...payload.inputs, "release-chain": payload };
  return Object.fromEntries(
    (workflow?.declaredInputs ?? [])
      .filter((name) => values[name] != null && name !== "inputs")
      .map((name) => [name, asInput(values[name])]),
  );
}

function asInput(value: unknown): InputValue {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : JSON.stringify(value);
}

/** The same, from the one that says most in place to the one that says least. */
function* forms(dispatch: Dispatch): Generator<DispatchPayload> {
  const { run, planned, addresses } = dispatch;
  const always = base(dispatch);
  const lock = lockPart(dispatch);
  const upstream = { upstream: upstreamFiles(run, planned, addresses) };
  yield { ...always, ...lock, ...upstream };
  yield { ...always, ...lock, ...upstreamUrl(dispatch) };
  if (addresses === null) return;
  yield { ...always, ...lockUrl(dispatch, addresses), ...upstream };
  yield { ...always, ...lockUrl(dispatch, addresses), ...upstreamUrl(dispatch) };
}

function firstThatFits<T>(candidates: Iterable<DispatchPayload>, sent: (payload: DispatchPayload) => T): T {
  let last: T | undefined;
  for (const candidate of candidates) {
    last = sent(candidate);
    if (sizeOf(last) <= MAX_PAYLOAD) return last;
  }
  // Preflight lets none such through, and GitHub refuses it.
  if (last === undefined) throw new Error("a payload has at least one form");
  return last;
}

function sizeOf(value: unknown): number {
  return byteLength(JSON.stringify(value));
}

function base({ run, planned, dispatchId }: Dispatch): Always {
  return {
    version: run.tag,
    chain: { id: run.id, dispatch_id: dispatchId, hub: run.hub, tag: run.tag, component: planned.id },
    source: { repo: planned.repo, ref: planned.ref, sha: planned.sha },
    inputs: planned.inputs,
  };
}

function upstreamUrl({ run, planned, addresses }: Dispatch): { upstream_url: string | null } {
  return { upstream_url: addresses === null ? null : addresses.upstream(run.id, planned.id) };
}

function lockUrl({ run, planned }: Dispatch, addresses: HandOffAddresses): { lock_url: string } {
  return { lock_url: addresses.lock(run.id, planned.id) };
}

function lockPart({ run, plan, planned }: Dispatch): { lock: Record<string, LockedCommit> } {
  return { lock: lockedCommits(run, plan, planned) };
}

/** The commits of everything that a component depends on, directly or not, by component id. */
export function lockedCommits(
  run: { components: readonly Pick<ComponentRun, "sha">[] },
  plan: { components: readonly PlannedComponent[] },
  planned: Pick<PlannedComponent, "id">,
): Record<string, LockedCommit> {
  const nodes = new Map(plan.components.map(({ id, needs }) => [id, { id, needs: needs.map((need) => need.id) }]));
  const needed = new Set(transitiveNeeds(nodes, planned.id));
  const entries = plan.components.flatMap(({ id, repo, ref }, index) => {
    const sha = run.components[index]?.sha;
    return needed.has(id) && sha !== undefined ? [[id, { repo, ref, sha }] as const] : [];
  });
  return Object.fromEntries(entries);
}
