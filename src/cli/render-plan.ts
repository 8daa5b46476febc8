import type { PlanNote, PlannedComponent, PlanProblem, ReleasePlan } from "../chain/plan.js";
import { listWords } from "../chain/words.js";
import type { Cell } from "./columns.js";
import { oneLine, table } from "./columns.js";
import { formatSpan, formatTime } from "./durations.js";
import { changesSince } from "./render-changes.js";
import type { TextStyle } from "./text-style.js";

const SHA = 7;

/** A release plan for people: what is built, in which order, from which commits, and what to know before. */
export function renderPlan(plan: ReleasePlan, style: TextStyle): string {
  const lines = [...header(plan, style), "", ...groups(plan, style)];
  if (plan.excluded.length > 0) {
    const rows = plan.excluded.map(({ id, reason }) => [{ text: id }, { text: reason, paint: style.faint }]);
    lines.push("", style.strong("Left out (counts as done for who needs it)"), ...table(rows, { indent: "  " }));
  }
  lines.push(...changesSince(plan, style));
  lines.push(...notes(plan.warnings, style));
  return `${lines.join("\n")}\n`;
}

function header(plan: ReleasePlan, style: TextStyle): string[] {
  const built = plan.components.filter((component) => component.build).length;
  const order = plan.schedule.order === "eager" ? "each as soon as its own needs are met" : "one group after the other";
  const failFast = plan.schedule.failFast ? ", stopping at the first final failure" : "";
  return [
    `${style.strong(oneLine(`${plan.hub}@${plan.tag}`))}  commit ${oneLine(plan.hubSha).slice(0, SHA)}  ${oneLine(plan.configPath)}`,
    `${release(plan)}, planned ${formatTime(oneLine(plan.createdAt))}`,
    ...target(plan),
    ...(plan.lockedFrom === null
      ? []
      : [`sources from the lock of ${oneLine(`${plan.lockedFrom.hub}@${plan.lockedFrom.tag}`)}`]),
    `${count(plan.components.length, "component")}, ${built} to build, in ${count(plan.groups.length, "group")}; ` +
      `${order}, at most ${plan.schedule.maxParallel} at once${failFast}`,
    ...longestPath(plan),
  ];
}

function longestPath({ longestPath: { components, duration }, components: all }: ReleasePlan): string[] {
  if (components.length < 2 && duration === null) return [];
  const way = components.map(oneLine).join(" → ");
  const known = all.some(({ expectedDuration }) => expectedDuration !== null);
  if (duration !== null) return [`longest path: ${way}, about ${formatSpan(duration)} by past builds`];
  return [`longest path: ${way}${known ? "; how long is not known of all of them" : ""}`];
}

function release({ release: { id, author, prerelease }, target: planned }: ReleasePlan): string {
  const what = prerelease ? "prerelease" : "release";
  if (id === null && planned !== undefined)
    return `no ${what} yet, started by ${author === "" ? "its tag" : `the tag that ${oneLine(author)} pushed`}`;
  return author === "" ? "no release yet" : `${what} by ${oneLine(author)}`;
}

/** Nothing where the files simply go to the release that starts the chain. */
function target({ target: planned, release: { id }, publish, tagged = [] }: ReleasePlan): string[] {
  const lines: string[] = [];
  if (planned !== undefined && (planned.releaseId === null || planned.releaseId !== id)) {
    const made = planned.prerelease ? "a new prerelease" : "a new release";
    const end = publish.draft ? "stays a draft for a person to publish" : "is a draft until the end";
    const which = planned.releaseId === null ? `${made}, which ${end}` : "which is there";
    lines.push(`publishes to ${oneLine(`${planned.repo}@${planned.tag}`)}, ${which}`);
  }
  if (tagged.length > 0) lines.push(`tags ${listWords(tagged.map(oneLine), 8)} after success`);
  return lines;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function groups(plan: ReleasePlan, style: TextStyle): string[] {
  const byId = new Map(plan.components.map((component) => [component.id, component]));
  const members = plan.groups.map((ids) => ids.flatMap((id) => byId.get(id) ?? []));
  // One table over all groups, so that the columns agree.
  const rows = table(
    members.flat().map((component) => componentCells(component, style)),
    { indent: "  " },
  );
  const lines: string[] = [];
  let next = 0;
  members.forEach((group, index) => {
    lines.push(style.strong(`Group ${index + 1}`), ...rows.slice(next, next + group.length));
    next += group.length;
  });
  return lines;
}

function componentCells(component: PlannedComponent, style: TextStyle): Cell[] {
  return [
    { text: component.id, paint: style.busy },
    { text: component.repo },
    { text: `${component.ref.slice(0, 40)} → ${component.sha.slice(0, SHA)}` },
    { text: what(component) },
    {
      text: component.expectedDuration === null ? "" : `about ${formatSpan(component.expectedDuration)}`,
      paint: style.faint,
    },
    { text: needsWords(component), paint: style.faint },
    { text: component.optional ? "optional" : "", paint: style.faint },
  ];
}

/** What is needed in any case stands alone; what a layer wants only at times says so. */
function needsWords({ needs }: PlannedComponent): string {
  const kinds = new Map<string, string[]>();
  for (const { id, kind } of needs) kinds.set(id, [...(kinds.get(id) ?? []), kind]);
  const names = [...kinds].map(([id, of]) =>
    of.includes("explicit") || of.includes("depends") ? id : `${id} (${of.join(", ")})`,
  );
  return names.length === 0 ? "" : `needs ${names.join(", ")}`;
}

function what(component: PlannedComponent): string {
  if (!component.build || component.workflow === null) return "not built";
  const file = component.workflow.path.replace(/^\.github\/workflows\//, "");
  const trigger = component.trigger === "workflow_dispatch" ? " by workflow_dispatch" : "";
  const head = `the head of ${component.defaultBranch ?? "the default branch"}`;
  return `${file}${trigger} at ${component.checkout === "locked" ? "that commit" : head}`;
}

function notes(list: readonly PlanNote[], style: TextStyle): string[] {
  if (list.length === 0) return [];
  return ["", style.warn("Warnings"), ...list.map((note) => `  ${oneLine(note.message)}`)];
}

/** Why a plan is refused: every problem with its code. */
export function renderProblems(problems: readonly PlanProblem[], style: TextStyle): string {
  return problems.map(({ code, message }) => `  ${style.bad(oneLine(code))}: ${oneLine(message)}\n`).join("");
}
