/** What a workflow receives (CONTRACT.md section 2). */
import type { InputValue } from "./config.js";
import { transitiveNeeds } from "./graph.js";
import type { PlannedComponent, ReleasePlan } from "./plan.js";
import type { ReleaseRun } from "./run.js";

/** GitHub refuses a `client_payload` longer than this (GITHUB.md, Dispatch). */
const MAX_PAYLOAD = 65_535;

export interface DispatchPayload extends Record<string, unknown> {
  version: string;
  chain: { id: string; dispatch_id: string; hub: string; tag: string; component: string };
  source: { repo: string; ref: string; sha: string };
  lock: Record<string, { repo: string; ref: string; sha: string }>;
  upstream?: UpstreamFile[];
  /** In place of `upstream` where the list would not fit; null while the server does not serve it. */
  upstream_url?: string | null;
  inputs: Record<string, InputValue>;
}

export interface UpstreamFile {
  component: string;
  artifact: string;
  file: string;
  size: number;
  sha256: string;
  /** null while the server does not serve it. */
  url: string | null;
}

/** The `client_payload` of a dispatch: at most 10 top-level keys and 65,535 characters as JSON. */
export function dispatchPayload(
  run: ReleaseRun,
  plan: ReleasePlan,
  planned: PlannedComponent,
  dispatchId: string,
): DispatchPayload {
  const base = {
    version: run.tag,
    chain: { id: run.id, dispatch_id: dispatchId, hub: run.hub, tag: run.tag, component: planned.id },
    source: { repo: planned.repo, ref: planned.ref, sha: planned.sha },
    lock: lockOf(run, plan, planned),
    inputs: planned.inputs,
  };
  const whole = { ...base, upstream: upstreamOf(run, planned) };
  return JSON.stringify(whole).length <= MAX_PAYLOAD ? whole : { ...base, upstream_url: null };
}

/**
 * The inputs of a `workflow_dispatch`: those that the workflow declares, of the component's own inputs and of the
 * payload's keys; an input `release-chain` holds the whole payload. What is not text is given as JSON.
 */
export function workflowInputs(payload: DispatchPayload, declared: readonly string[]): Record<string, InputValue> {
  const values: Record<string, unknown> = { ...payload, ...payload.inputs, "release-chain": payload };
  return Object.fromEntries(
    declared
      .filter((name) => values[name] !== undefined && name !== "inputs")
      .map((name) => [name, asInput(values[name])]),
  );
}

function asInput(value: unknown): InputValue {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : JSON.stringify(value);
}

function lockOf(run: ReleaseRun, plan: ReleasePlan, planned: PlannedComponent): DispatchPayload["lock"] {
  const nodes = new Map(plan.components.map(({ id, needs }) => [id, { id, needs: needs.map((need) => need.id) }]));
  const needed = new Set(transitiveNeeds(nodes, planned.id));
  const entries = plan.components.flatMap(({ id, repo, ref }, index) => {
    const sha = run.components[index]?.sha;
    return needed.has(id) && sha !== undefined ? [[id, { repo, ref, sha }] as const] : [];
  });
  return Object.fromEntries(entries);
}

function upstreamOf(run: ReleaseRun, planned: PlannedComponent): UpstreamFile[] {
  const direct = new Set(planned.needs.map((need) => need.id));
  return run.components
    .filter(({ id }) => direct.has(id))
    .flatMap(({ id, artifacts }) =>
      artifacts.flatMap((artifact) =>
        artifact.files.map(({ path, size, sha256 }) => ({
          component: id,
          artifact: artifact.name,
          file: path,
          size,
          sha256,
          url: null,
        })),
      ),
    );
}
