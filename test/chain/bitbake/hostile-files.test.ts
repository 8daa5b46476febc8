/** Files that nobody writes by accident: they end soon, with a warning, and what can be read is read. */
import { describe, expect, test } from "vitest";
import { evaluateLayerConf } from "../../../src/chain/layer-conf.js";
import type { LayerConf } from "../../../src/chain/layer.js";

/** Steps: what any file may take, and what each character adds. */
const FREE = 1_000_000;
const PER_CHARACTER = 40;

function read(text: string): LayerConf {
  const { conf, steps } = evaluateLayerConf(text, { file: "conf/layer.conf" });
  expect(steps).toBeLessThanOrEqual(FREE + PER_CHARACTER * text.length);
  return conf;
}

const HEAD = 'BBFILE_COLLECTIONS = "a"\nLAYERVERSION_a = "1"\n';

/** It ends, and what else the file says is there. */
function expectWarned(text: string, message: string | RegExp): LayerConf {
  const conf = read(HEAD + text);
  expect(conf.collections[0]?.version).toBe("1");
  const found = conf.warnings.find((warning) => new RegExp(message).test(warning.message));
  expect(found, JSON.stringify(conf.warnings).slice(0, 500)).toBeDefined();
  expect(found?.line).toBeGreaterThan(0);
  return conf;
}

describe("expansion without an end", () => {
  test("round about", () => {
    expectWarned('A = "${B}"\nB = "${A}"\nLAYERDEPENDS_a = "${A}"', "refer to each other: A → B → A");
  });
  test("each twice the one before", () => {
    const lines = Array.from({ length: 60 }, (_, at) => `V${at + 1} = "\${V${at}}\${V${at}}"`);
    expectWarned(
      `V0 = "xxxxxxxxxx"\n${lines.join("\n")}\nLAYERDEPENDS_a = "\${V60}"`,
      "expands to more than|more work",
    );
  });
  test("at once", () => {
    expectWarned(
      `A = "x"\n${'A := "${A}${A}"\n'.repeat(60)}LAYERDEPENDS_a = "\${A}"`,
      "expands to more than|more work",
    );
  });
  test("a chain deeper than any", () => {
    const lines = Array.from({ length: 5_000 }, (_, at) => `V${at + 1} = "\${V${at}}"`);
    expectWarned(`${lines.join("\n")}\nLAYERDEPENDS_a = "\${V5000}"`, "nested too deep");
  });
  test("references in references", () => {
    expect(read(`${HEAD}LAYERDEPENDS_a = "${"${".repeat(100_000)}"`).collections[0]?.version).toBe("1");
  });
  test("overrides that hang on themselves", () => {
    const chain = Array.from({ length: 10 }, (_, at) => `OVERRIDES:o${at} = "o${at + 1}"`).join("\n");
    expectWarned(`OVERRIDES = "o0"\n${chain}\nLAYERDEPENDS_a = "b"\nLAYERDEPENDS_a:o1 = "c"`, "does not settle");
  });
});

describe("inline Python without an end", () => {
  test.each([
    ["brackets", `\${@${"(".repeat(50_000)}1${")".repeat(50_000)}}`, "nested too deep"],
    ["negations", `\${@${"not ".repeat(50_000)}1}`, "nested too deep"],
    ["sums", `\${@${"1 + ".repeat(50_000)}1}`, "nested too deep"],
    ["calls", `\${@d${".getVar('A')".repeat(50_000)}}`, "nested too deep"],
    ["repetition", "${@'x' * 1000000000}", "very long repetition"],
    ["powers", "${@9 ** 9 ** 9 ** 9}", "not known here"],
    ["ranges", "${@[v for v in range(1000000000)]}", "very long range"],
    ["loops in loops", "${@[1 for a in range(9999) for b in range(9999) for c in range(9999)]}", "more work"],
    ["replacement", "${@('x' * 99999).replace('x', 'y' * 99999)}", "very long replacement"],
    ["joining", "${@('y' * 9999).join('x' * 9999)}", "very long|more work"],
    ["no Python at all", "${@import os}", "cannot be read"],
    ["code", "${@eval('1')}", "not known here"],
    ["attributes of objects", "${@().__class__.__bases__}", "has no attribute"],
    ["names of objects", "${@constructor}", "is not defined"],
  ])("%s", (_, value, message) => {
    const conf = expectWarned(`LAYERDEPENDS_a = "core ${value}"`, message);
    expect(conf.warnings.at(-1)).toMatchObject({ line: 3, variable: "LAYERDEPENDS_a" });
  });
});

describe("large and broken files", () => {
  test("10 MiB of statements", () => {
    const line = 'LAYERDEPENDS_a += "core meta-python"\n';
    const conf = read(HEAD + line.repeat(Math.ceil((10 << 20) / line.length)));
    expect(conf.collections[0]?.depends.map(({ collection }) => collection)).toEqual(["core", "meta-python"]);
  });
  test("a list on one line, and over many", () => {
    const names = Array.from({ length: 50_000 }, (_, at) => `layer-${at}`);
    expect(read(`${HEAD}LAYERDEPENDS_a = "${names.join(" ")}"`).collections[0]?.depends).toHaveLength(50_000);
    expect(read(`${HEAD}LAYERDEPENDS_a = "${names.join(" \\\n")}"`).collections[0]?.depends).toHaveLength(50_000);
  });
  test("thousands of overrides", () => {
    const lines = Array.from({ length: 5_000 }, (_, at) => `LAYERDEPENDS_a:append:o${at} = " b${at}"`);
    const conf = expectWarned(lines.join("\n"), "too many conditions");
    expect(conf.collections[0]?.conditional.length).toBeGreaterThan(10);
  });
  test("thousands of collections", () => {
    const names = Array.from({ length: 2_000 }, (_, at) => `c${at}`);
    const conf = read(
      `BBFILE_COLLECTIONS = "${names.join(" ")}"\n${names.map((name) => `LAYERDEPENDS_${name} = "core"`).join("\n")}`,
    );
    expect(conf.collections).toHaveLength(2_000);
    expect(conf.collections.every(({ depends }) => depends.length === 1)).toBe(true);
  });
  test.each([
    ["NUL and control characters", "\0\x01\x02 = \0\n", "could not be read"],
    ["bytes that are no UTF-8", "# \uFFFD\uFFFD", "not UTF-8"],
    ["an unterminated quote", 'LAYERDEPENDS_a = "core', "could not be read"],
    ["an unterminated continuation", 'LAYERDEPENDS_a = "core \\', "could not be read"],
    ["a line of backslashes", "\\\n", "nothing but a backslash"],
    ["a name too long", `${"a".repeat(100_000)} = "b"`, "too long"],
    ["a name of too many parts", `A${":a".repeat(10_000)} = "b"`, "too long"],
    ["many lines that are none", "x\n".repeat(100_000), "99980 more lines"],
  ])("%s", (_, text, message) => {
    expectWarned(text, message);
  });
  test("properties of objects as names", () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    const conf = read(
      `BBFILE_COLLECTIONS = "${names.join(" ")}"\n${names.map((name) => `LAYERDEPENDS_${name} = "\${${name}} core"\n${name} = "valueOf"`).join("\n")}`,
    );
    for (const { depends } of conf.collections) {
      expect(depends.map(({ collection }) => collection)).toEqual(["core", "valueOf"]);
    }
  });
});
