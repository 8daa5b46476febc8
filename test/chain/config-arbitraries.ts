/** Configurations for property tests: mangled ones, ones of any shape, and ones that are right. */
import fc from "fast-check";
import { stringify } from "yaml";
import { readGolden } from "./golden-file.js";

const full = readGolden("test/chain/golden/full.yml");
const wrong = readGolden("test/chain/golden/problems.yml");
const contract = readGolden("test/chain/golden/contract.yml");

/** Real configurations with pieces cut out, doubled or replaced. */
export const mangledConfig = fc
  .tuple(
    fc.constantFrom(full, wrong, contract),
    fc.array(
      fc.tuple(
        fc.nat(4_000),
        fc.nat(30),
        fc.oneof(
          fc.constantFrom("\n", ":", "- ", "*a", "&a ", "{", "]", '"', "null", "\t", "#", "${", "0", "!!x "),
          fc.string({ maxLength: 4 }),
        ),
      ),
      { maxLength: 4 },
    ),
  )
  .map(([text, cuts]) =>
    cuts.reduce(
      (mangledText, [at, length, put]) => mangledText.slice(0, at) + put + mangledText.slice(at + length),
      text,
    ),
  );

/** Values of any shape under the keys that the schema knows. */
const anyValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<unknown>(null, true, 0, -1.5, "a", "", "6h", "${tag}", "${x}", "*"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        "repo",
        "id",
        "needs",
        "extends",
        "url",
        "ref",
        "from",
        "retry",
        "inputs",
        "t",
        "x",
        "on",
        "release",
        "build",
        "template",
      ),
      tie("value"),
      { maxKeys: 4 },
    ),
  ),
})).value;

/** The text of a mapping with the file's keys, whatever their values. */
export const anyConfig = fc
  .record(
    Object.fromEntries(
      ["version", "on", "defaults", "templates", "components", "graph", "publish", "notify"].map((key) => [
        key,
        anyValue,
      ]),
    ),
    { requiredKeys: [] },
  )
  .map((value) => stringify(value));
