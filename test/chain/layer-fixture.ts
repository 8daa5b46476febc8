/** Layers and components by hand, as short as a test wants them. */
import type { EdgeKind } from "../../src/chain/config.js";
import type { Condition, Layer, LayerCollection, LayerConf, LayerNeed } from "../../src/chain/layer.js";
import type { GraphMember, LayerGraphRules } from "../../src/chain/layer-graph.js";

export const NO_RULES: LayerGraphRules = { providers: {}, external: [], ignore: [] };
export const ALL_KINDS: EdgeKind[] = ["depends", "conditional", "recommends", "dynamic"];

interface LayerWords {
  path?: string;
  /** `core`, `core (>= 12)`, `core ? qemuarm`: on an override, `core ? FEATURES=x`: on a variable. */
  depends?: string[];
  recommends?: string[];
  /** `qt5-layer`, `!qt5-layer` */
  dynamic?: string[];
  series?: string[];
  version?: string;
  coreSeries?: string[];
}

/** A layer with one collection, or with none where the name is empty. */
export function layer(name: string, words: LayerWords = {}): Layer {
  const path = words.path ?? ".";
  const file = `${path === "." ? "" : `${path}/`}conf/layer.conf`;
  const collection: LayerCollection = {
    name,
    version: words.version ?? null,
    priority: "5",
    depends: needs(words.depends, { file, variable: `LAYERDEPENDS_${name}`, first: 10 }),
    recommends: needs(words.recommends, { file, variable: `LAYERRECOMMENDS_${name}`, first: 20 }),
    series: words.series ?? ["wrynose"],
    conditional: [],
    origin: { file, line: 4, variable: "BBFILE_COLLECTIONS" },
  };
  const conf: LayerConf = {
    collections: name === "" ? [] : [collection],
    dynamic: (words.dynamic ?? []).map((text, index) => ({
      collection: text.replace(/^!/, ""),
      negated: text.startsWith("!"),
      origin: { file, line: 30 + index, variable: "BBFILES_DYNAMIC" },
    })),
    coreSeries: words.coreSeries ?? null,
    includes: [],
    pythonModules: [],
    needsOutside: [],
    foreign: [],
    warnings: [],
  };
  return { path, conf };
}

function needs(
  texts: readonly string[] = [],
  { file, variable, first }: { file: string; variable: string; first: number },
): LayerNeed[] {
  return texts.map((text, index) => {
    const [, collection = "", constraint, condition] = /^(\S+)(?: \((.*)\))?(?: \? (.*))?$/.exec(text) ?? [];
    const origin = { file, line: first + index, variable };
    return { collection, constraints: constraint === undefined ? [] : [constraint], when: whenOf(condition), origin };
  });
}

function whenOf(text: string | undefined): Condition | null {
  if (text === undefined) return null;
  const [variable = "", value] = text.split("=");
  return value === undefined ? { variable: "OVERRIDES", value: variable } : { variable, value };
}

/** A component of a repository of its own, unless `repo` says otherwise. */
export function member(id: string, layers: readonly Layer[], rest: Partial<GraphMember> = {}): GraphMember {
  return { id, repo: `acme/${id}`, needs: [], layers, ...rest };
}

/** The core with its series. */
export function core(id = "oe-core", series = ["wrynose"]): GraphMember {
  return member(id, [layer("core", { path: "meta", series, coreSeries: series, version: "15" })]);
}
