/** What comes with requests to the API, checked by the schemas that describe it. */
import type { Context } from "hono";
import type { z } from "zod";

/** What is wrong with a request, for its sender. */
export class BadRequest extends Error {}

/** Throws BadRequest with all that is wrong. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const sentences = parsed.error.issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`,
  );
  throw new BadRequest(`${sentences.join("; ")}.`);
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
