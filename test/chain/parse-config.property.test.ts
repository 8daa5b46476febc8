import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { formatProblems } from "../../src/chain/config-file/config-report.js";
import { parseDuration } from "../../src/chain/config-file/durations.js";
import { deepMerge } from "../../src/chain/config-file/merge.js";
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import { anyConfig, mangledConfig } from "./config-arbitraries.js";

const options = { file: "f.yml", hubOwner: "acme" };
test("any text: never throws, and every problem lies inside the text and prints as one line", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), mangledConfig, anyConfig), (text) => {
      const result = parseChainConfig(text, options);
      if (result.ok) return;
      expect(result.problems).not.toEqual([]);
      const lines = text.split("\n");
      for (const { line, column } of result.problems) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1);
      }
      expect(formatProblems(result.problems).split("\n")).toHaveLength(result.problems.length + 1);
    }),
    { numRuns: 250 },
  );
});

const duration = fc
  .tuple(fc.integer({ min: 1, max: 500 }), fc.constantFrom("ms", "s", "m", "h", "d"))
  .map(([n, unit]) => `${n}${unit}`);
const settings = {
  build: fc.boolean(),
  optional: fc.boolean(),
  timeout: duration,
  "find-timeout": duration,
  trigger: fc.constantFrom("repository_dispatch", "workflow_dispatch"),
  workflow: fc.array(fc.constantFrom("a.yml", "b.yaml"), { minLength: 1, maxLength: 2 }),
  inputs: fc.dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.oneof(fc.string({ unit: fc.constantFrom("x", " ", ":", "#", "'", '"', "-", "1") }), fc.boolean(), fc.integer()),
  ),
  retry: fc.record(
    { "max-attempts": fc.integer({ min: 1, max: 9 }), backoff: fc.record({ initial: duration }, { requiredKeys: [] }) },
    { requiredKeys: [] },
  ),
};
const someSettings = fc.record(settings, { requiredKeys: [] });
const validConfig = fc
  .tuple(
    someSettings,
    someSettings,
    fc.array(fc.tuple(someSettings, fc.boolean(), fc.nat()), { minLength: 1, maxLength: 6 }),
  )
  .map(([defaults, template, components]) => ({
    version: 1,
    defaults,
    templates: { t: template },
    components: components.map(([written, extend, need], index) => ({
      ...written,
      repo: `r${index}`,
      ...(extend && { extends: "t" }),
      needs: index === 0 ? [] : [`r${need % index}`],
    })),
  }));

test("however it is printed, a configuration means the same; each component is its layers, merged", () => {
  fc.assert(
    fc.property(validConfig, fc.constantFrom<"PLAIN" | "QUOTE_DOUBLE">("PLAIN", "QUOTE_DOUBLE"), (written, style) => {
      const text = stringify(written, { defaultStringType: style });
      const result = parseChainConfig(text, options);
      if (!result.ok) throw new Error(formatProblems(result.problems));
      expect(parseChainConfig(JSON.stringify(written), options)).toEqual(result);
      expect(parse(text)).toEqual(written);
      result.config.components.forEach((component, index) => {
        const own = written.components[index];
        const template = own !== undefined && "extends" in own ? written.templates.t : {};
        const merged = deepMerge(deepMerge(written.defaults, template), own) as Partial<typeof written.defaults>;
        expect(component).toMatchObject({
          id: `r${index}`,
          build: merged.build ?? true,
          optional: merged.optional ?? false,
          trigger: merged.trigger ?? "repository_dispatch",
          workflow: merged.workflow ?? ["build.yml", "ci.yml"],
          retry: {
            maxAttempts: merged.retry?.["max-attempts"] ?? 3,
            backoff: { initial: parseDuration(merged.retry?.backoff?.initial ?? "30s") },
          },
        });
        expect(component.timeouts.run).toBe(parseDuration(merged.timeout ?? "6h"));
        expect(component.inputs).toEqual(merged.inputs ?? {});
      });
    }),
    { numRuns: 80 },
  );
});

const tree = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    fc.integer(),
    fc.array(fc.integer(), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("a", "b", "c"), tie("tree")),
  ),
})).tree;
const mapping = fc.dictionary(fc.constantFrom("a", "b", "c"), tree);

test("merging: nothing changes nothing, the stronger wins, lists are replaced, what is merged stays as it was", () => {
  fc.assert(
    fc.property(mapping, mapping, (a, b) => {
      const before = structuredClone([a, b]);
      expect(deepMerge(a, {})).toEqual(a);
      expect(deepMerge({}, a)).toEqual(a);
      expect(deepMerge(a, a)).toEqual(a);
      expect(deepMerge(deepMerge(a, b), b)).toEqual(deepMerge(a, b));
      expect(Object.keys(deepMerge(a, b) as object).sort()).toEqual(Object.keys({ ...a, ...b }).sort());
      expect(deepMerge({ list: [1, 2], rest: a }, { list: [3] })).toEqual({ list: [3], rest: a });
      expect([a, b]).toEqual(before);
    }),
  );
});
