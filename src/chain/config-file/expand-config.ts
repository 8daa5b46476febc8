/** Fills in what is known once a release is: everything but the file's own placeholders in `publish.asset-name`. */
import type { ChainConfig, ComponentConfig, PublishRules } from "../config.js";
import { escapeGlob } from "../globs.js";
import { expand } from "../placeholders.js";

export interface ReleaseValues {
  /** `owner/name` */
  hub: string;
  tag: string;
  prerelease: boolean;
}

/**
 * The configuration with `${tag}`, `${version}`, `${prerelease}`, `${component}` and `${hub}` filled in wherever the schema
 * knows them. In globs a value stands for itself, whatever characters it holds. `publish.assetName` stays a template: what
 * publishes a file expands it once, with these values and those of the file, so that no value is expanded again.
 */
export function expandConfig(config: ChainConfig, { hub, tag, prerelease }: ReleaseValues): ChainConfig {
  const values = { tag, version: versionOf(tag), prerelease: String(prerelease) };
  return {
    ...config,
    components: config.components.map((component) =>
      expandComponent(component, { ...values, component: component.id }),
    ),
    concurrency: { ...config.concurrency, group: expand(config.concurrency.group, { ...values, hub }) },
    publish: expandPublish(config.publish, values),
  };
}

/** The version that a tag names: `v1.2.0` is 1.2.0; other tags stand for themselves. */
export function versionOf(tag: string): string {
  return tag.replace(/^v(?=\d)/, "");
}

type Values = Readonly<Record<string, string>>;

function expandComponent(component: ComponentConfig, values: Values): ComponentConfig {
  const { artifacts, inputs } = component;
  return {
    ...component,
    eventType: expand(component.eventType, values),
    workflow: component.workflow.map((file) => expand(file, values)),
    ref: component.ref === null ? null : expand(component.ref, values),
    artifacts: {
      ...artifacts,
      include: expandGlobs(artifacts.include, values),
      files: expandGlobs(artifacts.files, values),
      exclude: expandGlobs(artifacts.exclude, values),
    },
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [name, typeof value === "string" ? expand(value, values) : value]),
    ),
  };
}

function expandPublish(publish: PublishRules, values: Values): PublishRules {
  const { to, notes } = publish;
  return {
    ...publish,
    to: { ...to, ...(to.tag !== undefined && { tag: expand(to.tag, values) }) },
    include: expandGlobs(publish.include, values),
    exclude: expandGlobs(publish.exclude, values),
    checksums: expand(publish.checksums, values),
    notes: typeof notes === "boolean" ? notes : { template: expand(notes.template, values) },
  };
}

function expandGlobs(globs: readonly string[], values: Values): string[] {
  const literal = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, escapeGlob(value)]));
  return globs.map((glob) => expand(glob, literal));
}
