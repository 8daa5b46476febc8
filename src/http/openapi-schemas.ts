/** The shapes of what the API takes and gives (`components.schemas` of the OpenAPI document). */
import { FAILURE_CLASSES } from "../chain/config.js";
import { artifactSchemas } from "./openapi-artifacts.js";
import { list, nullable, object, oneOf, ref, type Schema, sha256, text, time, whole } from "./openapi-parts.js";

const attemptStatus = oneOf("dispatching", "queued", "in_progress", "collecting", "completed");
const conclusion = oneOf("success", "failure", "cancelled", "timed_out");

/** Of a release run; an answer to a command has more beside them. */
const run = {
  id: text,
  hub: text,
  tag: text,
  status: oneOf("queued", "planning", "building", "publishing", "completed"),
  conclusion: nullable(conclusion),
  reason: { ...nullable(text), description: "Begins with a stable code and a colon." },
  why: { ...nullable(text), description: "What the whole release run waits for; null: its components say all." },
  createdAt: time,
  startedAt: nullable(time),
  completedAt: nullable(time),
  trigger: oneOf("webhook", "operator"),
  configRef: { ...nullable(text), description: "Where the configuration is read; null: at the tag." },
  basedOn: {
    ...nullable(text),
    description: "The earlier release run of the tag whose builds are reused where they still hold.",
  },
  groups: list(list(text)),
  components: list(ref("Component")),
  release: {
    ...nullable(
      object({
        id: { ...nullable(whole), description: "null: it is yet to be made." },
        repo: text,
        tag: text,
        url: { ...text, description: "Where it is, or will be." },
        draft: { type: "boolean", description: "It is a draft, for a person to publish." },
        assets: list(object({ name: text, size: whole, sha256 })),
        transfer: { ...nullable(ref("Transfer")), description: "Its uploads; null: none is under way." },
      }),
    ),
    description: "The release that gets the files; null: not known yet.",
  },
};

export const schemas: Record<string, Schema> = {
  ...artifactSchemas,
  Attempt: object({
    number: whole,
    kind: oneOf("dispatch", "rerun"),
    mode: oneOf("failed-jobs", "all-jobs", "dispatch"),
    dispatchId: text,
    workflowRunId: nullable(whole),
    runAttempt: whole,
    url: nullable(text),
    matchedBy: {
      ...nullable(oneOf("dispatch-id", "returned", "sole-candidate", "adopted")),
      description: "How its workflow run was told apart from others; null: it is not, yet.",
    },
    candidates: {
      ...list(whole),
      description: "Workflow runs that could be its own, where there are several: `adopt` takes one of them.",
    },
    status: attemptStatus,
    conclusion: nullable(conclusion),
    failureClass: nullable(oneOf(...FAILURE_CLASSES)),
    detail: nullable(text),
    startedAt: nullable(time),
    completedAt: nullable(time),
    retryAt: nullable(time),
  }),
  WorkflowJob: {
    ...object({ id: whole, name: text, status: text, conclusion: nullable(text), url: nullable(text) }),
    description: "A job of a workflow run, in GitHub's words",
  },
  Component: object({
    id: text,
    repo: text,
    sha: text,
    build: { type: "boolean" },
    needs: list(text),
    status: oneOf("waiting", "dispatching", "queued", "in_progress", "collecting", "completed"),
    conclusion: nullable(oneOf("success", "failure", "cancelled", "timed_out", "skipped")),
    why: { ...nullable(text), description: "What it waits for, or why it ended as it did." },
    transfer: { ...nullable(ref("Transfer")), description: "Its downloads; null: none is under way." },
    skippedBy: {
      ...nullable(oneOf("need", "operator")),
      description: "`need`: one that it needs did not succeed; `operator`: a person said so; null: it was not skipped.",
    },
    reusedFrom: {
      ...nullable(object({ runId: text, tag: text })),
      description: "The earlier release run that built what it has; null: this one did, or will.",
    },
    maxAttempts: {
      ...whole,
      description:
        "`retry.max-attempts`, and the attempts that do not count against it, as those before a person asked for another; 0: it is not built.",
    },
    attempts: list(ref("Attempt")),
  }),
  Transfer: {
    ...object({
      file: { ...nullable(text), description: "The one that is under way" },
      filesDone: whole,
      filesTotal: whole,
      bytesDone: whole,
      bytesTotal: whole,
      bytesPerSecond: { ...nullable(whole), description: "Of late; null: not known yet" },
      secondsLeft: { ...nullable(whole), description: "null: not known, or nothing moves" },
    }),
    description: "How far downloads or uploads are that the answering server does itself",
  },
  Run: object(run),
  CommandAnswer: {
    ...object({
      ...run,
      changed: { type: "boolean", description: "false: it was so already, and nothing was done." },
      detail: { ...nullable(text), description: "How it stands, where nothing was done." },
    }),
    description: "The release run as it is now, like `Run`, and whether the command changed anything.",
  },
  Plan: object(
    {
      version: { const: 1 },
      hub: text,
      tag: text,
      hubSha: text,
      createdAt: time,
      components: list(object({ id: text, repo: text, ref: text, sha: text }, true)),
      groups: list(list(text)),
      warnings: list(object({ code: text, message: text })),
    },
    true,
  ),
  UpstreamFile: object({
    component: text,
    artifact: text,
    file: { type: "string", description: "Path inside the artifact" },
    size: whole,
    sha256,
    url: { ...nullable(text), description: "Signed; null: the server has no PUBLIC_URL." },
  }),
  Repository: object({
    fullName: { type: "string", description: "owner/repo" },
    defaultBranch: text,
    private: { type: "boolean" },
    archived: { type: "boolean" },
    layers: { ...list(text), description: "Collections of its layers on the default branch." },
    workflow: {
      ...nullable(text),
      description: "`build.yml` or `ci.yml`, the first that a `repository_dispatch` of type `build-chain` starts.",
    },
    problem: { ...nullable(text), description: "Why layers and workflow are not known; null: they are." },
  }),
  Lock: {
    ...object(
      {
        version: { const: 1 },
        hub: text,
        tag: text,
        hubSha: text,
        groups: list(list(text)),
        components: list(
          object({ id: text, repo: text, url: text, ref: text, sha: text, build: { type: "boolean" } }, true),
        ),
      },
      true,
    ),
    description: "What `release-chain.lock.json` holds",
  },
  ReleaseName: {
    type: "object",
    properties: {
      hub: { type: "string", description: "owner/repo", pattern: "^[\\w.-]+/[\\w.-]+$" },
      tag: { type: "string", minLength: 1, maxLength: 250 },
      lock: {
        ...ref("SourceLock"),
        description: "Build from exactly these sources; without it every ref is locked anew. Excludes `relock`.",
      },
      relock: {
        type: "boolean",
        description: "Lock every ref anew, though an earlier release run of the tag locked it. Excludes `lock`.",
      },
      configRef: {
        type: "string",
        description: "Branch, tag or SHA of the hub where the configuration is read, in place of the tag.",
        pattern: "^[^\\s-][^\\s]{0,249}$",
      },
    },
    required: ["hub", "tag"],
    additionalProperties: false,
  },
  SourceLock: object({
    hub: { type: "string", description: "Of the release that the lock belongs to, like `tag`" },
    tag: text,
    components: {
      type: "object",
      description: "By component id",
      minProperties: 1,
      additionalProperties: object({ repo: text, ref: text, sha: text }),
    },
  }),
  Problem: {
    ...object({ type: text, title: text, status: whole, detail: text }, true),
    description:
      "RFC 9457. `run` names the live run of a 409, `code` why a command was refused, `problems` what refuses a plan.",
    properties: {
      type: text,
      title: text,
      status: whole,
      detail: text,
      run: object({ id: text, hub: text, tag: text, status: text }),
      code: { type: "string", description: "Stable; docs/troubleshooting.md has them all." },
      problems: list(object({ code: text, message: text })),
    },
  },
};
