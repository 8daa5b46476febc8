import { Ajv2020 } from "ajv/dist/2020.js";
import { format } from "prettier";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { configJsonSchema, configReference } from "../../src/chain/config-file/config-reference.js";
import { INEFFECTIVE_KEYS } from "../../src/chain/config-file/ineffective-keys.js";
import { expectGolden, readGolden } from "./golden-file.js";

describe("the reference", () => {
  test("docs/configuration.md says what the schema says", () => {
    expectGolden("docs/configuration.md", configReference());
  });

  test("marks every key that has no effect yet, and no other", () => {
    const marked = configReference().match(/\*No effect yet\.\*/g)?.length;
    const sharedWithComponents = INEFFECTIVE_KEYS.filter((key) => /^(defaults|templates)\./.test(key)).length;
    expect(marked).toBe(INEFFECTIVE_KEYS.length - sharedWithComponents);
  });
});

describe("the JSON Schema", () => {
  const schema = configJsonSchema();
  const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true }).compile(
    schema,
  );

  test("docs/release-chain.schema.json says what the schema says", async () => {
    const printed = await format(JSON.stringify(schema), { parser: "json", printWidth: 120 });
    expectGolden("docs/release-chain.schema.json", printed);
  });

  test("accepts a configuration that uses every key", () => {
    validate(parse(readGolden("test/chain/golden/full.yml")));
    expect(validate.errors).toBeNull();
  });

  test.each([
    ["an unknown key", "version: 1\ncomponents: [{repo: a}]\nshedule: {}\n"],
    ["no repository", "version: 1\ncomponents: [{id: a}]\n"],
    ["a bad duration", "version: 1\ncomponents: [{repo: a, timeout: 6}]\n"],
    ["another version", "version: 2\ncomponents: [{repo: a}]\n"],
    ["no components", "version: 1\ncomponents: []\n"],
  ])("refuses %s", (_, text) => {
    expect(validate(parse(text))).toBe(false);
  });
});
