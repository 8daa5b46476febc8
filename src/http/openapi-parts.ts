/** The pieces that the OpenAPI document is put together from. */

export type Schema = Record<string, unknown>;

export const text = { type: "string" };
export const whole = { type: "integer" };
export const time = { type: "string", format: "date-time", description: "ISO 8601, UTC" };
export const sha256 = { type: "string", pattern: "^[0-9a-f]{64}$" };
export const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });
export const list = (items: Schema): Schema => ({ type: "array", items });
export const oneOf = (...values: string[]): Schema => ({ type: "string", enum: values });
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
/** All properties are there, always; none else, unless said. */
export const object = (properties: Record<string, Schema>, additionalProperties = false): Schema => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties,
});

export const json = (description: string, schema: Schema, headers?: Schema): Schema => ({
  description,
  content: { "application/json": { schema } },
  ...(headers === undefined ? {} : { headers }),
});
export const problem = (description: string): Schema => ({
  description,
  content: { "application/problem+json": { schema: ref("Problem") } },
});
export const query = (name: string, description: string, schema: Schema): Schema => ({
  name,
  in: "query",
  description,
  schema,
});
export const required = (name: string, description: string, schema: Schema): Schema => ({
  ...query(name, description, schema),
  required: true,
});

/** A parameter in the path. */
export const inPath = (name: string, description: string): Schema => ({
  name,
  in: "path",
  description,
  required: true,
  schema: text,
});
export const runId = inPath("id", "Id of the release run");
export const failures = { 500: problem("The server failed; its log says why") };
/** To an `If-None-Match` with the ETag of what the client has. */
export const unchanged: Schema = { description: "It is as the client has it (`If-None-Match`)" };
