/** The configuration's reference for people (docs/configuration.md) and for editors (JSON Schema), made from the schema. */
import { z } from "zod";
import { componentSchema, configSchema } from "./config-schema.js";
import { PLACEHOLDERS } from "../placeholders.js";
import { asMapping, type Mapping, metaOf, unwrapped } from "./schema-walk.js";

/**
 * The JSON Schema of what may be written, for editors: draft-07, the newest that all of them read whole. It sees less than
 * `parseChainConfig`, no references between keys for one, and refuses nothing that `parseChainConfig` takes.
 */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: "input", target: "draft-7" });
  return {
    $schema,
    $id: "urn:release-chain:configuration:1",
    title: "release-chain configuration",
    description:
      ".github/release-chain.yml: what a release of this repository builds, in which order, and what it publishes.",
    ...schema,
    examples: EXAMPLES,
  };
}

const EXAMPLES = [
  { version: 1, components: [{ repo: "meta-acme-bsp" }, { repo: "acme-image", needs: ["meta-acme-bsp"] }] },
  {
    version: 1,
    on: { release: { types: ["published"], tags: ["v*"] } },
    defaults: { timeout: "8h", retry: { "max-attempts": 2 } },
    components: [
      { repo: "openembedded/openembedded-core", ref: "scarthgap", build: false },
      { repo: "meta-acme-bsp", workflow: ["bsp.yml"], inputs: { machine: "verdin-imx8mp" } },
    ],
  },
];

/** The reference in Markdown. */
export function configReference(): string {
  const sections = [
    ...sectionsOf("", configSchema, "The file"),
    ...sectionsOf("components[]", componentSchema, "A component"),
  ];
  return [PREFACE, placeholderTable(), ...sections].join("\n\n") + "\n";
}

const PREFACE = `# Configuration

<!-- Made from src/chain/config-file/config-schema.ts by test/chain/config-reference.test.ts; UPDATE_GOLDEN=1 writes it anew. -->

\`.github/release-chain.yml\` in the hub, read at the released tag's commit. It is YAML 1.2, at most 1 MiB; anchors and
aliases work, merge keys (\`<<\`) do not. \`release-chain validate FILE\` checks it. Unknown keys are errors, and all problems
are reported at once, each with its line, column and key. Editors can check it against
[schema/release-chain.schema.json](../schema/release-chain.schema.json), which \`release-chain validate --schema\` prints.

\`\`\`yaml
version: 1
components:
  - repo: meta-acme-bsp
  - repo: acme-image
    needs: [meta-acme-bsp]
\`\`\`

For each component hold: the built-in defaults below, then \`defaults\`, then the template it \`extends\`, then what it says
itself. Mappings are merged key by key, lists are replaced.

- **duration**: a number and a unit, \`500ms\`, \`30s\`, \`10m\`, \`1.5h\`, \`2d\`; more than zero.
- **size**: bytes, or a number and a unit, \`500MB\` (powers of 1000), \`2GiB\` (powers of 1024).
- **glob**: \`*\`, \`?\`, \`[a-z]\`, \`[!a]\`, \`{a,b}\`, and \`\\\` before a character that is meant as itself. In paths \`*\` and \`?\` stay
  inside a folder, and \`**\` stands for any number of folders; in names of artifacts and tags they also stand for \`/\`.

## Placeholders

A key that knows placeholders is marked with them below. Nothing else is filled in, least of all from the server's environment.`;

function placeholderTable(): string {
  const rows = Object.entries(PLACEHOLDERS).map(([name, meaning]) => `| \`\${${name}}\` | ${meaning} |`);
  return ["| placeholder | stands for |", "|---|---|", ...rows].join("\n");
}

function sectionsOf(path: string, mapping: Mapping, title: string): string[] {
  const entries = Object.entries(mapping.shape);
  const rows = entries.map(([key, schema]) => row(key, schema));
  const table = ["| key | type | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
  const nested = entries.flatMap(([key, schema]) => {
    const inner = mappingBelow(schema);
    if (inner === null || (path === "" && ["defaults", "templates", "components"].includes(key))) return [];
    const innerPath = `${path === "" ? "" : `${path}.`}${key}${inner.suffix}`;
    return sectionsOf(innerPath, inner.mapping, `\`${innerPath}\``);
  });
  return [`## ${title}\n\n${table}`, ...nested];
}

function mappingBelow(schema: z.core.$ZodType): { mapping: Mapping; suffix: string } | null {
  const inner = unwrapped(schema);
  const isList = inner instanceof z.ZodArray;
  const mapping = asMapping(isList ? inner.element : inner);
  return mapping === null ? null : { mapping, suffix: isList ? "[]" : "" };
}

function row(key: string, schema: z.core.$ZodType): string {
  const meta = metaOf(schema);
  const fallback = "default" in meta ? `\`${JSON.stringify(meta.default)}\`` : "";
  const known = placeholdersOf(schema);
  const notes = [typeof meta.description === "string" ? meta.description : "", known === null ? "" : `Knows ${known}.`];
  const isRequired = !(schema instanceof z.ZodOptional);
  const cells = [`\`${key}\``, typeOf(schema), isRequired ? "required" : fallback, notes.filter(Boolean).join(" ")];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function placeholdersOf(schema: z.core.$ZodType): string | null {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray) return placeholdersOf(inner.element);
  if (inner instanceof z.ZodRecord) return placeholdersOf(inner.valueType);
  const known = metaOf(inner).$comment;
  return typeof known === "string" ? known.replace(/\$\{\w+\}/g, "`$&`") : null;
}

function typeOf(schema: z.core.$ZodType): string {
  const inner = unwrapped(schema);
  const { title } = metaOf(inner);
  if (typeof title === "string") return title;
  if (inner instanceof z.ZodEnum) return inner.options.map((option) => `\`${option}\``).join(", ");
  if (inner instanceof z.ZodLiteral) return Array.from(inner.values, (value) => `\`${String(value)}\``).join(", ");
  if (inner instanceof z.ZodArray) return `list: ${typeOf(inner.element)}`;
  if (inner instanceof z.ZodRecord) return `mapping of names to: ${typeOf(inner.valueType)}`;
  if (inner instanceof z.ZodBoolean) return "boolean";
  if (inner instanceof z.ZodNumber)
    return `${inner.format === "safeint" ? "whole number" : "number"}, at least ${String(inner.minValue)}`;
  return "mapping";
}
