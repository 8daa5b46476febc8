/** The real layers beside the project, with what BitBake reads from them; null where they are not there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Condition, Layer, LayerCollection, LayerNeed } from "../../src/chain/layer.js";
import type { GraphMember } from "../../src/chain/layer-graph.js";

export const LAYERS_DIR = join(import.meta.dirname, "../../../shared/layers");

export interface ExpectedValues {
  depends: Record<string, string[]>;
  recommends: Record<string, string[]>;
  series_compat: string[];
  version: string | null;
  priority: string | null;
  conditional?: { when: Record<string, string>; variable: string; adds: string[]; removes: string[] }[];
  needs_outside?: string[];
}

export interface ExpectedLayer {
  repo: string;
  path: string;
  collections: string[];
  values: Record<string, ExpectedValues>;
  dynamic: string[];
  dynamic_unless?: string[];
  foreign?: unknown[];
  includes?: { verb: string; file: string }[];
  addpylib?: string[];
  warnings?: string[];
}

export interface ExpectedGraph {
  cycles: string[][];
  levels: string[][];
}

export interface ExpectedLayers {
  layers: Record<string, ExpectedLayer>;
  providers: Record<string, string[]>;
  layer_edges: { from: string; needs: string; kind: string; to: string; when?: Record<string, string> }[];
  repo_edges: { from: string; to: string; via: Record<string, [string, string, string][]> }[];
  unresolved: { from: string; needs: string; kind: string }[];
  ambiguous: { from: string; needs: string; providers: string[] }[];
  mutual_repo_pairs: { repos: [string, string]; forward: string[]; back: string[] }[];
  repo_graph: Record<string, ExpectedGraph>;
  layer_graph: Record<string, ExpectedGraph>;
  series: { core: string[]; incompatible: [string, string][]; not_stated: [string, string][] };
}

export function expectedLayers(): ExpectedLayers | null {
  const file = join(LAYERS_DIR, "expected.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as ExpectedLayers) : null;
}

/** One component a repository, its id `owner/repo`, made of the values that BitBake read. */
export function membersOf(expected: ExpectedLayers): GraphMember[] {
  const members = new Map<string, Layer[]>();
  for (const { repo, path, values, dynamic, dynamic_unless = [] } of Object.values(expected.layers)) {
    const file = path === "." ? "conf/layer.conf" : `${path}/conf/layer.conf`;
    const collections = Object.entries(values).map(([name, of]) => collectionOf(name, of, file));
    const providesCore = collections.some(({ name }) => name === "core");
    const names = [
      ...dynamic.map((collection) => ({ collection, negated: false })),
      ...dynamic_unless.map((collection) => ({ collection, negated: true })),
    ];
    const conf: Layer["conf"] = {
      collections,
      dynamic: names.map((name) => ({ ...name, origin: { file, line: 1, variable: "BBFILES_DYNAMIC" } })),
      coreSeries: providesCore ? expected.series.core : null,
      includes: [],
      pythonModules: [],
      needsOutside: [],
      foreign: [],
      warnings: [],
    };
    members.set(repo, [...(members.get(repo) ?? []), { path, conf }]);
  }
  return [...members].map(([repo, layers]) => ({ id: repo, repo, needs: [], layers }));
}

/** Each layer as a component and a repository of its own, its id `owner/repo:path`. */
export function oneByOne(members: readonly GraphMember[]): GraphMember[] {
  return members.flatMap(({ repo, layers }) =>
    layers.map((layer) => ({ id: `${repo}:${layer.path}`, repo: `${repo}:${layer.path}`, needs: [], layers: [layer] })),
  );
}

function collectionOf(name: string, of: ExpectedValues, file: string): LayerCollection {
  const origin = { file, line: 1, variable: "BBFILE_COLLECTIONS" };
  const always = (needs: Record<string, string[]>): LayerNeed[] =>
    Object.entries(needs).map(([collection, constraints]) => ({ collection, constraints, when: null, origin }));
  const sometimes = (variable: string): LayerNeed[] =>
    (of.conditional ?? [])
      .filter((change) => change.variable === variable)
      .flatMap(({ when, adds }) =>
        adds.map((collection) => ({ collection, constraints: [], when: conditionOf(when), origin })),
      );
  return {
    name,
    version: of.version,
    priority: of.priority,
    depends: [...always(of.depends), ...sometimes("LAYERDEPENDS")],
    recommends: [...always(of.recommends), ...sometimes("LAYERRECOMMENDS")],
    series: of.series_compat,
    conditional: [],
    origin,
  };
}

function conditionOf(when: Record<string, string>): Condition {
  const [[variable, value] = ["", ""]] = Object.entries(when);
  return { variable, value };
}
