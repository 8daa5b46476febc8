/** What a notice says: what happened, what changed, what to do, and where to look. Each text is one line. */
import { explain } from "./explain.js";
import { targetOf } from "./plan.js";
import type { NoticeEvent, NoticeKind } from "./notices.js";
import type { Attempt, ComponentRun, ReleaseRun, RunConclusion, RunStatus } from "./run.js";
import { durationWords, listWords } from "./words.js";

/** What is kept of a notice until it is delivered. Frozen: a repeated delivery says the same. */
export interface NoticeContent {
  kind: NoticeKind;
  /** ISO 8601: when it was found that it is called for. */
  at: string;
  title: string;
  /** What happened. */
  lines: string[];
  /** What a person can do. */
  todo: string[];
  /** Where to look. */
  links: { text: string; url: string }[];
  run: {
    id: string;
    hub: string;
    tag: string;
    status: RunStatus;
    conclusion: RunConclusion | null;
    reason: string | null;
    createdAt: string;
    completedAt: string | null;
  };
  /** Those that the event is about: failed ones, or the one that waits for a person. */
  components: { id: string; conclusion: string | null; why: string | null; url: string | null }[];
}

/** Lines of a reason, and components, that are told one by one. */
const MOST_LINES = 8;
/** Characters of a line. */
const LONGEST_LINE = 400;

/** `publicUrl`: the server's own, without `/` at the end; null: it does not know it. `now` in ms. */
export function noticeContent(
  run: ReleaseRun,
  event: NoticeEvent,
  { now, publicUrl }: { now: number; publicUrl: string | null },
): NoticeContent {
  const concerned = concernedBy(run, event);
  const name = `${run.hub}@${run.tag}`;
  const { id, hub, tag, status, conclusion, reason, createdAt, completedAt } = run;
  return {
    kind: event.kind,
    at: new Date(now).toISOString(),
    title: oneLine(`${name} ${titleOf(run, event.kind)}`),
    lines: linesOf(run, event, concerned, now).map(oneLine),
    todo: todoOf(run, event, concerned).map(oneLine),
    links: linksOf(run, concerned, publicUrl),
    run: {
      id,
      hub,
      tag,
      status,
      conclusion,
      reason: reason === null ? null : reason.slice(0, MOST_LINES * LONGEST_LINE),
      createdAt: new Date(createdAt).toISOString(),
      completedAt: completedAt === null ? null : new Date(completedAt).toISOString(),
    },
    components: concerned.slice(0, MOST_LINES).map((component) => ({
      id: component.id,
      conclusion: component.conclusion,
      why: whyOf(run, component, now),
      url: component.attempts.at(-1)?.url ?? null,
    })),
  };
}

const TITLES: Record<NoticeKind, string> = {
  succeeded: "is published",
  failed: "failed",
  cancelled: "was cancelled",
  held: "needs a person: it cannot be told which workflow runs are its own",
};

function titleOf({ plan }: ReleaseRun, kind: NoticeKind): string {
  return kind === "succeeded" && plan?.publish.draft === true
    ? "is ready, as a draft for a person to publish"
    : TITLES[kind];
}

function concernedBy(run: ReleaseRun, { kind, components }: NoticeEvent): ComponentRun[] {
  if (kind === "held") return run.components.filter(({ id }) => components.includes(id));
  if (kind !== "failed") return [];
  return run.components.filter(({ conclusion }) => conclusion === "failure" || conclusion === "timed_out");
}

function whyOf(run: ReleaseRun, component: ComponentRun, now: number): string | null {
  const why = explain(run, component.id, now);
  return why === null ? null : oneLine(why);
}

function linesOf(run: ReleaseRun, { kind }: NoticeEvent, concerned: readonly ComponentRun[], now: number): string[] {
  const listed = concerned
    .slice(0, MOST_LINES)
    .map((one) => `${one.id}: ${whyOf(run, one, now) ?? "no reason is known"}`);
  const left = concerned.length - listed.length;
  const more = left > 0 ? [`and ${left} more`] : [];
  switch (kind) {
    case "succeeded":
      return successLines(run);
    case "failed":
      return [...reasonLines(run), ...listed, ...more];
    case "cancelled":
      return reasonLines(run);
    case "held":
      return listed;
  }
}

function reasonLines({ reason }: ReleaseRun): string[] {
  const lines = (reason ?? "").split("\n").filter((line) => line.trim() !== "");
  const left = lines.length - MOST_LINES;
  return left > 0 ? [...lines.slice(0, MOST_LINES), `and ${left} more`] : lines;
}

function successLines(run: ReleaseRun): string[] {
  const { plan, publication, completedAt } = run;
  const began = run.startedAt ?? run.createdAt;
  const built = run.components.filter(({ attempts }) => attempts.length > 0).map(({ id }) => id);
  const files = publication?.published.length ?? 0;
  const took = completedAt === null ? "" : `, after ${durationWords(Math.max(0, completedAt - began))}`;
  const lines = [`${files} ${files === 1 ? "file" : "files"} of ${listWords(built, 6) || "earlier builds"}${took}.`];
  const changed = (plan?.components ?? []).filter(({ changes }) => changes !== null && changes.from !== changes.to);
  if (plan?.previous != null && changed.length > 0)
    lines.push(
      `Changed since ${plan.previous.tag}: ${listWords(
        changed.map(({ id }) => id),
        10,
      )}.`,
    );
  return [...lines, ...reasonLines(run)];
}

function todoOf(run: ReleaseRun, { kind }: NoticeEvent, concerned: readonly ComponentRun[]): string[] {
  const name = word(`${run.hub}@${run.tag}`);
  switch (kind) {
    case "succeeded":
      return [];
    case "failed":
      return run.plan === null
        ? [`Mend what is named, then: release-chain start ${name}`]
        : [
            `To try again what failed, and keep what was built: release-chain retry ${name}`,
            `After a mended commit or configuration: release-chain start ${name} --relock`,
          ];
    case "cancelled":
      return [`To go on where it was: release-chain retry ${name}`];
    case "held":
      return concerned
        .flatMap(({ id, attempts }) => candidatesOf(attempts.at(-1)).map((candidate) => [id, candidate] as const))
        .slice(0, MOST_LINES)
        .map(([id, candidate]) => `If ${candidate} is that of ${id}: release-chain adopt ${run.id} ${id} ${candidate}`);
  }
}

function candidatesOf(attempt: Attempt | undefined): number[] {
  return attempt?.candidates ?? [];
}

function linksOf(
  run: ReleaseRun,
  concerned: readonly ComponentRun[],
  publicUrl: string | null,
): NoticeContent["links"] {
  const own =
    publicUrl === null ? [] : [{ text: "Release run", url: `${publicUrl}/runs/${encodeURIComponent(run.id)}` }];
  const released = run.publication?.url ?? run.plan?.release.url ?? null;
  const release = released === null ? [] : [{ text: releaseName(run), url: released }];
  const runs = concerned.slice(0, MOST_LINES).flatMap(({ id, attempts }) => {
    const url = attempts.at(-1)?.url ?? null;
    return url === null ? [] : [{ text: `Workflow run of ${id}`, url }];
  });
  return [...own, ...release, ...runs].filter(({ url }) => /^https?:\/\/\S+$/.test(url));
}

function releaseName({ plan, hub, tag }: ReleaseRun): string {
  const target = plan === null ? { repo: hub, tag } : targetOf(plan);
  return oneLine(`Release ${target.repo}@${target.tag}`);
}

/** As a shell reads it as one word: a tag can hold what a shell would run. */
function word(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Control characters, line breaks and what turns the direction of writing become spaces; too much is cut. */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, " ").trim();
  const characters = Array.from(line);
  return characters.length <= LONGEST_LINE ? line : `${characters.slice(0, LONGEST_LINE - 1).join("")}…`;
}

/** As plain text, for e-mail and for whoever knows nothing better. */
export function noticeAsText({ title, lines, todo, links, run }: NoticeContent): string {
  const parts = [
    [title],
    lines,
    todo.length === 0 ? [] : ["What to do:", ...todo.map((line) => `- ${line}`)],
    links.map(({ text, url }) => `${text}: ${url}`),
    [`Release run ${run.id} of ${oneLine(`${run.hub}@${run.tag}`)}.`],
  ];
  return `${parts
    .filter((part) => part.length > 0)
    .map((part) => part.join("\n"))
    .join("\n\n")}\n`;
}
