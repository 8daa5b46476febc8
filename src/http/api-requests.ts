/** What comes with requests to the API, checked by the schemas that describe it. */
import type { Context } from "hono";
import { z } from "zod";

/** What is wrong with a request, for its sender. */
export class BadRequest extends Error {}

/** Throws BadRequest with all that is wrong. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value, { error: inWords });
  if (parsed.success) return parsed.data;
  const sentences = parsed.error.issues.map((issue) => {
    if (issue.path.length > 0) return `${issue.path.join(".")}: ${issue.message}`;
    return issue.code === "unrecognized_keys" ? `${issue.message}${knownTo(schema)}` : issue.message;
  });
  throw new BadRequest(`${sentences.join("; ")}.`);
}

/** What is wrong with a value, where its schema does not say it in words of its own. */
const inWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "is missing";
      return `must be ${NAMES[issue.expected] ?? issue.expected}`;
    case "too_small":
    case "too_big":
      return boundWords(issue);
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    case "unrecognized_keys":
      return `nothing is called ${issue.keys.map((key) => JSON.stringify(key)).join(", ")} here`;
    default:
      return undefined;
  }
};

const NAMES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
};

type BoundIssue = z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig>;

function boundWords(issue: BoundIssue): string {
  const bound = issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  if (issue.origin === "string") return `must have ${bound} characters`;
  return ["number", "int"].includes(issue.origin) ? `must be ${bound}` : `must have ${bound} items`;
}

function knownTo(schema: z.ZodType): string {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return names.length === 0 ? "" : `: known are ${names.join(", ")}`;
}

/** Throws BadRequest, with an example of what to send. */
export async function readJson(c: Context, example: string): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadRequest(`The body is no JSON. Send ${example}.`, { cause: error });
  }
}
