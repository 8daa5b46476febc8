/** What people ask for by buttons and comments in GitHub: done with their own rights, and answered. */
import { statusComment } from "../chain/check-run-summary.js";
import type { Command } from "../chain/commands.js";
import { parseSlashCommand, SLASH_COMMANDS, type SlashCommand } from "../chain/slash-command.js";
import { code, plain } from "../chain/markdown.js";
import type { ReleaseRun } from "../chain/run.js";
import { BUTTONS } from "../chain/check-run-summary.js";
import type { Deps } from "./deps.js";
import type { Operations } from "./operations.js";
import { operationsFor } from "./operations-for.js";
import type { SteeringFacts } from "./ports.js";
import type { Reaction, Reporting } from "./report-port.js";
import { ForbiddenError } from "./rights-of.js";

export type ButtonFacts = Extract<SteeringFacts, { kind: "button" }>;
export type CommentFacts = Extract<SteeringFacts, { kind: "comment" }>;

export interface AnswerDeps extends Pick<Deps, "github" | "clock"> {
  reporting: Reporting;
  operations: Operations;
}

/** What is said to a comment. `text` null: nothing, as who may not do it should not make us write. */
export interface Answer {
  reaction: Reaction;
  text: string | null;
}

/** Clocks differ. */
const MARGIN = 600_000;

/** Does what a button stands for, for who pressed it. Returns what became of it, a sentence. */
export async function pressButton(facts: ButtonFacts, deps: AnswerDeps): Promise<string> {
  const { reporting, operations } = deps;
  const asker = { actor: { kind: "github", login: facts.by } as const, source: facts.url };
  const command = facts.button === BUTTONS.cancel ? "cancel" : "retry";
  const said = `${facts.by} pressed ${facts.button} for release run ${facts.madeFor}`;
  try {
    const asked: Command = { kind: command };
    const result = await operationsFor(operations, asker, reporting.access).command(facts.madeFor, asked);
    return `${said}: ${result.kind}`;
  } catch (cause) {
    if (cause instanceof ForbiddenError) return `${said}: ${cause.message}`;
    throw cause;
  }
}

/** What a comment asks for, done; null: it is none of our business. */
export async function obey(facts: CommentFacts, deps: AnswerDeps): Promise<Answer | null> {
  const { reporting, operations } = deps;
  if (facts.issueAuthor !== (await deps.github.botLogin())) return null;
  const runId = await reporting.store.runOfIssue(facts.hub, facts.issue);
  if (runId === null) return null;
  const asker = { actor: { kind: "github", login: facts.by } as const, source: facts.url };
  const own = operationsFor(operations, asker, reporting.access);
  const told = await own.get(runId);
  if (told === null) return null;
  // The issue is about the tag: what is asked for concerns its newest release run.
  const [newest] = await own.list({ hub: told.hub, tag: told.tag, limit: 1 });
  return perform(parseSlashCommand(facts.command), newest ?? told, own, deps);
}

async function perform(asked: SlashCommand, run: ReleaseRun, own: Operations, deps: AnswerDeps): Promise<Answer> {
  if (asked.kind === "status") return { reaction: "+1", text: statusComment(run, deps.clock.now()) };
  if (asked.kind === "unknown") {
    const known = SLASH_COMMANDS.map((line) => `- ${code(line)}`).join("\n");
    return { reaction: "confused", text: `That is no command. There are:\n\n${known}` };
  }
  try {
    const result = await own.command(run.id, commandOf(asked));
    switch (result.kind) {
      case "done":
        return { reaction: "+1", text: doneWords(asked) };
      case "unchanged":
        return { reaction: "+1", text: plain(result.detail) };
      case "refused":
        return { reaction: "confused", text: plain(result.message) };
      case "unknown-run":
        return { reaction: "-1", text: null };
    }
  } catch (cause) {
    if (cause instanceof ForbiddenError) return { reaction: "-1", text: null };
    throw cause;
  }
}

type Doing = Exclude<SlashCommand, { kind: "status" | "unknown" }>;

function commandOf(asked: Doing): Command {
  switch (asked.kind) {
    case "retry":
      return asked.component === null ? { kind: "retry" } : { kind: "retry-component", component: asked.component };
    case "cancel":
      return { kind: "cancel" };
    case "skip":
      return { kind: "skip-component", component: asked.component };
  }
}

function doneWords(asked: Doing): string {
  switch (asked.kind) {
    case "retry":
      return asked.component === null
        ? "What did not succeed is tried again."
        : `${code(asked.component)} is tried again.`;
    case "cancel":
      return "The release run is being stopped; nothing will be published.";
    case "skip":
      return `The release goes on without ${code(asked.component)}.`;
  }
}

/** Says it under the comment, once, also where it was said before and nobody noted so. */
export async function say(facts: CommentFacts, answer: Answer, deps: AnswerDeps, signal: AbortSignal): Promise<void> {
  const { github } = deps.reporting;
  if (answer.text !== null) {
    const marker = `<!-- release-chain:answer ${facts.commentId} -->`;
    const bot = await deps.github.botLogin();
    const later = await github.comments(facts.hub, facts.issue, facts.at - MARGIN);
    if (!later.some(({ author, body }) => author === bot && body.includes(marker)))
      await github.comment(facts.hub, facts.issue, `${answer.text}\n\n${marker}`, signal);
  }
  await github.react(facts.hub, facts.commentId, answer.reaction, signal);
}
