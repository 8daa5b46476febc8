/**
 * What a Yocto layer says of itself in its `conf/layer.conf`, as BitBake reads it. `readLayerConf` in layer-conf.ts makes a
 * LayerConf from text; layer-graph.ts makes a graph of many.
 */

/** Where a value was set: the file as it was named to the reader, 1-based line, the variable with its operator suffixes. */
export interface Origin {
  file: string;
  line: number;
  /** As written, e.g. `LAYERDEPENDS_meta-arm-bsp:append:corstone1000`. */
  variable: string;
}

/** What a value hangs on: `{variable: "OVERRIDES", value: "corstone1000"}`, or a variable that contains or equals a value. */
export interface Condition {
  variable: string;
  value: string;
}

/** A collection that a layer needs or recommends. */
export interface LayerNeed {
  collection: string;
  /** All have to hold, each as BitBake writes it: `>= 12`. */
  constraints: string[];
  /** null: needed in any case. */
  when: Condition | null;
  origin: Origin;
}

export type ConditionalVariable =
  "LAYERDEPENDS" | "LAYERRECOMMENDS" | "LAYERSERIES_COMPAT" | "LAYERVERSION" | "BBFILE_PRIORITY";

/** What changes in a variable of a collection while a condition holds; names sorted. */
export interface ConditionalChange {
  when: Condition;
  variable: ConditionalVariable;
  adds: string[];
  removes: string[];
}

export interface LayerCollection {
  name: string;
  /** LAYERVERSION, as text; null: none. */
  version: string | null;
  /** BBFILE_PRIORITY as it is written; null: none. */
  priority: string | null;
  /** LAYERDEPENDS and LAYERRECOMMENDS: those of any case, and those that hang on a condition. */
  depends: LayerNeed[];
  recommends: LayerNeed[];
  /** LAYERSERIES_COMPAT, in the order of the text. */
  series: string[];
  conditional: ConditionalChange[];
  origin: Origin;
}

/** A collection that BBFILES_DYNAMIC names. */
export interface DynamicCollection {
  collection: string;
  /** `!name`: the files are taken where the collection is absent; it is no need. */
  negated: boolean;
  origin: Origin;
}

/** A file that `require`, `include` or the like names; `followed` where it was in the layer and was read. */
export interface LayerInclude {
  verb: string;
  file: string;
  origin: Origin;
  followed: boolean;
}

/** What could not be read or evaluated; the rest of the file counts all the same. */
export interface LayerWarning {
  file: string;
  line: number;
  variable: string | null;
  message: string;
}

export interface LayerConf {
  collections: LayerCollection[];
  dynamic: DynamicCollection[];
  /** LAYERSERIES_CORENAMES; null where the layer does not set it. */
  coreSeries: string[] | null;
  includes: LayerInclude[];
  /** Modules of `addpylib`. */
  pythonModules: string[];
  /** Variables that the values above would need and that no file here sets; sorted. */
  needsOutside: string[];
  /** Assignments to variables of collections that this layer does not provide. */
  foreign: { collection: string; origin: Origin }[];
  warnings: LayerWarning[];
}

/** A layer of a repository. */
export interface Layer {
  /** Folder in the repository; `.` at its root. */
  path: string;
  conf: LayerConf;
}
