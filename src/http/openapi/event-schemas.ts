/** What is told of a release run, as the API gives it (src/chain/event-view.ts). */
import { z } from "@hono/zod-openapi";
import { sha256, text, time, told, whole } from "./fields.js";
import {
  attemptKind,
  componentConclusion,
  componentStatus,
  failureClass,
  matchedBy,
  mode,
  runConclusion,
  runStatus,
} from "./run-schemas.js";

const head = {
  id: told(text, "Rises with time; for `Last-Event-ID`"),
  at: time,
  sentence: told(text, "For a person; one line"),
};
const ofAttempt = { component: text, attempt: whole };

const kinds = [
  z.strictObject({
    ...head,
    kind: z.literal("run"),
    status: runStatus,
    conclusion: runConclusion.nullable(),
    reason: text.nullable(),
  }),
  z.strictObject({
    ...head,
    kind: z.literal("plan"),
    components: whole,
    built: whole,
    groups: whole,
    warnings: whole,
  }),
  z.strictObject({ ...head, kind: z.literal("ending"), conclusion: runConclusion, reason: text }),
  z.strictObject({
    ...head,
    kind: z.literal("component"),
    component: text,
    status: componentStatus,
    conclusion: componentConclusion.nullable(),
    reason: text.nullable(),
    reusedFrom: text.nullable(),
  }),
  z.strictObject({
    ...head,
    kind: z.literal("dispatched"),
    ...ofAttempt,
    how: attemptKind,
    mode,
    dispatchId: text,
    outcome: told(z.enum(["accepted", "unknown"]), "unknown: it may not have reached GitHub, and is looked for"),
  }),
  z.strictObject({
    ...head,
    kind: z.literal("found"),
    ...ofAttempt,
    workflowRunId: whole,
    url: text.nullable(),
    matchedBy,
  }),
  z.strictObject({ ...head, kind: z.literal("ambiguous"), ...ofAttempt, candidates: z.array(whole) }),
  z.strictObject({ ...head, kind: z.literal("stopping"), ...ofAttempt, reason: text }),
  z.strictObject({
    ...head,
    kind: z.literal("attempt"),
    ...ofAttempt,
    conclusion: runConclusion.nullable(),
    failureClass: failureClass.nullable(),
    detail: text.nullable(),
    workflowRunId: whole.nullable(),
    url: text.nullable(),
  }),
  z.strictObject({
    ...head,
    kind: z.literal("retry"),
    ...ofAttempt,
    failureClass: failureClass.nullable(),
    retryAt: time,
  }),
  z.strictObject({
    ...head,
    kind: z.literal("artifact"),
    component: text,
    artifact: text,
    files: whole,
    size: whole,
  }),
  z.strictObject({ ...head, kind: z.literal("asset"), name: text, size: whole, sha256 }),
  z.strictObject({ ...head, kind: z.literal("published"), url: text, assets: whole }),
  z.strictObject({ ...head, kind: z.literal("publish-retry"), failures: whole, retryAt: time }),
  z.strictObject({
    ...head,
    kind: z.literal("command"),
    command: z.enum([
      ...["start", "cancel", "retry", "cancel-component", "retry-component", "skip-component", "adopt"],
    ] as const),
    component: text.nullable(),
    workflowRunId: whole.nullable(),
    by: told(text.nullable(), "Who asked; null: that is not known"),
  }),
] as const;

export const Event = z.discriminatedUnion("kind", kinds).openapi("Event");
