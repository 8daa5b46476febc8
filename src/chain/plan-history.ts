/** What earlier release runs tell of the next one: how long it takes, and what is new in it. */
import { groupGraph, type GraphNode } from "./graph.js";
import type { AssetSource } from "./assets.js";
import type { ComponentChanges, FileSize } from "./plan.js";

/** What planning found out about the past of a hub. */
export interface PlanHistory {
  /** The newest successful release run; null: there is none. */
  previous: { runId: string; tag: string; files: AssetSource[]; published: FileSize[] } | null;
  /** By component id, of those that the previous run had from the same repository. */
  changes: ReadonlyMap<string, ComponentChanges>;
  /** Milliseconds of past successful builds by component id, newest first. */
  durations: ReadonlyMap<string, readonly number[]>;
}

export const NO_HISTORY: PlanHistory = { previous: null, changes: new Map(), durations: new Map() };

/** The median, in milliseconds; null of none. */
export function expectedDuration(durations: readonly number[] | undefined): number | null {
  if (durations === undefined || durations.length === 0) return null;
  const sorted = [...durations].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : Math.round(((sorted[middle - 1] ?? upper) + upper) / 2);
}

/** A node with what it weighs on a path. */
export interface TimedNode extends GraphNode {
  build: boolean;
  /** Milliseconds; null: not known. */
  duration: number | null;
}

export interface LongestPath {
  /** In building order; only what is built. */
  components: string[];
  /** Milliseconds; null where that of one of them is not known. */
  duration: number | null;
}

/**
 * The chain of needs that takes longest in a graph without cycles. What was never built counts as the median of what was;
 * where nothing was, each counts one, so that the path with the most builds is the longest. Among equal ones,
 * the one wins whose last component is the first by name, then the one before it, and so on.
 */
export function longestPath(nodes: readonly TimedNode[]): LongestPath {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const guess = expectedDuration(nodes.flatMap(({ duration }) => duration ?? [])) ?? 1;
  const best = new Map<string, { weight: number; before: string | null }>();
  let end: string | null = null;
  for (const id of groupGraph(nodes).groups.flat()) {
    const node = byId.get(id);
    if (node === undefined) continue;
    let before: string | null = null;
    for (const need of [...node.needs].sort())
      if ((best.get(need)?.weight ?? 0) > weightOf(best, before)) before = need;
    const own = node.build ? (node.duration ?? guess) : 0;
    best.set(id, { weight: weightOf(best, before) + own, before });
    // A path may as well end at the last that is built.
    if (node.build && (end === null || comesBefore(best, id, end))) end = id;
  }
  const components: string[] = [];
  for (let id = end; id !== null; id = best.get(id)?.before ?? null) components.push(id);
  const built = components
    .reverse()
    .flatMap((id) => byId.get(id) ?? [])
    .filter(({ build }) => build);
  const known = built.flatMap(({ duration }) => duration ?? []);
  const whole = built.length > 0 && known.length === built.length;
  return { components: built.map(({ id }) => id), duration: whole ? known.reduce((sum, ms) => sum + ms, 0) : null };
}

type Weights = ReadonlyMap<string, { weight: number }>;

/** Whether the path to `id` is longer than that to `other`, or as long and the first by name. */
function comesBefore(best: Weights, id: string, other: string): boolean {
  const [own, its] = [weightOf(best, id), weightOf(best, other)];
  return own === its ? id < other : own > its;
}

function weightOf(best: Weights, id: string | null): number {
  return id === null ? 0 : (best.get(id)?.weight ?? 0);
}
