/** Plans of components whose layers are given as the text of their layer.conf. */
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import type { ChainConfig } from "../../src/chain/config.js";
import { readLayerConf } from "../../src/chain/layer-conf.js";
import type { Layer } from "../../src/chain/layer.js";
import {
  makePlan,
  refusalReason,
  type HubFindings,
  type PlanFindings,
  type PlanResult,
} from "../../src/chain/make-plan.js";
import type { ComponentFindings } from "../../src/chain/plan-component.js";
import type { TargetFindings } from "../../src/chain/plan-target.js";
import type { PlannedComponent, ReleasePlan } from "../../src/chain/plan.js";
import { aSha } from "../contract/run-fixture.js";

/** A public hub with a release by a person, and nothing in its way. */
export const HUB: HubFindings = {
  hub: "acme/product",
  tag: "v1.2.0",
  sha: aSha("hub"),
  private: false,
  configPath: ".github/release-chain.yml",
  release: { id: 5, url: "https://github.example/r/5", prerelease: false, author: "rosa" },
  authorDid: "made the release",
  mayPublishPrivate: false,
};

/** The release itself, which takes files. */
export const TARGET: TargetFindings = {
  repo: HUB.hub,
  tag: HUB.tag,
  repository: { fullName: HUB.hub, defaultBranch: "main", private: false, archived: false },
  permissions: { contents: "write" },
  release: { id: 5, prerelease: false, immutable: false },
  draftBy: null,
  tagged: true,
  authorMayWrite: true,
  awaited: false,
};

/** Its runs show the dispatch id, and it builds the locked commit: nothing to remark. */
export const WORKFLOW = `run-name: "build [\${{ github.event.client_payload.chain.dispatch_id }}]"
on: {repository_dispatch: {types: [build-chain]}}
# \${{ github.event.client_payload.source.sha }}
`;

/** The start of a layer.conf; `$N` in the further lines is the collection's name. */
export function layerText(name: string, ...lines: string[]): string {
  return [`BBFILE_COLLECTIONS += "${name}"`, ...lines.map((line) => line.replaceAll("$N", name)), ""].join("\n");
}

/** The line of the series that a layer goes with. */
export function series(...names: string[]): string {
  return `LAYERSERIES_COMPAT_$N = "${names.join(" ")}"`;
}

export function depends(...collections: string[]): string {
  return `LAYERDEPENDS_$N = "${collections.join(" ")}"`;
}

/** The core, in version 15, of the series wrynose. */
export const CORE = layerText("core", 'LAYERVERSION_$N = "15"', 'LAYERSERIES_CORENAMES = "wrynose"', series("wrynose"));

/** A layer that goes with CORE. */
export function aLayer(name: string, ...lines: string[]): string {
  return layerText(name, series("wrynose"), ...lines);
}

/** One text is a layer at the root; several are by the layer's folder. */
export type LayerTexts = string | Record<string, string>;

export function layersOf(texts: LayerTexts): Layer[] {
  const byPath = typeof texts === "string" ? { ".": texts } : texts;
  return Object.entries(byPath).map(([path, text]) => ({
    path,
    conf: readLayerConf(text, { file: path === "." ? "conf/layer.conf" : `${path}/conf/layer.conf` }),
  }));
}

export interface Told {
  /** By component id. */
  layers?: Record<string, LayerTexts>;
  found?: Record<string, Partial<ComponentFindings>>;
  history?: PlanFindings["history"];
}

/** Of what is under `components:`, and of what comes after it. */
export function configOf(components: string, rest = ""): ChainConfig {
  const text = `version: 1\ncomponents:\n${components}\n${rest}`;
  const parsed = parseChainConfig(text, { file: "release-chain.yml", hubOwner: "acme" });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join("\n"));
  return parsed.config;
}

export function findingsOf(config: ChainConfig, { layers = {}, found = {}, history }: Told): PlanFindings {
  const path = ".github/workflows/build.yml";
  const components = config.components.map(({ id, source }): [string, ComponentFindings] => {
    const own = { layers: layersOf(layers[id] ?? {}), ...found[id] };
    const nothing = { repository: null, permissions: null, workflows: [], authorMayWrite: false };
    if (source.kind === "git") return [id, { ...nothing, sha: source.sha, ...own }];
    return [
      id,
      {
        repository: { fullName: source.repo, defaultBranch: "main", private: false, archived: false },
        permissions: { contents: "write", actions: "write" },
        sha: aSha(id),
        workflows: [{ id: 1, name: "build", path, state: "active", text: WORKFLOW }],
        authorMayWrite: true,
        ...own,
      },
    ];
  });
  return {
    hub: HUB,
    target: TARGET,
    components: new Map(components),
    notes: [],
    createdAt: "2026-01-01T00:00:00.000Z",
    ...(history !== undefined && { history }),
  };
}

/** What is not said of a component is as it should be. */
export function planOf(components: string, told: Told & { rest?: string } = {}): PlanResult {
  const config = configOf(components, told.rest);
  return makePlan(config, findingsOf(config, told));
}

/** What comes after the components, for `planOf`. */
export function graph(rules: string): { rest: string } {
  return { rest: `graph: {${rules}}\n` };
}

export function planned(result: PlanResult): ReleasePlan {
  if (result.kind === "refused") throw new Error(refusalReason(result.problems));
  return result.plan;
}

/** `a: b depends, c explicit` for each component that needs any, in their order. */
export function needWords({ components }: Pick<ReleasePlan, "components">): string[] {
  const words = ({ id, needs }: PlannedComponent): string =>
    `${id}: ${needs.map((need) => `${need.id} ${need.kind}`).join(", ")}`;
  return components.filter(({ needs }) => needs.length > 0).map(words);
}

/** `code: message`: of a plan its warnings, of a refused one its problems, after a word that says which. */
export function saidOf(result: PlanResult): string[] {
  const notes = result.kind === "plan" ? result.plan.warnings : result.problems;
  return notes.map(({ code, message }) => `${result.kind === "plan" ? "warns" : "refuses"} ${code}: ${message}`);
}

/** What is said of it, without the messages. */
export function codesOf(components: string, told: Told & { rest?: string }): string[] {
  return saidOf(planOf(components, told)).map((line) => line.split(":")[0] ?? "");
}
