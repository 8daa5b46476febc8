/** The pieces that the API's schemas and routes are put together from. */
import { z } from "@hono/zod-openapi";

export const text = z.string();
export const whole = z.int();
export const bytes = z.int().openapi({ description: "Bytes" });
export const time = z.iso.datetime().openapi({ description: "ISO 8601, UTC" });
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in lower-case hex");
export const isTrue = z.boolean();

/** With words for the reader of the document. */
export function told<S extends z.ZodType>(schema: S, description: string): S {
  return schema.openapi({ description });
}

/**
 * A named schema, or null. Not `.nullable()`, with which the name itself would stand for null as well wherever it is used.
 */
export function orNull<S extends z.ZodType>(schema: S): z.ZodUnion<readonly [S, z.ZodNull]> {
  return z.union([schema, z.null()]);
}

/** A page of a list. */
export function pageOf<S extends z.ZodType>(item: S) {
  return z.strictObject({
    items: z.array(item),
    next: told(z.string().nullable(), "`after` of the next page; null: that was all"),
  });
}

/** How many items a page has. */
export function limit(most: number, usual: number) {
  return told(z.coerce.number().int().min(1).max(most).default(usual), "Items of a page");
}

/** No `u` flag gets into the document: a pattern there has none (JSON Schema 2020-12, section 6.3.3). */
function unicode(pattern: RegExp, message: string): z.ZodString {
  return z.string().regex(pattern, message).openapi({ pattern: pattern.source });
}

export const after = told(
  unicode(/^\P{Cc}{1,500}$/u, "must be the `next` of a page").optional(),
  "`next` of the page before",
);

export const hubName = z.string().regex(/^[\w.-]+\/[\w.-]+$/, "must be owner/repo");
/** A tag is anything that Git takes for one, more or less: no space, no control character. */
export const tagName = unicode(/^[^\s\p{Cc}]{1,250}$/u, "must be the name of a tag");
/** No name in Git begins with a dash. */
export const refName = unicode(/^[^\s\p{Cc}-][^\s\p{Cc}]{0,249}$/u, "must be a branch, a tag or a SHA");
export const lineOf100 = unicode(/^[^\p{Cc}\p{Cs}]{1,100}$/u, "must be 1 to 100 characters, on one line");

/** A day, or a time with its zone, as milliseconds since 1970. */
export const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: "must be a day like 2026-03-01 or a time like 2026-03-01T12:00:00Z",
  })
  .transform((said) => Date.parse(said));

export const Problem = z
  .looseObject({
    type: told(text, "Stable: `urn:release-chain:problem:` and a code"),
    title: text,
    status: whole,
    detail: told(text, "What happened and what to do"),
    run: told(
      z.strictObject({ id: text, hub: text, tag: text, status: text }).optional(),
      "The live run, where that is in the way",
    ),
    code: told(text.optional(), "Why a command was refused: stable; docs/troubleshooting.md has them all"),
    problems: told(z.array(z.strictObject({ code: text, message: text })).optional(), "What refuses a plan"),
  })
  .openapi("Problem", { description: "RFC 9457" });
