import type { PlanNote, PlannedComponent, PlanProblem, ReleasePlan } from "../chain/plan.js";
import type { Cell } from "./columns.js";
import { oneLine, table } from "./columns.js";
import { formatTime } from "./durations.js";
import type { TextStyle } from "./text-style.js";

const SHA = 7;
/** Code of the plan's warnings about keys that have no effect in this version. */
const NO_EFFECT = "no_effect";

/** A release plan for people: what is built, in which order, from which commits, and what to know before. */
export function renderPlan(plan: ReleasePlan, style: TextStyle): string {
  const lines = [...header(plan, style), "", ...groups(plan, style)];
  if (plan.excluded.length > 0) {
    const rows = plan.excluded.map(({ id, reason }) => [{ text: id }, { text: reason, paint: style.faint }]);
    lines.push("", style.strong("Left out (counts as done for who needs it)"), ...table(rows, { indent: "  " }));
  }
  const noEffect = plan.warnings.filter((warning) => warning.code === NO_EFFECT);
  lines.push(
    ...notes(
      "Warnings",
      plan.warnings.filter((warning) => warning.code !== NO_EFFECT),
      style,
    ),
  );
  lines.push(...notes("Set, but without effect in this version", noEffect, style));
  return `${lines.join("\n")}\n`;
}

function header(plan: ReleasePlan, style: TextStyle): string[] {
  const built = plan.components.filter((component) => component.build).length;
  const order = plan.schedule.order === "eager" ? "each as soon as its own needs are met" : "one group after the other";
  const failFast = plan.schedule.failFast ? ", stopping at the first final failure" : "";
  return [
    `${style.strong(oneLine(`${plan.hub}@${plan.tag}`))}  commit ${oneLine(plan.hubSha).slice(0, SHA)}  ${oneLine(plan.configPath)}`,
    `${release(plan)}, planned ${formatTime(oneLine(plan.createdAt))}`,
    ...(plan.lockedFrom === null
      ? []
      : [`sources from the lock of ${oneLine(`${plan.lockedFrom.hub}@${plan.lockedFrom.tag}`)}`]),
    `${count(plan.components.length, "component")}, ${built} to build, in ${count(plan.groups.length, "group")}; ` +
      `${order}, at most ${plan.schedule.maxParallel} at once${failFast}`,
  ];
}

function release(plan: ReleasePlan): string {
  if (plan.release.author === "") return "no release yet";
  return `${plan.release.prerelease ? "prerelease" : "release"} by ${oneLine(plan.release.author)}`;
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
  const needs = [...new Set(component.needs.map((need) => need.id))];
  return [
    { text: component.id, paint: style.busy },
    { text: component.repo },
    { text: `${component.ref.slice(0, 40)} → ${component.sha.slice(0, SHA)}` },
    { text: what(component) },
    { text: needs.length === 0 ? "" : `needs ${needs.join(", ")}`, paint: style.faint },
    { text: component.optional ? "optional" : "", paint: style.faint },
  ];
}

function what(component: PlannedComponent): string {
  if (!component.build || component.workflow === null) return "not built";
  const file = component.workflow.path.replace(/^\.github\/workflows\//, "");
  const trigger = component.trigger === "workflow_dispatch" ? " by workflow_dispatch" : "";
  const head = `the head of ${component.defaultBranch ?? "the default branch"}`;
  return `${file}${trigger} at ${component.checkout === "locked" ? "that commit" : head}`;
}

function notes(title: string, list: readonly PlanNote[], style: TextStyle): string[] {
  if (list.length === 0) return [];
  return ["", style.warn(title), ...list.map((note) => `  ${oneLine(note.message)}`)];
}

/** Why a plan is refused: every problem with its code. */
export function renderProblems(problems: readonly PlanProblem[], style: TextStyle): string {
  return problems.map(({ code, message }) => `  ${style.bad(oneLine(code))}: ${oneLine(message)}\n`).join("");
}
