/** A release run and its parts, as the API gives them (src/chain/run-view.ts). */
import { z } from "@hono/zod-openapi";
import { FAILURE_CLASSES } from "../../chain/config.js";
import { orNull, sha256, text, time, told, whole } from "./fields.js";

export const runStatus = z.enum(["queued", "planning", "building", "publishing", "completed"]);
export const runConclusion = z.enum(["success", "failure", "cancelled", "timed_out"]);
export const componentStatus = z.enum([
  ...["waiting", "dispatching", "queued", "in_progress", "collecting", "completed"],
] as const);
export const componentConclusion = z.enum(["success", "failure", "cancelled", "timed_out", "skipped"]);
export const failureClass = z.enum(FAILURE_CLASSES);
export const mode = z.enum(["failed-jobs", "all-jobs", "dispatch"]);
export const attemptKind = z.enum(["dispatch", "rerun"]);
export const matchedBy = z.enum(["dispatch-id", "returned", "sole-candidate", "adopted"]).nullable();

export const Transfer = z
  .strictObject({
    file: told(text.nullable(), "The one that is under way"),
    filesDone: whole,
    filesTotal: whole,
    bytesDone: whole,
    bytesTotal: whole,
    bytesPerSecond: told(whole.nullable(), "Of late; null: not known yet"),
    secondsLeft: told(whole.nullable(), "null: not known, or nothing moves"),
  })
  .openapi("Transfer", { description: "How far downloads or uploads are that the answering server does itself" });

export const Attempt = z
  .strictObject({
    number: whole,
    kind: attemptKind,
    mode,
    dispatchId: text,
    workflowRunId: whole.nullable(),
    runAttempt: whole,
    url: text.nullable(),
    matchedBy: told(matchedBy, "How its workflow run was told apart from others; null: it is not, yet."),
    candidates: told(
      z.array(whole),
      "Workflow runs that could be its own, where there are several: `adopt` takes one of them.",
    ),
    status: z.enum(["dispatching", "queued", "in_progress", "collecting", "completed"]),
    conclusion: runConclusion.nullable(),
    failureClass: failureClass.nullable(),
    detail: text.nullable(),
    startedAt: time.nullable(),
    completedAt: time.nullable(),
    retryAt: told(time.nullable(), "When the attempt after this one may start"),
  })
  .openapi("Attempt");

export const Component = z
  .strictObject({
    id: text,
    repo: text,
    sha: text,
    build: z.boolean(),
    needs: z.array(text),
    status: componentStatus,
    conclusion: componentConclusion.nullable(),
    why: told(text.nullable(), "What it waits for, or why it ended as it did."),
    transfer: told(orNull(Transfer), "Its downloads; null: none is under way."),
    skippedBy: told(
      z.enum(["need", "operator"]).nullable(),
      "`need`: one that it needs did not succeed; `operator`: a person said so; null: it was not skipped.",
    ),
    reusedFrom: told(
      z.strictObject({ runId: text, tag: text }).nullable(),
      "The earlier release run that built what it has; null: this one did, or will.",
    ),
    maxAttempts: told(
      whole,
      "`retry.max-attempts`, and the attempts that do not count against it, as those before a person asked for another; 0: it is not built.",
    ),
    attempts: z.array(Attempt),
  })
  .openapi("Component");

const release = z.strictObject({
  id: told(whole.nullable(), "null: it is yet to be made."),
  repo: text,
  tag: text,
  url: told(text, "Where it is, or will be."),
  draft: told(z.boolean(), "It is a draft, for a person to publish."),
  assets: z.array(z.strictObject({ name: text, size: whole, sha256 })),
  transfer: told(orNull(Transfer), "Its uploads; null: none is under way."),
});

/** Of a release run; an answer to a command has more beside them. */
const run = {
  id: text,
  hub: text,
  tag: text,
  status: runStatus,
  conclusion: runConclusion.nullable(),
  reason: told(text.nullable(), "Begins with a stable code and a colon."),
  why: told(text.nullable(), "What the whole release run waits for; null: its components say all."),
  createdAt: time,
  startedAt: time.nullable(),
  completedAt: time.nullable(),
  trigger: z.enum(["webhook", "operator"]),
  configRef: told(text.nullable(), "Where the configuration is read; null: at the tag."),
  basedOn: told(text.nullable(), "The earlier release run of the tag whose builds are reused where they still hold."),
  groups: z.array(z.array(text)),
  components: z.array(Component),
  release: told(release.nullable(), "The release that gets the files; null: not known yet."),
};

export const Run = z.strictObject(run).openapi("Run");

export const CommandAnswer = z
  .strictObject({
    ...run,
    changed: told(z.boolean(), "false: it was so already, and nothing was done."),
    detail: told(text.nullable(), "How it stands, where nothing was done."),
  })
  .openapi("CommandAnswer", {
    description: "The release run as it is now, like `Run`, and whether the command changed anything.",
  });

/** Plan and lock have more keys than these. */
export const Plan = z
  .object({
    version: z.literal(1),
    hub: text,
    tag: text,
    hubSha: text,
    createdAt: time,
    components: z.array(z.object({ id: text, repo: text, ref: text, sha: text })),
    groups: z.array(z.array(text)),
    warnings: z.array(z.strictObject({ code: text, message: text })),
  })
  .openapi("Plan");

export const Lock = z
  .object({
    version: z.literal(1),
    hub: text,
    tag: text,
    hubSha: text,
    groups: z.array(z.array(text)),
    components: z.array(z.object({ id: text, repo: text, url: text, ref: text, sha: text, build: z.boolean() })),
  })
  .openapi("Lock", { description: "What `release-chain.lock.json` holds" });

export const WorkflowJob = z
  .strictObject({ id: whole, name: text, status: text, conclusion: text.nullable(), url: text.nullable() })
  .openapi("WorkflowJob", { description: "A job of a workflow run, in GitHub's words" });

export const Log = z
  .strictObject({
    component: text,
    attempt: whole,
    workflowRunId: whole,
    url: text.nullable(),
    job: orNull(WorkflowJob),
    jobs: z.array(WorkflowJob),
    lines: z.array(text),
    truncated: told(z.boolean(), "There was more before."),
    complete: told(z.boolean(), "The attempt is over: asking again gives the same."),
  })
  .openapi("Log");

export const Notice = z
  .strictObject({
    target: text,
    event: told(text, "Unlike that of any other event of the release run"),
    title: text,
    state: told(z.enum(["pending", "sent", "failed"]), "failed: given up after a day"),
    attempts: told(whole, "Tries so far"),
    createdAt: time,
    retryAt: told(time.nullable(), "When it is tried (again); null: it is not, any more"),
    sentAt: time.nullable(),
    detail: told(text.nullable(), "Why the last try failed"),
  })
  .openapi("Notice");

export const Repository = z
  .strictObject({
    fullName: told(text, "owner/repo"),
    defaultBranch: text,
    private: z.boolean(),
    archived: z.boolean(),
    layers: told(z.array(text), "Collections of its layers on the default branch."),
    workflow: told(
      text.nullable(),
      "`build.yml` or `ci.yml`, the first that a `repository_dispatch` of type `build-chain` starts.",
    ),
    problem: told(text.nullable(), "Why layers and workflow are not known; null: they are."),
  })
  .openapi("Repository");
