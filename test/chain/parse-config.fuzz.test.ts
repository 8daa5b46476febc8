/** Damaged, drawn and hostile configurations: no crash, and work in proportion to the text, counted in steps. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatProblems } from "../../src/chain/config-file/config-report.js";
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import { anyConfig, mangledConfig } from "./config-arbitraries.js";

/** FUZZ_RUNS=100000 for a long look. */
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 100);
/** What the limits of located-yaml.ts and config-references.ts add up to, for each letter, and in any case. */
const STEPS_PER_LETTER = 64 + 256 + 256 + 10;
const STEPS_AT_LEAST = 110_000;
const MOST_STEPS = 2 ** 22 + 2 ** 23 + 2 ** 21;

function stepsOf(text: string): { steps: number; ok: boolean } {
  const count = { steps: 0 };
  const parsed = parseChainConfig(text, { file: "f.yml", hubOwner: "acme", count });
  if (!parsed.ok) expect(formatProblems(parsed.problems)).not.toBe("");
  return { steps: count.steps, ok: parsed.ok };
}

test(
  "mutated configurations: each is read or refused in words, in steps linear in its length",
  () => {
    let mostPerLetter = 0;
    let valid = 0;
    fc.assert(
      fc.property(
        fc.oneof({ arbitrary: mangledConfig, weight: 8 }, anyConfig, fc.string({ unit: "binary" })),
        (text) => {
          const { steps, ok } = stepsOf(text);
          if (ok) valid += 1;
          if (text.length > 1_000) mostPerLetter = Math.max(mostPerLetter, steps / text.length);
          // A real configuration, however damaged, repeats little.
          expect(steps).toBeLessThanOrEqual(40 * text.length + 1_000);
        },
      ),
      { numRuns: RUNS },
    );
    if (RUNS > 1_000) console.log(`${RUNS} runs, ${valid} valid, at most ${mostPerLetter.toFixed(1)} steps a letter`);
    expect(mostPerLetter).toBeGreaterThan(0.5);
  },
  60_000 + RUNS * 100,
);

function repeat(times: number, line: (index: number) => string): string {
  return Array.from({ length: times }, (_, index) => line(index)).join("");
}

const ONE = "version: 1\ncomponents: [{repo: a}]\n";
/** Texts that grow with n, each made to be read in the square of its length or worse. */
const hostile: [string, (n: number) => string][] = [
  [
    "defaults that every component lays its own on",
    (n) =>
      `version: 1\ndefaults: {inputs: {${repeat(n, (i) => `a${i}: 1, `)}}}\ncomponents:\n` +
      repeat(n, (i) => ` - {repo: r${i}, inputs: {x: 1}}\n`),
  ],
  [
    "needs that every component takes",
    (n) =>
      `version: 1\ndefaults: {needs: [${repeat(n, (i) => `r${i}, `)}]}\ncomponents:\n` +
      repeat(n, (i) => ` - {repo: s${i}}\n`) +
      repeat(n, (i) => ` - {repo: r${i}, needs: []}\n`),
  ],
  [
    "misspelt templates beside as many right ones",
    (n) =>
      `version: 1\ntemplates: {${repeat(n, (i) => `template-${i}: {}, `)}}\ncomponents:\n` +
      repeat(n, (i) => ` - {repo: r${i}, extends: tempalte-${i}}\n`),
  ],
  [
    "misspelt needs",
    (n) => `version: 1\ncomponents:\n${repeat(n, (i) => ` - {repo: component-${i}, needs: [compnent-${i}]}\n`)}`,
  ],
  [
    "aliases of a long text",
    (n) => `version: 1\ncomponents: [{repo: &a "${"x y".repeat(n)}"}]\ngraph: {external: [${"*a,".repeat(n)}]}\n`,
  ],
  ["aliases of a long list", (n) => `${ONE}graph: {external: &a [${"x,".repeat(n)}], kinds: [${"*a,".repeat(n)}]}\n`],
  [
    "aliases of aliases",
    (n) =>
      `a0: &a0 [x]\n${repeat(Math.min(n, 40), (i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`)}${"#\n".repeat(n)}`,
  ],
  ["a long key over many", (n) => `${ONE}templates: {? ${"x".repeat(n)} : {${repeat(n, (i) => `b${i}: 1, `)}}}\n`],
  ["unknown keys", (n) => ONE + repeat(n, (i) => `key-${i}: 1\n`)],
  ["one key again and again", (n) => `${ONE}${"version: 1\n".repeat(n)}`],
  ["lists in lists", (n) => "[".repeat(n)],
  ["anchors", (n) => ONE + repeat(n, (i) => `a${i}: &x${i} 1\n`)],
  ["documents", (n) => "---\n".repeat(n)],
  ["tags", (n) => "!!x ".repeat(n)],
];

test.each(hostile)("%s: the steps are linear in the length", (_, make) => {
  for (const n of [50, 800]) {
    const text = make(n);
    const { steps } = stepsOf(text);
    expect(steps).toBeGreaterThan(0);
    expect(steps).toBeLessThanOrEqual(Math.min(MOST_STEPS, STEPS_PER_LETTER * text.length + STEPS_AT_LEAST));
  }
});

test("what a large product repeats is within the limits", () => {
  const inputs = repeat(40, (i) => `      input-${i}: value-${i}\n`);
  const text =
    `version: 1\ndefaults:\n  retry: &retry { max-attempts: 2, backoff: { initial: 1m, max: 1h } }\n` +
    `templates:\n  bsp:\n    inputs:\n${inputs}components:\n` +
    repeat(600, (i) => `  - repo: meta-${i}\n    extends: bsp\n    retry: *retry\n`);
  expect(stepsOf(text).ok).toBe(true);
});
