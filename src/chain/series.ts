/** The series gate: does each layer support the series of the core that it is built with? */
import type { EdgeKind } from "./config.js";
import type { Layer } from "./layer.js";
import type { GraphEdge, GraphMember } from "./layer-graph.js";
import { graphNodes } from "./graph-report.js";
import { compare } from "./graph.js";
import { sortedBy } from "./sort-keys.js";
import { listWords } from "./words.js";

/** The collection whose layer names the series of a build. */
export const CORE = "core";

export interface LayerCollectionRef {
  component: string;
  /** The layer's path in its repository. */
  layer: string;
  collection: string;
}

export interface SeriesCore {
  component: string;
  /** LAYERSERIES_CORENAMES, sorted. */
  series: string[];
}

/** A layer that cannot be built as it stands. */
export interface SeriesFault extends LayerCollectionRef {
  /** LAYERSERIES_COMPAT, sorted. */
  supports: string[];
  /** What it was held against; null: no core is in the chain, and `series` is what most layers support. */
  core: SeriesCore | null;
  /** The series it would have to support one of. */
  series: string[];
  /** A sentence: what, where, what to do. */
  message: string;
}

export interface SeriesGate {
  /** The smallest set of layers that, taken out or moved to another branch, leaves none at fault; sorted. */
  faults: SeriesFault[];
  /** Layers without LAYERSERIES_COMPAT, which BitBake warns of; sorted. */
  undeclared: LayerCollectionRef[];
  /** Sentences: of undeclared layers in BitBake's words, of what could not be told, and of a core without a series. */
  warnings: string[];
}

interface Declared extends LayerCollectionRef {
  /** Sorted; empty: none declared. */
  supports: string[];
}

/** A series of cores: all components that provide `core` with the same LAYERSERIES_CORENAMES. */
interface CoreClass {
  series: string[];
  components: string[];
}

/**
 * BitBake's rule (`_parse_base_configuration` and LAYERSERIES_COMPAT in lib/bb/cookerdata.py): a layer whose
 * LAYERSERIES_COMPAT shares no word with the core's LAYERSERIES_CORENAMES stops the build, and one without it is warned of.
 * The core of a component is the provider of `core` that it reaches by explicit needs and edges of `kinds`; where it
 * reaches none and all cores here have one series, that. A component that reaches cores of several series, and needs none
 * of them explicitly, is at fault only where it supports none of them, and is warned of where it supports not all. Only
 * where no core is here, a series common to all layers that declare any is looked for; where there is none, those are at
 * fault that do not support the series with the most supporters (of several, the first by name).
 */
export function seriesGate(
  members: readonly GraphMember[],
  graph: { edges: readonly GraphEdge[] },
  kinds: readonly EdgeKind[],
): SeriesGate {
  const layers = declaredLayers(members);
  const { classes, warnings: coreWarnings } = coreClasses(members);
  const declared = layers.filter(({ supports }) => supports.length > 0);
  const undeclared = layers
    .filter(({ supports }) => supports.length === 0)
    .map(({ component, layer, collection }) => ({ component, layer, collection }));
  const judged =
    classes.length === 0 ? againstEachOther(declared) : againstCores(declared, members, graph, kinds, classes);
  return {
    faults: judged.faults,
    undeclared,
    warnings: [...coreWarnings, ...judged.warnings, ...undeclared.map(undeclaredWords)],
  };
}

function declaredLayers(members: readonly GraphMember[]): Declared[] {
  const layers = members.flatMap(({ id, layers }) =>
    layers.flatMap(({ path, conf }) =>
      conf.collections.map(({ name, series }) => ({
        component: id,
        layer: path,
        collection: name,
        supports: [...new Set(series)].sort(compare),
      })),
    ),
  );
  return sortedBy(layers, ({ component, layer, collection }) => [component, layer, collection]);
}

/** LAYERSERIES_CORENAMES of what provides the core, sorted; empty where it names none, null where none of these is the core. */
export function coreSeriesOf(unsorted: readonly Layer[]): string[] | null {
  const layers = sortedBy(unsorted, ({ path }) => [path]);
  const providing = layers.filter(({ conf }) => conf.collections.some(({ name }) => name === CORE));
  if (providing.length === 0) return null;
  const stated = [...providing, ...layers].find(({ conf }) => (conf.coreSeries ?? []).length > 0);
  return [...new Set(stated?.conf.coreSeries ?? [])].sort(compare);
}

function coreClasses(members: readonly GraphMember[]): { classes: CoreClass[]; warnings: string[] } {
  const classes = new Map<string, CoreClass>();
  const warnings: string[] = [];
  for (const { id, layers } of sortedBy(members, (member) => [member.id])) {
    const series = coreSeriesOf(layers);
    if (series === null) continue;
    if (series.length === 0) {
      warnings.push(
        `${id} provides the collection core, but its layer.conf names no series in LAYERSERIES_CORENAMES: whether the other layers go with it cannot be told.`,
      );
      continue;
    }
    const key = JSON.stringify(series);
    const known = classes.get(key);
    if (known === undefined) classes.set(key, { series, components: [id] });
    else known.components.push(id);
  }
  return { classes: [...classes.values()], warnings };
}

interface Judged {
  faults: SeriesFault[];
  warnings: string[];
}

function againstCores(
  layers: readonly Declared[],
  members: readonly GraphMember[],
  graph: { edges: readonly GraphEdge[] },
  kinds: readonly EdgeKind[],
  classes: readonly CoreClass[],
): Judged {
  const reached = reachedCores(members, graph.edges, kinds, classes);
  const faults: SeriesFault[] = [];
  const warnings = new Set<string>();
  for (const layer of layers) {
    const only = classes.length === 1 ? classes.flatMap(firstCore) : [];
    const found = reached.get(layer.component) ?? [];
    const cores = found.length > 0 ? found : only;
    const matching = cores.filter(({ series }) => series.some((name) => layer.supports.includes(name)));
    const first = cores[0];
    if (first === undefined) warnings.add(unreachableWords(layer.component, classes));
    else if (matching.length === 0) faults.push(coreFault(layer, first, cores));
    else if (matching.length < cores.length) warnings.add(undecidedWords(layer, cores, matching));
  }
  return { faults, warnings: [...warnings] };
}

function firstCore({ series, components }: CoreClass): SeriesCore[] {
  return components.slice(0, 1).map((component) => ({ component, series }));
}

/**
 * The cores that each component reaches, one of each series. A core reaches itself alone, and who explicitly needs a core
 * reaches those it names alone, whatever lies behind its other needs.
 */
function reachedCores(
  members: readonly GraphMember[],
  edges: readonly GraphEdge[],
  kinds: readonly EdgeKind[],
  classes: readonly CoreClass[],
): Map<string, SeriesCore[]> {
  const classOf = new Map(classes.flatMap((one) => one.components.map((id) => [id, one] as const)));
  const dependents = new Map<string, string[]>(members.map(({ id }) => [id, []]));
  for (const { id, needs } of graphNodes([...dependents.keys()], edges, kinds))
    for (const need of needs) dependents.get(need)?.push(id);
  const decided = new Map<string, Set<CoreClass>>();
  for (const { from, to, kind } of edges) {
    const one = classOf.get(to);
    if (kind === "explicit" && one !== undefined) decided.set(from, (decided.get(from) ?? new Set()).add(one));
  }
  for (const [id, one] of classOf) decided.set(id, new Set([one]));

  const reached = new Map<string, SeriesCore[]>();
  for (const one of classes) {
    const coreOf = new Map(one.components.map((id) => [id, id]));
    const queue = [...one.components];
    for (let next = 0; next < queue.length; next++) {
      const id = queue[next] ?? "";
      const core = coreOf.get(id) ?? id;
      reached.set(id, [...(reached.get(id) ?? []), { component: core, series: one.series }]);
      for (const dependent of (dependents.get(id) ?? []).sort(compare)) {
        if (coreOf.has(dependent) || decided.get(dependent)?.has(one) === false) continue;
        coreOf.set(dependent, core);
        queue.push(dependent);
      }
    }
  }
  return reached;
}

function againstEachOther(layers: readonly Declared[]): Judged {
  const supporters = new Map<string, number>();
  for (const { supports } of layers)
    for (const series of supports) supporters.set(series, (supporters.get(series) ?? 0) + 1);
  const [best] = sortedBy(supporters, ([series, count]) => [-count, series]);
  if (best === undefined) return { faults: [], warnings: [] };
  const [series, count] = best;
  const faults = layers.filter(({ supports }) => !supports.includes(series));
  return {
    faults: faults.map((layer) => ({
      ...layer,
      core: null,
      series: [series],
      message: `${where(layer)} supports ${listWords(layer.supports, 8)}, not ${series} as ${count} of ${layers.length} layers do, and no core is in the chain. Take all layers from branches of one series.`,
    })),
    warnings: [],
  };
}

function coreFault(layer: Declared, core: SeriesCore, cores: readonly SeriesCore[]): SeriesFault {
  const others = cores.length > 1 ? `, and none of ${coresWords(cores.slice(1))}, which it needs too` : "";
  return {
    ...layer,
    core,
    series: core.series,
    message: `${where(layer)} supports ${listWords(layer.supports, 8)}, but the core it is built with, ${core.component}, is of the series ${core.series.join(", ")}${others}. Take both from branches of one series.`,
  };
}

function coresWords(cores: readonly SeriesCore[]): string {
  return listWords(
    cores.map(({ component, series }) => `${component} (${series.join(", ")})`),
    8,
  );
}

/** `meta-a (conf/layer.conf LAYERSERIES_COMPAT_a)` */
function where({ component, layer, collection }: LayerCollectionRef): string {
  const folder = layer === "." ? "" : `${layer}/`;
  return `${component} (${folder}conf/layer.conf LAYERSERIES_COMPAT_${collection})`;
}

function unreachableWords(component: string, classes: readonly CoreClass[]): string {
  return `${component} reaches no core, and there are several: ${coresWords(classes.flatMap(firstCore))}. Let its needs name the one it is built with; until then its series are not checked.`;
}

function undecidedWords(layer: Declared, cores: readonly SeriesCore[], matching: readonly SeriesCore[]): string {
  return `${where(layer)} supports ${listWords(layer.supports, 8)}, and its component needs several cores: ${coresWords(cores)}. It goes with ${coresWords(matching)} only. Let its needs name the one it is built with.`;
}

/** BitBake's own words, behind the component that they are about. */
function undeclaredWords({ component, collection }: LayerCollectionRef): string {
  return `${component}: Layer ${collection} should set LAYERSERIES_COMPAT_${collection} in its conf/layer.conf file to list the core layer names it is compatible with.`;
}
