/**
 * What a layer says of itself: `conf/layer.conf`, read and evaluated as BitBake does it (2.19; its user manual, and its own
 * source where that is silent). The language is in bitbake/; here is which variables count and what they mean: lib/bb/cooker.py
 * (`handleCollections`) and lib/bb/cookerdata.py (`parseConfigurationFiles`) of BitBake.
 */
import { ConditionalValues, type Conditional, type Evaluated } from "./bitbake/conditional-values.js";
import { Meter } from "./bitbake/meter.js";
import { originAt, Origins } from "./bitbake/origins.js";
import { runStatements, type ReadResult } from "./bitbake/run-statements.js";
import { readVersionedNames } from "./bitbake/versions.js";
import { words } from "./bitbake/whitespace.js";
import type {
  ConditionalChange,
  ConditionalVariable,
  DynamicCollection,
  LayerCollection,
  LayerConf,
  LayerNeed,
  LayerWarning,
  Origin,
} from "./layer.js";

export interface LayerConfOptions {
  /** How origins and warnings name the file, e.g. `meta/conf/layer.conf`. */
  file: string;
  /** Other files of the layer by path below its folder, for `require` and `include`; files outside are reported only. */
  files?: ReadonlyMap<string, string>;
}

/**
 * Reads a layer.conf by itself: no other layer, no override set, no variable but its own and those of BitBake's that name the
 * layer's folder. Never throws: what cannot be read or evaluated is a warning, and the rest counts. Old syntax
 * (`LAYERDEPENDS_x_append`) is read as it was meant, with a warning.
 */
export function readLayerConf(text: string, options: LayerConfOptions): LayerConf {
  return evaluateLayerConf(text, options).conf;
}

/** The same, with the steps it took: at most a constant and a multiple of the characters read. */
export function evaluateLayerConf(text: string, { file, files }: LayerConfOptions): { conf: LayerConf; steps: number } {
  const meter = new Meter(text.length);
  const root = file.endsWith(CONF) ? file.slice(0, -CONF.length) : file.slice(0, file.lastIndexOf("/") + 1);
  const layer = {
    files: files ?? new Map<string, string>(),
    nameOf: (path: string) => root + path,
    folder: `/layers/${root.split("/").at(-2) ?? "layer"}`,
  };
  const read = runStatements({ file, text, path: CONF }, layer, meter);
  if (text.includes("\uFFFD")) {
    read.warnings.push({ file, line: 1, variable: null, message: NOT_UTF8 });
  }
  return { conf: new Reader(file, read, meter).conf(), steps: meter.steps };
}

const CONF = "conf/layer.conf";
const NOT_UTF8 = "has characters that are not UTF-8; BitBake refuses such a file";

const VARIABLES: readonly ConditionalVariable[] = [
  "LAYERDEPENDS",
  "LAYERRECOMMENDS",
  "LAYERSERIES_COMPAT",
  "LAYERVERSION",
  "BBFILE_PRIORITY",
];
const OF_COLLECTIONS = [...VARIABLES, "BBFILE_PATTERN_IGNORE_EMPTY", "BBFILE_PATTERN"];

/** A value that counts, with what it changes to. */
interface Held {
  name: string;
  plain: Evaluated;
  conditional: Conditional[];
}

class Reader {
  private readonly origins: Origins;
  private readonly values: ConditionalValues;
  private readonly warnings: LayerWarning[];
  private readonly outside = new Set<string>();

  constructor(
    private readonly file: string,
    private readonly read: ReadResult,
    meter: Meter,
  ) {
    this.origins = new Origins(read.writes);
    this.values = new ConditionalValues(read.store, meter);
    this.warnings = [...read.warnings];
  }

  conf(): LayerConf {
    const listed = this.plain("BBFILE_COLLECTIONS");
    this.noteOutside(listed);
    const names = words(listed.value ?? "");
    const unique = [...new Set(names)];
    if (unique.length < names.length) this.warn("BBFILE_COLLECTIONS", "names a collection twice; BitBake refuses that");
    const collections = unique.map((name) => this.collection(name, listed));
    const series = this.plain("LAYERSERIES_CORENAMES").value;
    const dynamic = this.dynamic();
    if (this.values.tooMany)
      this.warn("OVERRIDES", "has too many conditions hang on it; not all of them are looked at");
    return {
      collections,
      dynamic,
      coreSeries: series === null ? null : words(series),
      includes: this.read.includes,
      pythonModules: this.read.pythonModules,
      needsOutside: [...this.outside].sort(),
      foreign: this.foreign(new Set(unique)),
      warnings: this.warnings,
    };
  }

  private plain(name: string): Evaluated {
    const evaluated = this.values.plain(name);
    if (evaluated.problem !== null) this.warn(name, `could not be evaluated: ${evaluated.problem}`);
    return evaluated;
  }

  private held(variable: ConditionalVariable, collection: string): Held {
    const name = `${variable}_${collection}`;
    const plain = this.plain(name);
    this.noteOutside(plain);
    const conditional = this.values.underConditions(name, plain);
    for (const { when, evaluated } of conditional) {
      this.noteOutside(evaluated);
      if (evaluated.problem === null || evaluated.problem === plain.problem) continue;
      this.warn(name, `could not be evaluated where ${when.variable} is "${when.value}": ${evaluated.problem}`);
    }
    return { name, plain, conditional };
  }

  private noteOutside({ trace }: Evaluated): void {
    for (const name of trace.unset) this.outside.add(name);
  }

  private warn(variable: string, message: string): void {
    const origin = this.origins.ofVariable(variable);
    this.warnings.push({ file: origin?.file ?? this.file, line: origin?.line ?? 1, variable, message });
  }

  private collection(name: string, listed: Evaluated): LayerCollection {
    const depends = this.held("LAYERDEPENDS", name);
    const recommends = this.held("LAYERRECOMMENDS", name);
    const series = this.held("LAYERSERIES_COMPAT", name);
    const version = this.held("LAYERVERSION", name);
    const priority = this.held("BBFILE_PRIORITY", name);
    const held = {
      LAYERDEPENDS: depends,
      LAYERRECOMMENDS: recommends,
      LAYERSERIES_COMPAT: series,
      LAYERVERSION: version,
      BBFILE_PRIORITY: priority,
    };
    return {
      name,
      version: version.plain.value,
      priority: priority.plain.value,
      depends: this.needs(depends),
      recommends: this.needs(recommends),
      series: words(series.plain.value ?? ""),
      conditional: VARIABLES.flatMap((variable) => changesOf(variable, held[variable])).sort(byCondition),
      origin: this.originOfWord("BBFILE_COLLECTIONS", name, listed),
    };
  }

  private needs(held: Held): LayerNeed[] {
    const plain = this.namesIn(held.name, held.plain.value);
    const needs = this.needsOf(held.name, plain, null, held.plain);
    for (const { when, evaluated } of held.conditional) {
      const names = this.namesIn(held.name, evaluated.value);
      for (const known of plain.keys()) names.delete(known);
      needs.push(...this.needsOf(held.name, names, when, evaluated));
    }
    return needs;
  }

  private needsOf(
    variable: string,
    names: ReadonlyMap<string, string[]>,
    when: LayerNeed["when"],
    evaluated: Evaluated,
  ): LayerNeed[] {
    return [...names].sort(byName).map(([collection, constraints]) => ({
      collection,
      constraints,
      when,
      origin: this.originOfWord(variable, collection, evaluated),
    }));
  }

  private namesIn(variable: string, value: string | null): Map<string, string[]> {
    const read = readVersionedNames(value ?? "");
    if (read.kind === "names") return read.names;
    this.warn(variable, `is no list that BitBake takes: ${read.message}`);
    return new Map();
  }

  private originOfWord(variable: string, word: string, { trace }: Evaluated): Origin {
    return this.origins.ofWord(variable, word, trace.read) ?? { file: this.file, line: 1, variable };
  }

  private dynamic(): DynamicCollection[] {
    const listed = this.plain("BBFILES_DYNAMIC");
    const found = new Map<string, DynamicCollection>();
    let malformed: string | null = null;
    for (const entry of words(listed.value ?? "")) {
      const colon = entry.indexOf(":");
      const negated = entry.startsWith("!");
      const collection = entry.slice(negated ? 1 : 0, Math.max(colon, 0));
      if (collection === "") malformed ??= entry;
      else if (!found.has(entry.slice(0, colon))) {
        const origin = this.originOfWord("BBFILES_DYNAMIC", collection, listed);
        found.set(entry.slice(0, colon), { collection, negated, origin });
      }
    }
    if (malformed !== null) {
      this.warn(
        "BBFILES_DYNAMIC",
        `has an entry without a collection, which BitBake refuses: ${malformed.slice(0, 80)}`,
      );
    }
    return [...found.values()].sort(
      (a, b) => order(a.collection, b.collection) || Number(a.negated) - Number(b.negated),
    );
  }

  private foreign(own: ReadonlySet<string>): LayerConf["foreign"] {
    return [...this.read.writes].flatMap(([variable, writes]) => {
      const prefix = OF_COLLECTIONS.find((one) => variable.startsWith(`${one}_`));
      const collection = prefix === undefined ? null : variable.slice(prefix.length + 1);
      if (collection === null || own.has(collection)) return [];
      return writes.map((write) => ({ collection, origin: originAt(write, write.assignment.place.first) }));
    });
  }
}

function changesOf(variable: ConditionalVariable, held: Held): ConditionalChange[] {
  if (held.plain.problem !== null) return [];
  const before = partsOf(variable, held.plain.value);
  return held.conditional.flatMap(({ when, evaluated }) => {
    if (evaluated.problem !== null) return [];
    const after = partsOf(variable, evaluated.value);
    const adds = [...after].filter((one) => !before.has(one)).sort(order);
    const removes = [...before].filter((one) => !after.has(one)).sort(order);
    return adds.length + removes.length === 0 ? [] : [{ when, variable, adds, removes }];
  });
}

function partsOf(variable: ConditionalVariable, value: string | null): ReadonlySet<string> {
  if (value === null) return new Set();
  switch (variable) {
    case "LAYERDEPENDS":
    case "LAYERRECOMMENDS": {
      const read = readVersionedNames(value);
      return new Set(read.kind === "names" ? read.names.keys() : []);
    }
    case "LAYERSERIES_COMPAT":
      return new Set(words(value));
    case "LAYERVERSION":
    case "BBFILE_PRIORITY":
      return new Set([value]);
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return order(a, b);
}

function byCondition(a: ConditionalChange, b: ConditionalChange): number {
  return order(a.when.variable, b.when.variable) || order(a.when.value, b.when.value) || order(a.variable, b.variable);
}
