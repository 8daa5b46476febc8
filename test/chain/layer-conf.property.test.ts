/** A random layer, written down in random ways, is read as it was meant. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readLayerConf } from "../../src/chain/layer-conf.js";
import type { LayerNeed } from "../../src/chain/layer.js";

interface Model {
  name: string;
  version: string | null;
  priority: string | null;
  depends: Map<string, string[]>;
  recommends: Map<string, string[]>;
  series: string[];
  /** Override, and what it adds to LAYERDEPENDS. */
  conditional: Map<string, string[]>;
  dynamic: string[];
}

const word = fc.stringMatching(/^[a-z][a-z0-9.+]{0,5}(-[a-z0-9]{1,5}){0,2}$/);
const override = fc.stringMatching(/^[a-z][a-z0-9]{0,4}(-[a-z0-9]{1,4})?$/);
const constraint = fc.tuple(
  fc.constantFrom("=", ">=", "<=", "<", ">", "=="),
  fc.stringMatching(/^[0-9]{1,3}(\.[0-9])?$/),
);
const need = fc.tuple(
  word,
  fc.option(
    constraint.map((pair) => pair.join(" ")),
    { nil: undefined, freq: 3 },
  ),
);
const needs = fc
  .uniqueArray(need, { maxLength: 6, selector: ([name]) => name })
  .map((pairs) => new Map(pairs.map(([name, version]) => [name, version === undefined ? [] : [version]])));

const model: fc.Arbitrary<Model> = fc
  .record({
    name: word,
    version: fc.option(fc.stringMatching(/^[0-9]{1,2}$/)),
    priority: fc.option(fc.stringMatching(/^[0-9]{1,2}$/)),
    depends: needs,
    recommends: needs,
    series: fc.uniqueArray(word, { maxLength: 3 }),
    conditional: fc.dictionary(override, fc.uniqueArray(word, { minLength: 1, maxLength: 2 }), { maxKeys: 3 }),
    dynamic: fc.uniqueArray(word, { maxLength: 3 }),
  })
  .map(({ conditional, ...rest }) => {
    const added = Object.entries(conditional).map(([key, names]): [string, string[]] => [
      key,
      names.filter((one) => !rest.depends.has(one)).sort(),
    ]);
    return {
      ...rest,
      conditional: new Map(added.filter(([key, names]) => names.length > 0 && !/^(append|prepend|remove)$/.test(key))),
    };
  });

/** Choices that change how it is written, and not what is meant; one number each, used up in order. */
class Choices {
  private at = 0;
  constructor(private readonly numbers: readonly number[]) {}

  of<T>(...options: readonly [T, ...T[]]): T {
    const chosen = options[(this.numbers[this.at++ % this.numbers.length] ?? 0) % options.length];
    return chosen ?? options[0];
  }
}

function print({ name, ...layer }: Model, choices: Choices): string {
  const statements = [
    `BBFILE_COLLECTIONS ${choices.of("+=", "=", ".=", "=+", "?=", ":=")} ${value(` ${name} `, choices)}`,
    ...list(`LAYERDEPENDS_${name}`, printNeeds(layer.depends), choices),
    ...list(`LAYERRECOMMENDS_${name}`, printNeeds(layer.recommends), choices),
    ...list(`LAYERSERIES_COMPAT_${name}`, layer.series, choices),
    ...scalar(`LAYERVERSION_${name}`, layer.version, choices),
    ...scalar(`BBFILE_PRIORITY_${name}`, layer.priority, choices),
    ...Array.from(layer.conditional, ([key, names]) => {
      const operation = choices.of("append", "prepend");
      return `LAYERDEPENDS_${name}:${operation}:${key} = ${value(` ${names.join(" ")} `, choices)}`;
    }),
    ...list(
      "BBFILES_DYNAMIC",
      layer.dynamic.map((one) => `${one}:\${LAYERDIR}/dynamic/${one}/*.bb`),
      choices,
    ),
  ];
  const noise = choices.of(
    "",
    "# a comment\n",
    "\n  \n",
    'UNRELATED = "${NOTHING} ${@nonsense(}"\n',
    "# one \\\n# two\n",
  );
  return statements
    .map((statement) => `${statement}${choices.of("", " ", "\t")}${choices.of("\n", "\r\n")}${noise}`)
    .join("");
}

function printNeeds(wanted: ReadonlyMap<string, string[]>): string[] {
  return Array.from(wanted, ([collection, [version]]) =>
    version === undefined ? collection : `${collection} (${version})`,
  );
}

/** The same words by other operators. */
function list(variable: string, words: readonly string[], choices: Choices): string[] {
  if (words.length === 0) return choices.of([], [`${variable} = ""`]);
  const whole = ` ${words.join(" ")} `;
  const halves = [words.slice(0, 1), words.slice(1)].map((half) => ` ${half.join(" ")} `);
  const [first = "", second = ""] = halves;
  return choices.of<string[]>(
    [`${variable} = ${value(whole, choices)}`],
    [`${variable} ??= "nothing"`, `${variable} ?= ${value(whole, choices)}`, `${variable} ?= "nothing"`],
    [`${variable} = ${value(first, choices)}`, `${variable} ${choices.of("+=", ".=")} ${value(second, choices)}`],
    [`${variable} = ${value(second, choices)}`, `${variable} ${choices.of("=+", "=.")} ${value(first, choices)}`],
    [`${variable}:append = ${value(second, choices)}`, `${variable} = ${value(first, choices)}`],
    [`${variable}_append = ${value(second, choices)}`, `${variable} = ${value(first, choices)}`],
    [`${variable}:prepend = ${value(first, choices)}`, `${variable} = ${value(second, choices)}`],
    [`${variable} = ${value(`${whole} nothing`, choices)}`, `${variable}:remove = ${value("nothing", choices)}`],
    [`PART_${variable} = ${value(whole, choices)}`, `${variable} = "\${PART_${variable}}"`],
    [`${variable} = "\${@' '.join(${pythonList(words)})}"`],
  );
}

function pythonList(words: readonly string[]): string {
  return `[${words.map((one) => `'${one.replace("${LAYERDIR}", "/layer")}'`).join(", ")}]`;
}

function scalar(variable: string, text: string | null, choices: Choices): string[] {
  if (text === null) return [];
  const quote = choices.of('"', "'");
  return choices.of<string[]>(
    [
      `${choices.of("", "export ")}${variable} ${choices.of("=", "?=", "??=", ":=", ".=", "=.")} ${quote}${text}${quote}`,
    ],
    [`${variable} = "0"`, `${variable} = "${text}"`],
    [`${variable} = "0"`, `unset ${variable}`, `${variable} ??= "${text}"`],
    [`${variable} = "\${@int('${text}')}"`]
      .filter(() => !/^0\d/.test(text))
      .concat(/^0\d/.test(text) ? [`${variable} = "${text}"`] : []),
  );
}

/** In either quote; spaces may become continuation lines. */
function value(text: string, choices: Choices): string {
  const quote = choices.of('"', "'");
  const space = choices.of(" ", "  ", " \\\n    ", "\t", " \\\n\t");
  return `${quote}${text.replaceAll(" ", space)}${quote}`;
}

function asModel(all: readonly LayerNeed[]): Map<string, string[]> {
  return new Map(
    all.filter(({ when }) => when === null).map(({ collection, constraints }) => [collection, constraints]),
  );
}

test("what is written is what is read", () => {
  fc.assert(
    fc.property(model, fc.array(fc.nat(1_000), { minLength: 40, maxLength: 40 }), (layer, numbers) => {
      const text = print(layer, new Choices(numbers));
      const conf = readLayerConf(text, { file: "conf/layer.conf" });
      const found = conf.collections[0];
      expect(conf.warnings.filter(({ message }) => !message.includes("old syntax"))).toEqual([]);
      expect(conf.collections.map(({ name }) => name)).toEqual([layer.name]);
      expect(found).toMatchObject({ version: layer.version, priority: layer.priority, series: layer.series });
      expect(asModel(found?.depends ?? [])).toEqual(layer.depends);
      expect(asModel(found?.recommends ?? [])).toEqual(layer.recommends);
      expect(new Map(found?.conditional.map(({ when, adds }) => [when.value, adds]))).toEqual(layer.conditional);
      expect(conf.dynamic.map(({ collection }) => collection)).toEqual(layer.dynamic.toSorted());
      for (const { collection, origin } of found?.depends ?? []) {
        expect(text.split(/\r?\n/)[origin.line - 1]).toContain(collection);
      }
    }),
    { numRuns: 500 },
  );
});
