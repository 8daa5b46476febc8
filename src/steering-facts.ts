/** What matters of webhooks by which people steer release runs in GitHub, or propose another configuration. */
import { z } from "zod";
import { commandLine } from "./chain/slash-command.js";
import { STEERING_ACTIONS } from "./coordinator/redeliveries.js";
import type { SteeringFacts } from "./coordinator/ports.js";

const text = z.string().min(1);
const id = z.int().positive();
const repository = z.object({ full_name: z.string().regex(/^[^/\s]+\/[^/\s]+$/) });
const login = z.object({ login: text });

const button = z
  .object({
    repository,
    sender: login,
    action: text,
    check_run: z.object({ external_id: z.string(), head_sha: text, html_url: text }),
    requested_action: z.object({ identifier: text }).nullish(),
  })
  .transform(({ repository, sender, action, check_run, requested_action }): SteeringFacts => ({
    kind: "button",
    hub: repository.full_name,
    madeFor: check_run.external_id,
    headSha: check_run.head_sha,
    button: requested_action?.identifier ?? action,
    by: sender.login,
    url: check_run.html_url,
  }));

const comment = z
  .object({
    repository,
    sender: login,
    issue: z.object({ number: id, user: login }),
    comment: z.object({ id, body: z.string(), html_url: text, created_at: z.iso.datetime({ offset: true }) }),
  })
  .transform(({ repository, sender, issue, comment }): SteeringFacts => ({
    kind: "comment",
    hub: repository.full_name,
    issue: issue.number,
    issueAuthor: issue.user.login,
    commentId: comment.id,
    at: Date.parse(comment.created_at),
    command: commandLine(comment.body) ?? "",
    by: sender.login,
    url: comment.html_url,
  }));

const pull = z
  .object({
    repository,
    sender: login,
    pull_request: z.object({ number: id, head: z.object({ sha: text, repo: repository.nullable() }) }),
  })
  .transform(({ repository, sender, pull_request: { number, head } }): SteeringFacts => ({
    kind: "pull",
    hub: repository.full_name,
    number,
    headRepo: head.repo?.full_name ?? null,
    headSha: head.sha,
    by: sender.login,
  }));

/** What is to be known of it; null: it concerns nobody here. Bots press no buttons and give no commands, so that none answers another. */
export function steeringSchema(event: string, payload: object): z.ZodType<SteeringFacts> | null {
  const action = "action" in payload ? String(payload.action) : "";
  if (STEERING_ACTIONS[event]?.has(action) !== true) return null;
  if (event === "pull_request") return pull;
  if (isByBot(payload)) return null;
  if (event === "check_run") return button;
  return hasCommand(payload) ? comment : null;
}

function isByBot(payload: object): boolean {
  const parsed = z.object({ sender: z.object({ type: z.string() }) }).safeParse(payload);
  return !parsed.success || parsed.data.sender.type !== "User";
}

/** Most comments are none: they are not stored. */
function hasCommand(payload: object): boolean {
  const parsed = z.object({ comment: z.object({ body: z.string() }) }).safeParse(payload);
  return parsed.success && commandLine(parsed.data.comment.body) !== null;
}
