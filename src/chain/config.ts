/**
 * The configuration of a chain, `.github/release-chain.yml`, after parsing: defaults, template and component merged,
 * durations in milliseconds, sizes in bytes. `parseChainConfig` in parse-config.ts makes one from text.
 */

import type { NotifyRule } from "./notices.js";

export type ReleaseType = "published" | "released" | "prereleased";
export type Trigger = "repository_dispatch" | "workflow_dispatch";
export type Source = "auto" | "locked" | "head";
export type RetryMode = "failed-jobs" | "all-jobs" | "dispatch";
export type Severity = "error" | "warn" | "off";
export type EdgeKind = "explicit" | "depends" | "conditional" | "recommends" | "dynamic";

export const FAILURE_CLASSES = [
  "transient",
  "build",
  "timeout",
  "cancelled",
  "not-started",
  "artifact",
  "moved",
  "configuration",
  "permission",
  "ambiguous",
] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** Backoff between attempts: delays in milliseconds; jitter `full` spreads evenly over 0..delay. */
export interface Backoff {
  initial: number;
  factor: number;
  max: number;
  jitter: "full" | "none";
}

export interface RetryPolicy {
  /** Attempts in all; 1 = never retried. */
  maxAttempts: number;
  mode: RetryMode;
  backoff: Backoff;
  /** The failure classes worth another try. */
  on: FailureClass[];
}

export interface ArtifactRules {
  /** Globs over artifact names. */
  include: string[];
  /** Globs over the paths inside. */
  files: string[];
  /** Globs over artifact names and paths inside to leave out. */
  exclude: string[];
  required: boolean;
  attestation: "required" | "if-present" | "off";
  limits: ArtifactLimits;
}

/** Sizes in bytes; `ratio` is uncompressed to compressed. */
export interface ArtifactLimits {
  entries: number;
  file: number;
  total: number;
  ratio: number;
}

/** Milliseconds. */
export interface ComponentTimeouts {
  find: number;
  queue: number;
  run: number;
  collect: number;
}

/** Where a component's source lives: a repository on this GitHub, or any Git repository pinned to a SHA. */
export type ComponentSource = { kind: "github"; repo: string } | { kind: "git"; url: string; sha: string };

export type InputValue = string | number | boolean;

export interface ComponentConfig {
  id: string;
  source: ComponentSource;
  build: boolean;
  trigger: Trigger;
  eventType: string;
  /** Workflow file names, the first usable one is taken. */
  workflow: string[];
  /** Branch, tag or SHA; null: the default branch. */
  ref: string | null;
  checkout: Source;
  onMoved: "accept" | "fail";
  timeouts: ComponentTimeouts;
  retry: RetryPolicy;
  artifacts: ArtifactRules;
  needs: string[];
  optional: boolean;
  when: { prerelease?: boolean; tag?: string };
  inputs: Record<string, InputValue>;
}

export interface PublishRules {
  to: { repo?: string; tag?: string };
  draft: boolean;
  include: string[];
  exclude: string[];
  assetName: string;
  largeFiles: "refuse" | "split";
  tooMany: "refuse" | "bundle";
  checksums: string;
  sign: boolean;
  provenance: boolean;
  notes: boolean | { template: string };
  tagComponents: boolean;
}

export interface GraphRules {
  layers: boolean;
  kinds: Exclude<EdgeKind, "explicit">[];
  series: Severity;
  unresolved: Severity;
  ambiguous: "error" | "warn";
  providers: Record<string, string>;
  external: string[];
  ignore: { from: string; to: string }[];
}

export interface ChainConfig {
  version: 1;
  on: { release: { types: ReleaseType[]; tags: string[] }; create: { tags: string[] } };
  components: ComponentConfig[];
  graph: GraphRules;
  schedule: { order: "eager" | "groups"; maxParallel: number; failFast: boolean };
  concurrency: { group: string; cancelInProgress: boolean };
  /** Milliseconds for the whole release run. */
  timeout: number;
  monitor: { pollInterval: number };
  publish: PublishRules;
  retention: { keep: number; maxAge: number; keepPublished: boolean };
  notify: NotifyRule[];
}

/** One thing wrong with a configuration, with the place a person can jump to (1-based). */
export interface ConfigProblem {
  file: string;
  line: number;
  column: number;
  /** Dotted path of the key, as written in the file, e.g. `components[2].needs[0]`. */
  key: string;
  message: string;
  /** The nearest valid key or value, where there is one. */
  suggestion: string | null;
}

export type ParsedConfig = { ok: true; config: ChainConfig } | { ok: false; problems: ConfigProblem[] };
