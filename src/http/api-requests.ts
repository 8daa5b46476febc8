/** What comes with requests to the API, checked. */
import type { Context } from "hono";
import { z } from "zod";
import { readEventId } from "../chain/event-ids.js";
import { sourceLockSchema } from "../chain/lock/read-lock-file.js";
import type { RunConclusion, RunStatus } from "../chain/run.js";
import type { StartRequest } from "../coordinator/operations.js";

/** What is wrong with a request, for its sender. */
export class BadRequest extends Error {}

const RUN_STATUSES = ["queued", "planning", "building", "publishing", "completed"] as const satisfies RunStatus[];

const RUN_CONCLUSIONS = ["success", "failure", "cancelled", "timed_out"] as const satisfies RunConclusion[];

/** A day, or a time with its zone, as milliseconds since 1970. */
const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: "must be a day like 2026-03-01 or a time like 2026-03-01T12:00:00Z",
  })
  .transform((text) => Date.parse(text));

export const hubName = z.string().regex(/^[\w.-]+\/[\w.-]+$/, "must be owner/repo");
/** A tag is anything that Git takes for one, more or less: no space, no control character. */
const tagName = z.string().regex(/^[^\s\p{Cc}]{1,250}$/u, "must be the name of a tag");
/** No name in Git begins with a dash. */
const refName = z.string().regex(/^[^\s\p{Cc}-][^\s\p{Cc}]{0,249}$/u, "must be a branch, a tag or a SHA");

export const listQuery = z.strictObject({
  hub: hubName.optional(),
  tag: z.string().min(1).optional(),
  status: z.enum(RUN_STATUSES).optional(),
  conclusion: z.enum(RUN_CONCLUSIONS).optional(),
  since: moment.optional(),
  until: moment.optional(),
  after: z.string().min(1).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const repositoriesQuery = z.strictObject({
  owner: z.string().regex(/^[\w-]{1,100}$/, "must be the name of an account"),
  after: hubName.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
});

export const releaseBody = z
  .strictObject({
    hub: hubName,
    tag: tagName,
    lock: sourceLockSchema.optional(),
    relock: z.boolean().optional(),
    configRef: refName.optional(),
  })
  .refine(({ lock, relock }) => lock === undefined || relock !== true, {
    error:
      "lock and relock exclude each other: a lock says which commits are built, relock that they are looked up anew",
  });

export const eventsQuery = z.strictObject({
  after: z
    .string()
    .refine((id) => readEventId(id) !== null, "must be the id of an event, like 12.0")
    .optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
});

export const logsQuery = z.strictObject({ tail: z.coerce.number().int().min(1).max(5_000).default(200) });

/** In the path. */
export const attemptNumber = z.union([z.literal("last"), z.coerce.number().int().min(1).max(100_000)], {
  error: "the number of an attempt, or `last`",
});

const pruneBody = z.strictObject({ dryRun: z.boolean().default(false) });
const emptyBody = z.strictObject({});
const workflowRunBody = z.strictObject({ workflowRunId: z.int().min(1) });

/** Throws BadRequest with all that is wrong. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const sentences = parsed.error.issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`,
  );
  throw new BadRequest(`${sentences.join("; ")}.`);
}

export async function readJson(c: Context, example: string): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadRequest(`The body is no JSON. Send ${example}.`, { cause: error });
  }
}

/** The release that a request is about. Throws BadRequest. */
export async function readRelease(c: Context): Promise<StartRequest> {
  const { hub, tag, lock, relock, configRef } = parse(
    releaseBody,
    await readJson(c, '{"hub":"owner/repo","tag":"v1.0.0"}'),
  );
  return {
    hub,
    tag,
    ...(lock !== undefined && { lock }),
    ...(relock !== undefined && { relock }),
    ...(configRef !== undefined && { configRef }),
  };
}

/** A command that needs nothing more said: what is said all the same is not passed over. Throws BadRequest. */
export async function readNothing(c: Context): Promise<void> {
  const text = await c.req.text();
  if (text.trim() !== "") parse(emptyBody, await readJson(c, "nothing, or {}"));
}

/** Throws BadRequest. */
export async function readPrune(c: Context): Promise<{ dryRun: boolean }> {
  const text = await c.req.text();
  return text.trim() === "" ? { dryRun: false } : parse(pruneBody, await readJson(c, '{"dryRun":true}, or nothing'));
}

/** Throws BadRequest. */
export async function readWorkflowRunId(c: Context): Promise<number> {
  return parse(workflowRunBody, await readJson(c, '{"workflowRunId":123}')).workflowRunId;
}
