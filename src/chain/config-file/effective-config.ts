/** From what is written to what holds: defaults filled in, templates merged, durations in milliseconds, sizes in bytes. */
import type {
  ArtifactRules,
  ChainConfig,
  ComponentConfig,
  ComponentSource,
  PublishRules,
  RetryPolicy,
} from "../config.js";
import { workflowFileName } from "./config-fields.js";
import {
  componentSchema,
  configSchema,
  type WrittenComponent,
  type WrittenConfig,
  type WrittenTemplate,
} from "./config-schema.js";
import { parseDuration } from "./durations.js";
import { deepMerge } from "./merge.js";
import { repositoryName } from "./repository-names.js";
import { defaultsOf } from "./schema-walk.js";
import { parseSize } from "./sizes.js";

/** Every key present, at every depth. */
type Complete<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]-?: Complete<Exclude<T[K], undefined>> }
    : T;

/** Keys without a default stay optional. */
type CompleteSettings = Complete<Omit<WrittenTemplate, "ref" | "when">> & Pick<WrittenTemplate, "ref"> & { when: When };
type When = NonNullable<WrittenTemplate["when"]>;
type CompleteConfig = Complete<Omit<WrittenConfig, "defaults" | "templates" | "components" | "publish">> & {
  publish: Complete<Omit<WrittenPublish, "to">> & { to: NonNullable<WrittenPublish["to"]> };
};
type WrittenPublish = NonNullable<WrittenConfig["publish"]>;

/**
 * @param written a configuration in which the schema and the references are right
 * @param hubOwner whose repositories are meant where no owner is given
 */
export function toChainConfig(written: WrittenConfig, hubOwner: string): ChainConfig {
  // The schema's defaults give every key that CompleteConfig promises; a test compares them with the contract.
  const config = deepMerge(defaultsOf(configSchema), written) as CompleteConfig;
  const { schedule, concurrency, retention } = config;
  return {
    version: 1,
    on: config.on,
    components: written.components.map((component) => toComponent(written, component, hubOwner)),
    graph: config.graph,
    schedule: {
      order: schedule.order,
      maxParallel: schedule["max-parallel"],
      failFast: schedule["fail-fast"],
    },
    concurrency: { group: concurrency.group, cancelInProgress: concurrency["cancel-in-progress"] },
    timeout: milliseconds(config.timeout),
    monitor: { pollInterval: milliseconds(config.monitor["poll-interval"]) },
    publish: toPublishRules(config.publish, hubOwner),
    retention: {
      keep: retention.keep,
      maxAge: milliseconds(retention["max-age"]),
      keepPublished: retention["keep-published"],
    },
    notify: config.notify,
  };
}

function toComponent(config: WrittenConfig, component: WrittenComponent, hubOwner: string): ComponentConfig {
  const template = component.extends ?? config.defaults?.extends;
  const layers = [config.defaults, template === undefined ? undefined : config.templates?.[template], component];
  const settings = layers.reduce<unknown>(deepMerge, defaultsOf(componentSchema)) as CompleteSettings;
  const source = sourceOf(component, hubOwner);
  return {
    id: component.id ?? repositoryName(source.kind === "github" ? source.repo : source.url),
    source,
    build: settings.build,
    trigger: settings.trigger,
    eventType: settings["event-type"],
    workflow: settings.workflow.map(workflowFileName),
    ref: source.kind === "git" ? source.sha : (settings.ref ?? null),
    checkout: settings.source,
    onMoved: settings["on-moved"],
    timeouts: {
      find: milliseconds(settings["find-timeout"]),
      queue: milliseconds(settings["queue-timeout"]),
      run: milliseconds(settings.timeout),
      collect: milliseconds(settings["collect-timeout"]),
    },
    retry: toRetryPolicy(settings.retry),
    artifacts: toArtifactRules(settings.artifacts),
    needs: Array.from(new Set(settings.needs)),
    optional: settings.optional,
    when: {
      ...(settings.when.prerelease !== undefined && { prerelease: settings.when.prerelease }),
      ...(settings.when.tag !== undefined && { tag: settings.when.tag }),
    },
    inputs: settings.inputs,
  };
}

function sourceOf({ repo, url, ref }: WrittenComponent, hubOwner: string): ComponentSource {
  if (typeof repo === "string") return { kind: "github", repo: withOwner(repo, hubOwner) };
  const [gitUrl, sha] = repo === undefined ? [url, ref] : [repo.url, repo.ref];
  if (gitUrl === undefined || sha === undefined)
    throw new TypeError("A component has neither a repository nor a URL with a SHA.");
  return { kind: "git", url: gitUrl, sha: sha.toLowerCase() };
}

function withOwner(repo: string, hubOwner: string): string {
  return repo.includes("/") ? repo : `${hubOwner}/${repo}`;
}

function toRetryPolicy({ "max-attempts": maxAttempts, mode, backoff, on }: CompleteSettings["retry"]): RetryPolicy {
  return {
    maxAttempts,
    mode,
    backoff: { ...backoff, initial: milliseconds(backoff.initial), max: milliseconds(backoff.max) },
    on,
  };
}

function toArtifactRules({ limits, ...rules }: CompleteSettings["artifacts"]): ArtifactRules {
  return { ...rules, limits: { ...limits, file: bytes(limits.file), total: bytes(limits.total) } };
}

function toPublishRules(publish: CompleteConfig["publish"], hubOwner: string): PublishRules {
  const { to } = publish;
  return {
    to: {
      ...(to.repo !== undefined && { repo: withOwner(to.repo, hubOwner) }),
      ...(to.tag !== undefined && { tag: to.tag }),
    },
    draft: publish.draft,
    include: publish.include,
    exclude: publish.exclude,
    assetName: publish["asset-name"],
    largeFiles: publish["large-files"],
    tooMany: publish["too-many"],
    checksums: publish.checksums,
    sign: publish.sign,
    provenance: publish.provenance,
    notes: publish.notes,
    tagComponents: publish["tag-components"],
  };
}

function milliseconds(duration: string): number {
  const ms = parseDuration(duration);
  if (ms === null) throw new RangeError(`Not a duration: ${duration}`);
  return ms;
}

function bytes(size: string | number): number {
  const parsed = parseSize(size);
  if (parsed === null) throw new RangeError(`Not a size: ${size}`);
  return parsed;
}
