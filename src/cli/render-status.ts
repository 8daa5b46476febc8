import type { AttemptView, ComponentView, RunView } from "../chain/run-view.js";
import type { TransferProgress } from "../chain/transfer-progress.js";
import type { Cell } from "./columns.js";
import { oneLine, table } from "./columns.js";
import type { NoticeState } from "./server-api.js";
import { between, formatSize, formatSpan, formatTime } from "./durations.js";
import type { TextStyle } from "./text-style.js";
import { NARROW, transferBar } from "./transfer-bar.js";

export type ComponentState = NonNullable<ComponentView["conclusion"]> | Exclude<ComponentView["status"], "completed">;

/** How far a component is, in one word: its conclusion once it has one, else its status. */
export function componentState(component: ComponentView): ComponentState {
  if (component.status !== "completed") return component.status;
  return component.conclusion ?? "success";
}

interface Look {
  symbol: string;
  paint: (style: TextStyle) => (text: string) => string;
}

const LOOKS: Record<ComponentState, Look> = {
  waiting: { symbol: "·", paint: (style) => style.faint },
  dispatching: { symbol: "→", paint: (style) => style.busy },
  queued: { symbol: "○", paint: (style) => style.busy },
  in_progress: { symbol: "●", paint: (style) => style.busy },
  collecting: { symbol: "↓", paint: (style) => style.busy },
  success: { symbol: "✓", paint: (style) => style.good },
  failure: { symbol: "✗", paint: (style) => style.bad },
  timed_out: { symbol: "✗", paint: (style) => style.bad },
  cancelled: { symbol: "■", paint: (style) => style.warn },
  skipped: { symbol: "–", paint: (style) => style.warn },
};

/**
 * A release run for people, as of `now` (ms): header, a line a component, what failed, what was published. On a terminal of
 * so many `columns`, a bar for each transfer that is under way.
 */
export function renderStatus(run: RunView, now: number, style: TextStyle, columns?: number): string {
  const bar = (transfer: TransferProgress | null | undefined, indent: string): string[] =>
    transfer == null || columns === undefined ? [] : [indent + transferBar(transfer, style, columns)];
  const components = inOrder(run);
  const lines = components.length > 0 ? [""] : [];
  const rows = components.map((component) => componentCells(component, now, style, columns));
  for (const [index, line] of table(rows, { indent: "  " }).entries())
    lines.push(line, ...bar(components[index]?.transfer, "    "));
  return renderAround(run, now, style, lines, columns);
}

/** A release run with these lines between what comes first and last: header, and what failed, what was published. */
export function renderAround(
  run: RunView,
  now: number,
  style: TextStyle,
  middle: readonly string[],
  columns?: number,
): string {
  const uploads = run.release?.transfer;
  const bar = uploads == null || columns === undefined ? [] : [transferBar(uploads, style, columns)];
  const lines = [...runHeader(run, now, style), ...bar, ...middle];
  const failed = failures(run, style);
  if (failed.length > 0) lines.push("", ...failed);
  const retried = retries(run, style);
  if (retried.length > 0) lines.push("", ...retried);
  const held = ambiguous(run, style);
  if (held.length > 0) lines.push("", ...held);
  const assets = published(run, style);
  if (assets.length > 0) lines.push("", ...assets);
  return `${lines.join("\n")}\n`;
}

/** Notices that could not be delivered, yet or for good; empty where all were. */
export function undelivered(notices: readonly NoticeState[], style: TextStyle): string {
  const waiting = notices.filter(({ state, attempts }) => state === "failed" || (state === "pending" && attempts > 0));
  if (waiting.length === 0) return "";
  const lines = waiting.map(({ target, title, retryAt, detail }) => {
    const next = retryAt === null ? "given up" : `again at ${formatTime(retryAt)}`;
    return `  ${oneLine(`${target}: "${title}": ${detail ?? "being delivered"}; ${next}`)}`;
  });
  return `\n${style.warn("Notices that were not delivered")}\n${lines.join("\n")}\n`;
}

function runHeader(run: RunView, now: number, style: TextStyle): string[] {
  const span = between(run.startedAt ?? run.createdAt, run.completedAt ?? now);
  const facts = [progress(run), span === null ? "" : formatSpan(span)].filter((text) => text !== "");
  const lines = [
    `${style.strong(oneLine(`${run.hub}@${run.tag}`))}  ${runState(run, style)}  ${facts.join("  ")}`,
    style.faint(`run ${oneLine(run.id)}, begun ${formatTime(oneLine(run.startedAt ?? run.createdAt))}`),
  ];
  if (run.reason !== null)
    lines.push(run.conclusion === "success" ? oneLine(run.reason) : style.bad(oneLine(run.reason)));
  if (run.why !== null) lines.push(style.busy(oneLine(run.why)));
  return lines;
}

/** The run's conclusion once it has one, else its status, coloured by meaning. */
export function runState(run: Pick<RunView, "status" | "conclusion">, style: TextStyle): string {
  return runStatePaint(run, style)(run.conclusion ?? run.status);
}

export function runStatePaint(run: Pick<RunView, "conclusion">, style: TextStyle): (text: string) => string {
  switch (run.conclusion) {
    case null:
      return style.busy;
    case "success":
      return style.good;
    case "cancelled":
      return style.warn;
    case "failure":
    case "timed_out":
      return style.bad;
  }
}

/** `3 of 6 built`, of the components that are built at all; empty before there is a plan. */
export function progress(run: RunView): string {
  const built = run.components.filter((component) => component.build);
  if (built.length === 0) return "";
  const done = built.filter((component) => component.conclusion === "success").length;
  return `${done} of ${built.length} built`;
}

/** One line a component, in the order of the groups, cut to `width` characters where it is given. */
export function componentLines(run: RunView, now: number, style: TextStyle, width?: number): string[] {
  const rows = inOrder(run).map((component) => componentCells(component, now, style, width));
  return table(rows, { indent: "  ", width });
}

function inOrder(run: RunView): ComponentView[] {
  const place = new Map(run.groups.flat().map((id, index) => [id, index]));
  return run.components.toSorted((a, b) => (place.get(a.id) ?? Infinity) - (place.get(b.id) ?? Infinity) || 0);
}

/** The cells of a component's line: symbol, id, state, attempt, elapsed, why; the attempt in short where there is little room. */
export function componentCells(component: ComponentView, now: number, style: TextStyle, columns?: number): Cell[] {
  const state = componentState(component);
  const look = LOOKS[state];
  const paint = look.paint(style);
  return [
    { text: look.symbol, paint },
    { text: component.id },
    { text: component.build ? state : "not built", paint },
    { text: attemptCount(component, columns !== undefined && columns < NARROW) },
    { text: elapsed(component, now) },
    { text: component.why ?? "", paint: state === "failure" || state === "timed_out" ? style.bad : style.faint },
  ];
}

/** Which attempt it is at, where it is not the first. */
function attemptCount({ attempts, maxAttempts }: ComponentView, inShort: boolean): string {
  if (attempts.length < 2) return "";
  return inShort ? `${attempts.length}/${maxAttempts}` : `attempt ${attempts.length} of ${maxAttempts}`;
}

/** From the first start of its workflow run to its end, over all attempts. */
function elapsed(component: ComponentView, now: number): string {
  const start = component.attempts.find((attempt) => attempt.startedAt !== null)?.startedAt ?? null;
  const end = component.status === "completed" ? (component.attempts.at(-1)?.completedAt ?? null) : now;
  const span = between(start, end);
  return span === null ? "" : formatSpan(span);
}

function failures(run: RunView, style: TextStyle): string[] {
  const failed = inOrder(run).filter(isFailed);
  if (failed.length === 0) return [];
  return [
    style.bad("What failed"),
    ...failed.flatMap((component) => [
      `  ${oneLine(component.id)}: ${oneLine(component.why ?? "no reason was given")}`,
      ...failedAttempts(component).map(attemptLine),
    ]),
  ];
}

function isFailed({ conclusion }: ComponentView): boolean {
  return conclusion === "failure" || conclusion === "timed_out";
}

/** The failed attempts of components that have not failed for good. */
function retries(run: RunView, style: TextStyle): string[] {
  const tried = inOrder(run).filter((each) => !isFailed(each) && failedAttempts(each).length > 0);
  if (tried.length === 0) return [];
  const lines = tried.flatMap((each) => [`  ${oneLine(each.id)}`, ...failedAttempts(each).map(attemptLine)]);
  return [style.warn("What was tried again"), ...lines];
}

function failedAttempts({ attempts }: ComponentView): AttemptView[] {
  return attempts.filter(({ failureClass }) => failureClass !== null);
}

/** What a person can do about dispatches that several workflow runs could belong to. */
function ambiguous(run: RunView, style: TextStyle): string[] {
  const held = inOrder(run).filter(({ attempts }) => candidatesOf(attempts).length > 1);
  if (held.length === 0) return [];
  const lines = held.flatMap(({ id, repo, attempts }) => [
    `  ${oneLine(`release-chain adopt ${run.id} ${id} WORKFLOW_RUN_ID`)}`,
    ...candidatesOf(attempts).map((candidate) => `    ${candidate}  ${oneLine(actionsUrl(run, repo, candidate))}`),
  ]);
  return [style.warn("Which workflow run is it? Look at them, then"), ...lines];
}

function candidatesOf(attempts: readonly AttemptView[]): number[] {
  const last = attempts.at(-1);
  return last === undefined || last.workflowRunId !== null || last.status !== "dispatching" ? [] : last.candidates;
}

/** Where a person sees a workflow run: on the host that the release is on. */
function actionsUrl(run: RunView, repo: string, workflowRunId: number): string {
  const url = run.release?.url ?? "";
  const host = URL.canParse(url) ? new URL(url).origin : "https://github.com";
  return `${host}/${repo}/actions/runs/${workflowRunId}`;
}

function attemptLine(attempt: AttemptView): string {
  const detail = [attempt.detail, attempt.url].flatMap((text) => (text === null ? [] : [oneLine(text)]));
  return `    attempt ${attempt.number} (${attempt.kind}, ${attempt.failureClass ?? ""})${detail.length > 0 ? `: ${detail.join(" ")}` : ""}`;
}

function published(run: RunView, style: TextStyle): string[] {
  if (run.release === null || run.release.assets.length === 0) return [];
  const rows = run.release.assets.map(({ name, size, sha256 }) => [
    { text: name },
    { text: formatSize(size) },
    { text: `sha256:${sha256.slice(0, 12)}`, paint: style.faint },
  ]);
  const what = run.release.draft ? "A draft, for a person to publish:" : "Published";
  return [`${style.strong(what)} ${oneLine(run.release.url)}`, ...table(rows, { indent: "  " })];
}
