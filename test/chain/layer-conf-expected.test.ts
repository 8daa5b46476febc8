/** Every value that BitBake itself computed from real layer.conf files, against what is read here. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readLayerConf } from "../../src/chain/layer-conf.js";
import type { LayerConf, LayerNeed } from "../../src/chain/layer.js";
import { expectedLayers, LAYERS_DIR, type ExpectedLayer, type ExpectedValues } from "./real-layers.js";

const expected = expectedLayers();

/** The same shape from what is read here. */
function shapeOf(conf: LayerConf): Omit<ExpectedLayer, "repo" | "path"> {
  return {
    collections: conf.collections.map(({ name }) => name).sort(),
    values: Object.fromEntries(
      conf.collections.map((collection) => [
        collection.name,
        {
          depends: unconditional(collection.depends),
          recommends: unconditional(collection.recommends),
          series_compat: collection.series,
          version: collection.version,
          priority: collection.priority,
          conditional: collection.conditional.map(({ when, ...change }) => ({
            when: { [when.variable]: when.value },
            ...change,
          })),
          needs_outside: conf.needsOutside,
        },
      ]),
    ),
    dynamic: conf.dynamic.filter(({ negated }) => !negated).map(({ collection }) => collection),
    dynamic_unless: conf.dynamic.filter(({ negated }) => negated).map(({ collection }) => collection),
    foreign: conf.foreign,
    includes: conf.includes.map(({ verb, file }) => ({ verb, file })),
    addpylib: conf.pythonModules,
    warnings: conf.warnings.map(({ message }) => message),
  };
}

function unconditional(needs: LayerNeed[]): Record<string, string[]> {
  return Object.fromEntries(
    needs.filter(({ when }) => when === null).map((need) => [need.collection, need.constraints]),
  );
}

function withDefaults(layer: ExpectedLayer): Omit<ExpectedLayer, "repo" | "path"> {
  const {
    collections,
    values,
    dynamic,
    dynamic_unless = [],
    foreign = [],
    includes = [],
    addpylib = [],
    warnings = [],
  } = layer;
  const filled: Record<string, ExpectedValues> = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { conditional: [], needs_outside: [], ...value }]),
  );
  return {
    collections,
    values: filled,
    dynamic,
    dynamic_unless,
    foreign,
    includes,
    addpylib,
    warnings,
  };
}

function leaves(value: unknown): number {
  if (value === null || typeof value !== "object") return 1;
  return Object.values(value).reduce<number>((total, one) => total + leaves(one), Array.isArray(value) ? 0 : 1);
}

// The real files are not part of the project: they lie beside it where it is developed.
describe.runIf(expected !== null)("layer.conf files of real repositories", () => {
  const layers = expected?.layers ?? {};

  test("are read as BitBake reads them, every value", () => {
    let compared = 0;
    for (const [key, layer] of Object.entries(layers)) {
      const file = path.join(LAYERS_DIR, layer.repo.replace("/", "+"), layer.path, "conf/layer.conf");
      const conf = readLayerConf(readFileSync(file, "utf8"), { file: "conf/layer.conf" });
      const expected = withDefaults(layer);
      expect(shapeOf(conf), key).toEqual(expected);
      compared += leaves(expected);
    }
    console.log(`layer.conf: ${compared} values of ${Object.keys(layers).length} layers are as BitBake computes them`);
    expect(compared).toBeGreaterThan(300);
  });
});
