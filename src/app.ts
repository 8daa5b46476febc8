/** The Probot app: a webhook becomes a stored delivery, and whoever waits for it is woken. It never calls GitHub. */
import type { ApplicationFunction } from "probot";
import { z } from "zod";
import type { WorkflowRunSnapshot } from "./chain/run.js";
import { normaliseWorkflowPath } from "./chain/workflow-path.js";
import type { DeliveryIntake } from "./coordinator/operations.js";
import type { Clock, Delivery, DeliveryFacts, Log } from "./coordinator/ports.js";
import { within } from "./http/deadline.js";
import { steeringSchema } from "./steering-facts.js";

/** The only words about a failure that leave the server; the cause is in the log. */
export const NOT_STORED = "The delivery could not be stored. GitHub may deliver it again.";

/**
 * GitHub gives up on an answer after 10 s. We give up before, with an error, so that GitHub's delivery log shows the
 * delivery as failed and it can be asked for again.
 */
const STORE_WITHIN = 8_000;

/**
 * Takes `release`, `create` (of tags), `workflow_run`, `installation*`, and what people do to steer (steering-facts.ts);
 * everything else is dropped. An event that
 * lacks what is needed is logged and dropped as well: a redelivery would lack it again. Throws NOT_STORED, and nothing
 * else, where the intake fails or takes more than `storeWithin` ms.
 */
export function createApp(
  intake: DeliveryIntake,
  { log, clock, storeWithin = STORE_WITHIN, lag }: AppOptions,
): ApplicationFunction {
  async function take(event: { id: string; name: string; payload: object }): Promise<void> {
    const about = { delivery: event.id, event: event.name };
    const happened = timeOf(event.payload);
    if (happened !== null) lag?.(event.name, clock.now() - happened);
    const facts = readFacts(event.name, event.payload);
    if (facts.kind === "nothing") return;
    if (facts.kind === "incomplete") {
      log.warn({ ...about, missing: facts.missing }, `The webhook is dropped: it lacks ${facts.missing.join(", ")}.`);
      return;
    }
    const action = "action" in event.payload && typeof event.payload.action === "string" ? event.payload.action : null;
    const delivery = { guid: event.id, event: event.name, action, receivedAt: clock.now(), facts: facts.facts };
    try {
      const outcome = await within(storeWithin, intake.receive(delivery), `Storing took more than ${storeWithin} ms.`);
      log.debug({ ...about, action, outcome }, `The webhook is ${outcome}.`);
    } catch (error) {
      log.error({ ...about, action, err: error }, "The webhook could not be stored, and is answered with an error.");
      throw new Error(NOT_STORED, { cause: error });
    }
  }

  return (app) => {
    app.on(["release", "create", "workflow_run"], take);
    app.on(["check_run", "issue_comment", "pull_request"], take);
    app.on(["installation", "installation_repositories", "installation_target"], take);
  };
}

const timed = z.union([
  z
    .object({ workflow_run: z.object({ updated_at: z.iso.datetime() }) })
    .transform((event) => event.workflow_run.updated_at),
  z
    .object({ release: z.object({ published_at: z.iso.datetime() }), action: z.literal("published") })
    .transform((event) => event.release.published_at),
]);

/** When it was what a webhook tells of (ms); null: it does not say. */
function timeOf(payload: object): number | null {
  const read = timed.safeParse(payload);
  return read.success ? Date.parse(read.data) : null;
}

export interface AppOptions {
  log: Log;
  clock: Clock;
  storeWithin?: number;
  /** Told how many ms after what it tells of a webhook came, where it says when that was. */
  lag?: (event: string, ms: number) => void;
}

type Facts =
  { kind: "facts"; facts: Delivery["facts"] } | { kind: "incomplete"; missing: string[] } | { kind: "nothing" };

const text = z.string().min(1);
const id = z.int().positive();
const repository = z.object({ full_name: z.string().regex(/^[^/\s]+\/[^/\s]+$/) });

const releasePayload = z.object({
  repository,
  release: z.object({
    id,
    tag_name: text,
    draft: z.boolean(),
    prerelease: z.boolean(),
    author: z.object({ login: text, type: text }),
  }),
  sender: z.object({ login: text }),
});

const createPayload = z.object({
  repository,
  ref: text,
  sender: z.object({ login: text, type: text }),
});

const workflowRunPayload = z.object({
  action: text.optional(),
  repository,
  workflow_run: z.object({ id, event: text }),
});

const instant = z.iso.datetime({ offset: true }).transform((value) => Date.parse(value));

/** All that is to be known of a workflow run. `in_progress` webhooks may lack `display_title`; then it is read. */
const wholeRunPayload = z.object({
  workflow_run: z
    .object({
      id,
      workflow_id: id,
      path: text,
      event: text,
      display_title: text,
      status: text,
      conclusion: z.string().nullish(),
      run_attempt: id,
      head_sha: text,
      actor: z.object({ login: text }),
      created_at: instant,
      run_started_at: instant,
      html_url: text,
    })
    .transform((run): WorkflowRunSnapshot => ({
      id: run.id,
      workflowId: run.workflow_id,
      path: normaliseWorkflowPath(run.path),
      event: run.event,
      displayTitle: run.display_title,
      status: run.status,
      conclusion: run.conclusion ?? null,
      runAttempt: run.run_attempt,
      headSha: run.head_sha,
      actor: run.actor.login,
      createdAt: run.created_at,
      runStartedAt: run.run_started_at,
      url: run.html_url,
    })),
});

/** `installation_target` has the account at the top; an enterprise has a slug instead of a login. */
const account = z.union([z.object({ login: text }), z.object({ slug: text })]);
const installationPayload = z.union([z.object({ account }), z.object({ installation: z.object({ account }) })]);

function readFacts(event: string, payload: object): Facts {
  switch (event) {
    case "release":
      return read(releasePayload, payload, ({ repository, release, sender }) => ({
        kind: "release",
        hub: repository.full_name,
        tag: release.tag_name,
        releaseId: release.id,
        draft: release.draft,
        prerelease: release.prerelease,
        author: release.author.login,
        authorType: release.author.type,
        sender: sender.login,
      }));
    case "create":
      if (!("ref_type" in payload)) return { kind: "incomplete", missing: ["ref_type"] };
      if (payload.ref_type !== "tag") return { kind: "nothing" };
      return read(createPayload, payload, ({ repository, ref, sender }) => ({
        kind: "create",
        hub: repository.full_name,
        tag: ref,
        sender: sender.login,
        senderType: sender.type,
      }));
    case "workflow_run":
      return read(workflowRunPayload, payload, ({ action, repository, workflow_run }) => ({
        kind: "workflow_run",
        repo: repository.full_name,
        workflowRunId: workflow_run.id,
        event: workflow_run.event,
        ...(action === "requested" && requestedRun(payload)),
      }));
    case "check_run":
    case "issue_comment":
    case "pull_request": {
      const schema = steeringSchema(event, payload);
      return schema === null ? { kind: "nothing" } : read(schema, payload, (facts) => facts);
    }
    default:
      return read(installationPayload, payload, (found) => {
        const owner = "account" in found ? found.account : found.installation.account;
        return { kind: "installation", account: "login" in owner ? owner.login : owner.slug };
      });
  }
}

function requestedRun(payload: object): { requested?: WorkflowRunSnapshot } {
  const whole = wholeRunPayload.safeParse(payload);
  return whole.success ? { requested: whole.data.workflow_run } : {};
}

function read<T>(schema: z.ZodType<T>, payload: object, facts: (payload: T) => DeliveryFacts): Facts {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return { kind: "facts", facts: facts(parsed.data) };
  const missing = parsed.error.issues.map((issue) => issue.path.join(".") || "installation.account");
  return { kind: "incomplete", missing: [...new Set(missing)] };
}
