import { Ajv } from "ajv";
import fc from "fast-check";
import { format } from "prettier";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { configJsonSchema, configReference } from "../../src/chain/config-file/config-reference.js";
import * as fields from "../../src/chain/config-file/config-fields.js";
import { readLocatedYaml } from "../../src/chain/config-file/located-yaml.js";
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import { readPages } from "../docs/markdown.js";
import { anyConfig, mangledConfig } from "./config-arbitraries.js";
import { expectGolden, readGolden } from "./golden-file.js";

describe("the reference", () => {
  test("docs/configuration.md says what the schema says", () => {
    expectGolden("docs/configuration.md", configReference());
  });
});

describe("the JSON Schema", () => {
  const schema = configJsonSchema();
  const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true }).compile(
    schema,
  );

  test("schema/release-chain.schema.json says what the schema says", async () => {
    const printed = await format(JSON.stringify(schema), { parser: "json", printWidth: 120 });
    expectGolden("schema/release-chain.schema.json", printed);
  });

  test("tells of every key what it means, and closes every mapping", () => {
    const untold: string[] = [];
    const open: string[] = [];
    let keys = 0;
    const waiting: [string, SchemaNode][] = [["", schema]];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [path, node] = next;
      if (node.type === "object" && node.additionalProperties === undefined) open.push(path);
      for (const [key, value] of Object.entries(node.properties ?? {})) {
        keys += 1;
        if ((value.description ?? "") === "") untold.push(`${path}.${key}`);
        waiting.push([`${path}.${key}`, value]);
      }
      for (const inner of node.anyOf ?? []) waiting.push([path, inner]);
      for (const inner of [node.items, node.additionalProperties])
        if (typeof inner === "object") waiting.push([`${path}[]`, inner]);
    }
    expect({ untold, open }).toEqual({ untold: [], open: [] });
    expect(keys).toBeGreaterThan(100);
  });

  const pages = readPages().flatMap(({ path, blocks }) =>
    blocks.filter(({ text }) => /^version: 1$/m.test(text)).map(({ text }) => [path, text] as const),
  );
  const examples = (schema.examples as unknown[]).map((example) => JSON.stringify(example));
  const taken: [string, string][] = [
    ["every key set", readGolden("test/chain/golden/full.yml")],
    ["the contract", readGolden("test/chain/golden/contract.yml")],
    ...pages.map(([path, text]): [string, string] => [path, text]),
    ...examples.map((text, index): [string, string] => [`example ${index}`, text]),
  ];
  test.each(taken)("accepts %s", (_, text) => {
    expect(parseChainConfig(text, { file: "f.yml", hubOwner: "acme" })).toMatchObject({ ok: true });
    validate(parse(text));
    expect(validate.errors).toBeNull();
  });

  test("refuses nothing that the program takes", () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof({ arbitrary: mangledConfig, weight: 4 }, anyConfig), (text) => {
        if (!parseChainConfig(text, { file: "f.yml", hubOwner: "acme" }).ok) return;
        accepted += 1;
        validate(readLocatedYaml(text).root?.value);
        expect(validate.errors).toBeNull();
      }),
      { numRuns: 120 },
    );
    expect(accepted).toBeGreaterThan(2);
  });

  const pieces = [
    "a",
    "Z9",
    "-",
    "_",
    ".",
    "..",
    "/",
    "${tag}",
    "${",
    "$",
    "}",
    "@",
    "@{",
    "~",
    " ",
    "\\",
    ".git",
    ".yml",
  ];
  const texts = fc
    .array(fc.oneof(fc.constantFrom(...pieces, ".github/workflows/", ".lock", "30", "m", "GiB"), fc.string()), {
      maxLength: 4,
    })
    .map((parts) => parts.join(""));
  const leaves = {
    id: fields.id,
    repo: fields.repo,
    ref: fields.gitRef,
    workflow: fields.workflowFile,
    checksums: fields.assetFileName,
    text: fields.text(),
    "text with placeholders": fields.text(fields.OF_RELEASE),
  };
  test.each(Object.entries(leaves))("takes of a %s what the program takes, no more and no less", (_, leaf) => {
    const check = new Ajv({ strictTypes: false }).compile(z.toJSONSchema(leaf, { io: "input", target: "draft-7" }));
    fc.assert(
      fc.property(texts, (text) => {
        expect(check(text), text).toBe(leaf.safeParse(text).success);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["an unknown key", "shedule: {}"],
    ["an unknown key further in", "publish: {to: {repository: a}}"],
    ["an unknown key of a component", "components: [{repo: a, tiemout: 6h}]"],
    ["a key that is no text", "templates: {t: {retry: {1: 2}}}"],
    ["no repository", "components: [{id: a}]"],
    ["no components", "components: []"],
    ["components that are no list", "components: {repo: a}"],
    ["another version", "version: 2"],
    ["a duration without a unit", "timeout: 6"],
    ["a duration in words", "timeout: six hours"],
    ["a size in words", "defaults: {artifacts: {limits: {file: 2 Gigs}}}"],
    ["a size below a byte", "defaults: {artifacts: {limits: {file: 0}}}"],
    ["a choice there is not", "schedule: {order: lazy}"],
    ["a number too small", "schedule: {max-parallel: 0}"],
    ["half a component", "schedule: {max-parallel: 1.5}"],
    ["a text for a switch", 'publish: {draft: "yes"}'],
    ["a list for a text", "publish: {checksums: [a]}"],
    ["a text for a list", "defaults: {workflow: bsp.yml}"],
    ["a workflow that is no YAML file", "defaults: {workflow: [build]}"],
    ["a repository with three parts", "components: [{repo: a/b/c}]"],
    ["an address for a repository", "components: [{repo: 'https://github.com/acme/tools'}]"],
    ["an id with a space", "components: [{repo: a, id: to ols}]"],
    ["a short SHA", "components: [{repo: {url: 'https://git.example.org/a', ref: abc1234}, build: false}]"],
    ["a branch with two dots", "defaults: {ref: a..b}"],
    ["a placeholder there is not", 'publish: {asset-name: "${flie}"}'],
    ["a placeholder that has no value there", 'concurrency: {group: "${component}"}'],
    ["GitHub's expressions", 'defaults: {inputs: {a: "${{ github.sha }}"}}'],
    ["nothing after a key", "publish: {checksums: }"],
    ["an empty text", 'publish: {checksums: ""}'],
    ["a target for nobody", "notify: [{when: failure}]"],
  ])("refuses %s, as the program does", (_, text) => {
    const written = { version: 1, components: [{ repo: "a" }], ...(parse(text) as object) };
    expect(parseChainConfig(JSON.stringify(written), { file: "f.yml", hubOwner: "acme" })).toMatchObject({ ok: false });
    expect(validate(written)).toBe(false);
  });
});

interface SchemaNode {
  type?: string;
  description?: string;
  properties?: Record<string, SchemaNode>;
  anyOf?: SchemaNode[];
  items?: SchemaNode;
  additionalProperties?: boolean | SchemaNode;
}
