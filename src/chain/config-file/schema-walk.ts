/** Looking into a zod schema: what stands at a key, and which built-in defaults its keys carry. */
import { z } from "zod";
import type { Path } from "./located-yaml.js";

/** The schema without `optional`. */
export function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;
}

export type Mapping = z.ZodObject<Readonly<Record<string, z.core.$ZodType>>>;

function isMapping(schema: z.core.$ZodType): schema is Mapping {
  return schema instanceof z.ZodObject;
}

/** The mapping that may stand here, of a union the one option that is a mapping; null where none may. */
export function asMapping(schema: z.core.$ZodType): Mapping | null {
  const inner = unwrapped(schema);
  if (isMapping(inner)) return inner;
  if (!(inner instanceof z.ZodUnion)) return null;
  return inner.options.map(asMapping).find((option) => option !== null) ?? null;
}

/** The schema at a path; null where the schema has no such place. */
export function schemaAt(root: z.core.$ZodType, path: Path): z.core.$ZodType | null {
  let schema: z.core.$ZodType | null = root;
  for (const step of path) schema = schema === null ? null : below(unwrapped(schema), step);
  return schema;
}

function below(schema: z.core.$ZodType, step: string | number): z.core.$ZodType | null {
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  const shape = asMapping(schema)?.shape;
  return shape !== undefined && Object.hasOwn(shape, step) ? (shape[step] ?? null) : null;
}

/** Description and default of a key, as the schema gives them. */
export function metaOf(schema: z.core.$ZodType): Readonly<Record<string, unknown>> {
  return z.globalRegistry.get(schema) ?? {};
}

/** The built-in defaults of a mapping's keys, as they would be written; keys without a default are left out. */
export function defaultsOf(mapping: Mapping): Record<string, unknown> {
  const defaults: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(mapping.shape)) {
    const meta = metaOf(schema);
    const inner = unwrapped(schema);
    if ("default" in meta) defaults[key] = structuredClone(meta.default);
    else if (isMapping(inner)) {
      const nested = defaultsOf(inner);
      if (Object.keys(nested).length > 0) defaults[key] = nested;
    }
  }
  return defaults;
}
