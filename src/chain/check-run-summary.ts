/** How a release run shows as a check run: what is built, what waits, what failed, and which buttons make sense. */
import { CHECK_LIMITS, type CheckAction, type CheckConclusion, type CheckState } from "./check-run.js";
import { commandEvents } from "./commands.js";
import { explain } from "./explain.js";
import { explainRun } from "./explain-run.js";
import { mermaidText } from "./graph-text.js";
import { decisiveAttempt, webRoot } from "./lock-file.js";
import { code, link, plain, repositoryUrl } from "./markdown.js";
import type { PlannedComponent, ReleasePlan } from "./plan.js";
import type { ComponentRun, ReleaseRun } from "./run.js";
import { byteLength, cutToBytes } from "./utf8.js";
import { durationWords, listWords } from "./words.js";

/** GitHub's Mermaid draws at most 500 edges and 50,000 characters; larger graphs are not readable anyway. */
const MOST_DRAWN = { nodes: 80, edges: 300 };
/** A table of more does not fit; making its reasons to find that out would take seconds. */
const MOST_ROWS = 700;
const LONGEST_TITLE = 200;
const LONGEST_REASON = 8_000;
const LONGEST_COMMENT = 20_000;
/** Of why a component is not finished, in its row. */
const LONGEST_WHY = 300;

/** What the buttons send back. */
export const BUTTONS = { retry: "retry", cancel: "cancel" } as const;

const RETRY: CheckAction = {
  label: "Retry failed",
  description: "Try again what did not succeed",
  identifier: BUTTONS.retry,
};
const CANCEL: CheckAction = {
  label: "Cancel",
  description: "Stop the builds and publish nothing",
  identifier: BUTTONS.cancel,
};

/** How much is told. */
interface Detail {
  graph: boolean;
  why: boolean;
  rows: "all" | "unfinished" | "none";
}

const FORMS: readonly Detail[] = [
  { graph: true, why: true, rows: "all" },
  { graph: false, why: true, rows: "all" },
  { graph: false, why: false, rows: "all" },
  { graph: false, why: true, rows: "unfinished" },
  { graph: false, why: false, rows: "none" },
];

/**
 * The check run of a release run at a time (ms); `detailsUrl`: the run's own page, if people can reach one. The longest form
 * that fits: whole, without the graph, without reasons in the rows, unfinished components only, counts only.
 */
export function checkRunSummary(run: ReleaseRun, now: number, detailsUrl: string | null): CheckState {
  const summaries = FORMS.filter(({ rows }) => rowCount(run, rows) <= MOST_ROWS).map(
    (detail) => () => summaryOf(run, now, detail),
  );
  let summary = "";
  for (const make of summaries) {
    summary = make();
    if (byteLength(summary) <= CHECK_LIMITS.summary) break;
  }
  return {
    status: run.status === "completed" ? "completed" : run.status === "queued" ? "queued" : "in_progress",
    conclusion: run.status === "completed" ? conclusionOf(run) : null,
    title: cut(titleOf(run), LONGEST_TITLE),
    summary: cutToBytes(summary, CHECK_LIMITS.summary),
    annotations: [],
    actions: actionsOf(run, now),
    detailsUrl,
  };
}

/** Rows that a table would have. */
function rowCount({ components }: ReleaseRun, rows: Detail["rows"]): number {
  switch (rows) {
    case "all":
      return components.length;
    case "unfinished":
      return components.filter(({ conclusion }) => conclusion !== "success").length;
    case "none":
      return 0;
  }
}

/** How a release run stands, as a comment: in a sentence, and its components that are not built. */
export function statusComment(run: ReleaseRun, now: number): string {
  const { plan } = run;
  const isOpen = run.components.some(({ conclusion }) => conclusion !== "success");
  const table =
    plan === null || !isOpen || rowCount(run, "unfinished") > MOST_ROWS
      ? []
      : ["", ...tableLines(run, plan, now, { graph: false, why: true, rows: "unfinished" })];
  return cut([...headLines(run, now), ...table].join("\n"), LONGEST_COMMENT);
}

function conclusionOf({ conclusion }: ReleaseRun): CheckConclusion {
  return conclusion ?? "neutral";
}

/** Those that would do something now. */
function actionsOf(run: ReleaseRun, now: number): CheckAction[] {
  const works = (kind: "retry" | "cancel"): boolean => commandEvents(run, { kind }, now).kind === "events";
  return [...(works("retry") ? [RETRY] : []), ...(works("cancel") ? [CANCEL] : [])];
}

function titleOf(run: ReleaseRun): string {
  if (run.status === "completed")
    return run.conclusion === "success"
      ? `Released: ${counted(run.publication?.published.length ?? 0, "file")}`
      : firstLine(run.reason ?? run.conclusion ?? "ended");
  if (run.ending !== null) return `Being stopped: ${firstLine(run.ending.reason)}`;
  if (run.plan === null) return run.status === "queued" ? "Waits to be planned" : "Is being planned";
  if (run.publication !== null) return `Publishing ${counted(run.publication.assets.length, "file")}`;
  return progressWords(run, run.plan);
}

/** `3 of 7 built, 2 failed, 1 under way` */
function progressWords(run: ReleaseRun, plan: ReleasePlan): string {
  const built = plan.components.filter(({ build }) => build);
  const ids = new Set(built.map(({ id }) => id));
  const ofThem = run.components.filter(({ id }) => ids.has(id));
  const done = ofThem.filter(({ conclusion }) => conclusion === "success").length;
  const failed = ofThem.filter(({ conclusion }) => conclusion !== null && !["success", "skipped"].includes(conclusion));
  const live = ofThem.filter(({ status }) => status !== "waiting" && status !== "completed").length;
  const parts = [`${done} of ${built.length} built`];
  if (failed.length > 0) parts.push(`${failed.length} failed`);
  if (live > 0) parts.push(`${live} under way`);
  return parts.join(", ");
}

function summaryOf(run: ReleaseRun, now: number, detail: Detail): string {
  const { plan } = run;
  const parts = [headLines(run, now)];
  if (plan !== null && plan.components.length > 0) {
    if (detail.graph && isDrawn(plan)) parts.push(graphLines(run, plan));
    if (detail.rows !== "none") parts.push(tableLines(run, plan, now, detail));
  }
  const warnings = plan?.warnings ?? [];
  if (warnings.length > 0 && detail.graph)
    parts.push([
      "**Warnings**",
      "",
      ...warnings.map(({ code: name, message }) => `- ${code(name)}: ${plain(message)}`),
    ]);
  parts.push([`<sub>Release run ${code(run.id)}</sub>`]);
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function headLines(run: ReleaseRun, now: number): string[] {
  const { plan } = run;
  if (run.status === "completed") {
    const took = run.completedAt === null ? "" : ` after ${durationWords(run.completedAt - run.createdAt)}`;
    const url = run.publication?.url ?? plan?.release.url ?? null;
    if (run.conclusion === "success") return [`${link(`**${plain(run.tag)}**`, url)} was released${took}.`];
    const ended = `**${plain(run.tag)}** was not released: the release run ended as ${plain(words(run.conclusion ?? ""))}${took}.`;
    return [ended, "", ...quoted(run.reason ?? "")];
  }
  const why = explainRun(run, now);
  const how = plan === null ? null : progressWords(run, plan);
  const sentence = [how, why === null ? null : `It ${why}`]
    .filter((part) => part !== null)
    .map((part) => `${plain(part)}.`);
  return [`**${plain(run.tag)}**: ${sentence.join(" ")}`];
}

/** What may have several lines, and was written by anybody. */
function quoted(text: string): string[] {
  return cut(text, LONGEST_REASON)
    .split("\n")
    .map((line) => `> ${plain(line)}`);
}

function isDrawn({ components }: ReleasePlan): boolean {
  const edges = components.reduce((sum, component) => sum + needsOf(component).length, 0);
  return components.length > 1 && components.length <= MOST_DRAWN.nodes && edges <= MOST_DRAWN.edges;
}

function needsOf({ needs }: PlannedComponent): string[] {
  return [...new Set(needs.map(({ id }) => id))];
}

/** Shapes beside colours, for who cannot tell these apart. */
const LOOKS: Record<Look, { open: string; close: string; style: string }> = {
  done: { open: '(["', close: '"])', style: "fill:#dafbe1,stroke:#1a7f37,color:#1f2328" },
  failed: { open: '{{"', close: '"}}', style: "fill:#ffebe9,stroke:#cf222e,stroke-width:3px,color:#1f2328" },
  active: { open: '[["', close: '"]]', style: "fill:#ddf4ff,stroke:#0969da,stroke-width:3px,color:#1f2328" },
  waiting: { open: '["', close: '"]', style: "fill:#f6f8fa,stroke:#59636e,color:#1f2328" },
  skipped: { open: '["', close: '"]', style: "fill:#f6f8fa,stroke:#59636e,stroke-dasharray:4,color:#59636e" },
};
type Look = "done" | "failed" | "active" | "waiting" | "skipped";

function lookOf({ status, conclusion }: ComponentRun): Look {
  if (status === "waiting") return "waiting";
  if (status !== "completed") return "active";
  if (conclusion === "success") return "done";
  return conclusion === "skipped" ? "skipped" : "failed";
}

function graphLines(run: ReleaseRun, plan: ReleasePlan): string[] {
  const names = new Map(plan.components.map(({ id }, index) => [id, `n${index}`]));
  const looks = new Map(run.components.map((component) => [component.id, lookOf(component)]));
  const nodes = plan.components.map(({ id }) => {
    const look = looks.get(id) ?? "waiting";
    const { open, close } = LOOKS[look];
    return `  ${names.get(id) ?? ""}${open}${mermaidText(cut(id, 60))}${close}:::${look}`;
  });
  const edges = plan.components.flatMap((component) =>
    needsOf(component).map((need) => `  ${names.get(need) ?? ""} --> ${names.get(component.id) ?? ""}`),
  );
  const used = [...new Set(looks.values())].sort();
  const classes = used.map((look) => `  classDef ${look} ${LOOKS[look].style}`);
  return ["```mermaid", "flowchart LR", ...nodes, ...edges, ...classes, "```"];
}

function tableLines(run: ReleaseRun, plan: ReleasePlan, now: number, { why, rows }: Detail): string[] {
  const web = webRoot(plan);
  const shown = run.components.filter(({ conclusion }) => rows === "all" || conclusion !== "success");
  const left = run.components.length - shown.length;
  const heads = ["Component", "State", "Commit", "Workflow run", ...(why ? ["Why"] : [])];
  return [
    ...(left > 0 ? [`${left} built components are left out.`, ""] : []),
    `| ${heads.join(" | ")} |`,
    `| ${heads.map(() => "---").join(" | ")} |`,
    ...shown.map((component) => `| ${cellsOf(run, plan, component, web, why ? now : null).join(" | ")} |`),
  ];
}

/** `now`: null where no reason is wanted. */
function cellsOf(
  run: ReleaseRun,
  plan: ReleasePlan,
  component: ComponentRun,
  web: string | null,
  now: number | null,
): string[] {
  const planned = plan.components.find(({ id }) => id === component.id);
  const repoUrl = planned === undefined ? null : repositoryUrl(web, planned.repo);
  const attempt = decisiveAttempt(component);
  const id = attempt?.workflowRunId ?? null;
  const count = component.attempts.length > 1 ? `, attempt ${component.attempts.length}` : "";
  return [
    code(component.id),
    `${stateWords(component, planned)}${count}`,
    link(code(component.sha.slice(0, 12)), repoUrl === null ? null : `${repoUrl}/commit/${component.sha}`),
    id === null ? "" : link(`#${id}`, attempt?.url ?? null),
    ...(now === null ? [] : [plain(cut(whyWords(run, component, planned, now), LONGEST_WHY))]),
  ];
}

function stateWords({ status, conclusion }: ComponentRun, planned: PlannedComponent | undefined): string {
  if (planned?.build === false) return "locked";
  return words(status === "completed" ? (conclusion ?? "") : status);
}

/** For who waits for others their names only: how far those are stands in rows of their own. */
function whyWords(
  run: ReleaseRun,
  component: ComponentRun,
  planned: PlannedComponent | undefined,
  now: number,
): string {
  const needs = new Set(planned === undefined ? [] : needsOf(planned));
  const open = run.components.filter(({ id, status }) => needs.has(id) && status !== "completed").map(({ id }) => id);
  const waits = component.status === "waiting" && component.retryAt === null && run.ending === null && open.length > 0;
  if (waits) return `waits for ${listWords(open)}`;
  return firstLine(explain(run, component.id, now) ?? "");
}

function words(state: string): string {
  return state.replaceAll("_", " ");
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** At most so many characters; never half of a pair of surrogates. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
