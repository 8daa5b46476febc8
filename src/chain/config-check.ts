/** How a proposed configuration shows as a check run: what is wrong with it and where, or the plan that it makes. */
import { CHECK_LIMITS, type CheckAnnotation, type CheckState } from "./check-run.js";
import type { ConfigProblem } from "./config.js";
import { code, plain } from "./markdown.js";
import type { PlannedComponent, PlanProblem, ReleasePlan } from "./plan.js";
import { byteLength } from "./utf8.js";

export type ConfigCheck =
  | { kind: "removed" }
  | { kind: "invalid"; problems: ConfigProblem[] }
  /** Only read; `why` no plan was made, a sentence. */
  | { kind: "valid"; components: number; why: string }
  | { kind: "plan"; plan: ReleasePlan; branch: string }
  /** It can be read, and no release could be built so. */
  | { kind: "refused"; problems: PlanProblem[]; branch: string };

/** `path`: of the configuration. */
export function configCheckState(check: ConfigCheck, path: string): CheckState {
  const { conclusion, title, lines, annotations = [] } = parts(check, path);
  return {
    status: "completed",
    conclusion,
    title,
    summary: fitted(lines),
    annotations: annotations.slice(0, CHECK_LIMITS.annotations),
    actions: [],
    detailsUrl: null,
  };
}

interface Parts {
  conclusion: "success" | "failure" | "neutral";
  title: string;
  lines: string[];
  annotations?: CheckAnnotation[];
}

function parts(check: ConfigCheck, path: string): Parts {
  switch (check.kind) {
    case "removed":
      return {
        conclusion: "neutral",
        title: "The configuration is removed",
        lines: [`Without ${code(path)}, releases of this repository start no chain.`],
      };
    case "invalid":
      return {
        conclusion: "failure",
        title: counted(check.problems.length, "problem"),
        lines: [
          `${code(path)} cannot be used:`,
          "",
          ...check.problems.map(({ line, column, message }) => `- line ${line}, column ${column}: ${plain(message)}`),
        ],
        annotations: check.problems.map((problem) => annotation(problem)),
      };
    case "valid":
      return {
        conclusion: "success",
        title: `Valid: ${counted(check.components, "component")}`,
        lines: [`${code(path)} is valid. ${plain(check.why)}`],
      };
    case "refused":
      return {
        conclusion: "failure",
        title: `No release can be built so: ${counted(check.problems.length, "problem")}`,
        lines: [
          `${code(path)} is valid, but a release of ${code(check.branch)} with it would be refused:`,
          "",
          ...check.problems.map(({ code: name, message }) => `- ${code(name)}: ${plain(message)}`),
        ],
      };
    case "plan":
      return planned(check.plan, check.branch, path);
  }
}

function annotation({ file, line, column, message, suggestion }: ConfigProblem): CheckAnnotation {
  const hint = suggestion === null ? "" : ` Did you mean ${suggestion}?`;
  return { path: file, line, column, level: "failure", message: `${message}.${hint}` };
}

function planned(plan: ReleasePlan, branch: string, path: string): Parts {
  const built = plan.components.filter(({ build }) => build).length;
  const notes = plan.warnings.map(({ code: name, message }) => `- ${code(name)}: ${plain(message)}`);
  const byId = new Map(plan.components.map((component) => [component.id, component]));
  const rows = plan.groups.flatMap((ids, index) => ids.map((id) => row(index + 1, id, byId.get(id))));
  return {
    conclusion: "success",
    title: `${counted(built, "component")} to build in ${counted(plan.groups.length, "group")}`,
    lines: [
      `${code(path)} is valid. This is what a release of ${code(branch)} would do now; nothing was started.`,
      "",
      ...(notes.length > 0 ? ["**Warnings**", "", ...notes, ""] : []),
      "| Group | Component | Repository | Commit | Workflow | Needs |",
      "| ---: | --- | --- | --- | --- | --- |",
      ...rows,
    ],
  };
}

function row(group: number, id: string, component: PlannedComponent | undefined): string {
  if (component === undefined) return `| ${group} | ${code(id)} | | | | |`;
  const { repo, ref, sha, workflow, needs, build } = component;
  const what = !build ? "locked only" : workflow === null ? "" : code(workflow.path);
  const ids = [...new Set(needs.map((need) => need.id))].map((need) => code(need)).join(", ");
  return `| ${group} | ${code(id)} | ${code(repo)} | ${code(ref)} ${code(sha.slice(0, 12))} | ${what} | ${ids} |`;
}

/** As many lines as there is room for. */
function fitted(lines: readonly string[]): string {
  const room = CHECK_LIMITS.summary - 100;
  let length = 0;
  const shown = lines.filter((line) => {
    length += byteLength(line) + 1;
    return length <= room;
  });
  const left = lines.length - shown.length;
  return `${[...shown, ...(left > 0 ? ["", `${left} more lines are left out.`] : [])].join("\n")}\n`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
