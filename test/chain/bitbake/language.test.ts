/** Small files, one property of the language each. What is expected was computed by BitBake 2.19's own parser. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readLayerConf } from "../../../src/chain/layer-conf.js";
import type { ConditionalChange, LayerCollection, LayerConf, LayerNeed } from "../../../src/chain/layer.js";

interface Case {
  name: string;
  /** After `BBFILE_COLLECTIONS += "x"`. */
  text: string;
  expected: Expected;
}
interface Expected {
  /** BitBake refuses the whole file. */
  refused?: boolean;
  /** BitBake 2.19 refuses it; the values are those with the names in the present syntax. */
  oldSyntax?: boolean;
  collections?: Collection[];
  dynamic?: string[];
  unless?: string[];
  coreSeries?: string[];
  includes?: { verb: string; file: string }[];
  addpylib?: string[];
  /** Variables that BitBake cannot expand, or whose Python it leaves as it is written. */
  unexpanded?: string[];
}
interface Collection {
  name: string;
  depends?: Record<string, string[]>;
  recommends?: Record<string, string[]>;
  series?: string[];
  version?: string;
  priority?: string;
  conditional?: ConditionalChange[];
}

const cases = JSON.parse(readFileSync(new URL("language-cases.json", import.meta.url), "utf8")) as Case[];

function unconditional(needs: LayerNeed[]): Record<string, string[]> {
  return Object.fromEntries(
    needs.filter(({ when }) => when === null).map((need) => [need.collection, need.constraints]),
  );
}

/** Without what is empty. */
function filled<T extends object>(value: T): Partial<T> {
  const kept = Object.entries(value).filter(
    ([, held]) => held !== null && JSON.stringify(held) !== "[]" && JSON.stringify(held) !== "{}",
  );
  return Object.fromEntries(kept) as Partial<T>;
}

function collectionShape(collection: LayerCollection): object {
  const { name, depends, recommends, series, version, priority, conditional } = collection;
  return filled({
    name,
    depends: unconditional(depends),
    recommends: unconditional(recommends),
    series,
    version,
    priority,
    conditional,
  });
}

function shape(conf: LayerConf): object {
  return filled({
    collections: conf.collections
      .map(collectionShape)
      .filter((one) => Object.keys(one).length > 1 || !("name" in one) || one.name !== "x"),
    dynamic: conf.dynamic.filter(({ negated }) => !negated).map(({ collection }) => collection),
    unless: conf.dynamic.filter(({ negated }) => negated).map(({ collection }) => collection),
    coreSeries: conf.coreSeries,
    includes: conf.includes.map(({ verb, file }) => ({ verb, file })),
    addpylib: conf.pythonModules,
  });
}

describe("what BitBake makes of it", () => {
  test.each(cases)("$name", ({ text, expected }) => {
    const conf = readLayerConf(`BBFILE_COLLECTIONS += "x"\n${text}`, { file: "conf/layer.conf" });
    const { refused, oldSyntax, unexpanded = [], collections, ...rest } = expected;
    const messages = conf.warnings.map(({ message }) => message);
    expect(messages.some((message) => message.includes("BitBake refuses the whole file"))).toBe(refused ?? false);
    if (refused === true) return;
    const sorted = collections?.toSorted((a, b) => Number(a.name > b.name) - Number(a.name < b.name));
    expect(shape(conf)).toEqual(sorted === undefined ? rest : { ...rest, collections: sorted });
    expect(messages.some((message) => message.includes("old syntax"))).toBe(oldSyntax ?? false);
    const told = conf.warnings.map(({ variable }) => variable);
    for (const variable of unexpanded) expect(told).toContain(variable);
  });
});
