/** Issues, their comments, and reactions to them. */
import { accountJson, nodeId } from "./account-json.js";
import { ApiError, notFound } from "./http.js";
import { repositoryUrl } from "./repository-json.js";
import type { JsonObject } from "./types.js";
import { repositoryEnvelope } from "./webhooks.js";
import { timestamp, type Account, type Repository, type World } from "./world.js";

/** Of the body of an issue, or a comment. */
const LONGEST_BODY = 65_536;
const LONGEST_TITLE = 256;

export const REACTIONS = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"] as const;
export type ReactionContent = (typeof REACTIONS)[number];

export interface Reaction {
  id: number;
  user: Account;
  content: ReactionContent;
  at: number;
}

export interface Comment {
  id: number;
  issue: Issue;
  user: Account;
  body: string;
  at: number;
  reactions: Reaction[];
}

export interface Issue {
  id: number;
  number: number;
  repository: Repository;
  title: string;
  body: string | null;
  user: Account;
  state: "open" | "closed";
  stateReason: "completed" | "reopened" | "not_planned" | null;
  createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  comments: Comment[];
}

export function createIssue(
  world: World,
  repository: Repository,
  { title, body, user }: Pick<Issue, "title" | "body" | "user">,
): Issue {
  checkText("title", title, LONGEST_TITLE);
  checkText("body", body ?? "", LONGEST_BODY);
  const now = world.clock.now();
  const issue: Issue = {
    id: world.nextId("issue"),
    number: world.nextNumber(repository),
    repository,
    title,
    body,
    user,
    state: "open",
    stateReason: null,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    comments: [],
  };
  world.issues.push(issue);
  world.changed();
  return issue;
}

export function updateIssue(
  world: World,
  issue: Issue,
  change: Partial<Pick<Issue, "title" | "body" | "state">>,
): void {
  checkText("title", change.title ?? "", LONGEST_TITLE);
  checkText("body", change.body ?? "", LONGEST_BODY);
  const before = issue.state;
  Object.assign(issue, change, { updatedAt: world.clock.now() });
  if (before !== issue.state) {
    issue.stateReason = issue.state === "closed" ? "completed" : "reopened";
    issue.closedAt = issue.state === "closed" ? world.clock.now() : null;
  }
  world.changed();
}

export function addComment(world: World, issue: Issue, body: string, user: Account): Comment {
  checkText("body", body, LONGEST_BODY);
  const comment: Comment = { id: world.nextId("comment"), issue, user, body, at: world.clock.now(), reactions: [] };
  issue.comments.push(comment);
  issue.updatedAt = comment.at;
  const payload = {
    action: "created",
    issue: issueJson(world, issue),
    comment: commentJson(world, comment),
    ...repositoryEnvelope(world, issue.repository, user),
  };
  world.emit({ event: "issue_comment", action: "created", repository: issue.repository, payload });
  world.changed();
  return comment;
}

/** The same reaction of the same user is there once. Whether it is new. */
export function react(
  world: World,
  comment: Comment,
  content: ReactionContent,
  user: Account,
): { reaction: Reaction; isNew: boolean } {
  const known = comment.reactions.find((one) => one.user === user && one.content === content);
  if (known !== undefined) return { reaction: known, isNew: false };
  const reaction = { id: world.nextId("reaction"), user, content, at: world.clock.now() };
  comment.reactions.push(reaction);
  world.changed();
  return { reaction, isNew: true };
}

export function issueOf(world: World, repository: Repository, number: number): Issue {
  const found = world.issues.find((issue) => issue.repository === repository && issue.number === number);
  if (found === undefined) throw notFound();
  return found;
}

export function commentOf(world: World, repository: Repository, id: number): Comment {
  for (const issue of world.issues)
    if (issue.repository === repository) {
      const found = issue.comments.find((comment) => comment.id === id);
      if (found !== undefined) return found;
    }
  throw notFound();
}

export function issueJson(world: World, issue: Issue): JsonObject {
  const repository_url = repositoryUrl(world, issue.repository);
  const url = `${repository_url}/issues/${issue.number}`;
  return {
    id: issue.id,
    node_id: nodeId("Issue", issue.id),
    url,
    repository_url,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `${world.url}/${issue.repository.fullName}/issues/${issue.number}`,
    number: issue.number,
    state: issue.state,
    state_reason: issue.stateReason,
    title: issue.title,
    body: issue.body,
    user: accountJson(world, issue.user),
    labels: [],
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: issue.comments.length,
    closed_at: issue.closedAt === null ? null : timestamp(issue.closedAt),
    created_at: timestamp(issue.createdAt),
    updated_at: timestamp(issue.updatedAt),
    author_association: "NONE",
    performed_via_github_app: null,
    reactions: reactionsJson(`${url}/reactions`, []),
    timeline_url: `${url}/timeline`,
  };
}

export function commentJson(world: World, comment: Comment): JsonObject {
  const { issue } = comment;
  const base = repositoryUrl(world, issue.repository);
  const url = `${base}/issues/comments/${comment.id}`;
  return {
    id: comment.id,
    node_id: nodeId("IssueComment", comment.id),
    url,
    html_url: `${world.url}/${issue.repository.fullName}/issues/${issue.number}#issuecomment-${comment.id}`,
    issue_url: `${base}/issues/${issue.number}`,
    body: comment.body,
    user: accountJson(world, comment.user),
    created_at: timestamp(comment.at),
    updated_at: timestamp(comment.at),
    author_association: "NONE",
    performed_via_github_app: null,
    reactions: reactionsJson(`${url}/reactions`, comment.reactions),
  };
}

export function reactionJson(world: World, { id, user, content, at }: Reaction): JsonObject {
  return { id, node_id: nodeId("Reaction", id), user: accountJson(world, user), content, created_at: timestamp(at) };
}

function reactionsJson(url: string, reactions: readonly Reaction[]): JsonObject {
  const counts = REACTIONS.map((one) => [one, reactions.filter(({ content }) => content === one).length]);
  return { url, total_count: reactions.length, ...(Object.fromEntries(counts) as JsonObject) };
}

function checkText(field: string, text: string, most: number): void {
  if (text.length <= most) return;
  throw new ApiError(422, "Validation Failed", [
    { resource: "Issue", code: "custom", field, message: `${field} is too long (maximum is ${most} characters)` },
  ]);
}
