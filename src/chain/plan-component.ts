/** What stands in the way of building one component, and the workflow that builds it. */
import type { ComponentConfig } from "./config.js";
import type { Layer, LayerWarning } from "./layer.js";
import { goneProblem, headProblem, type LockedSource } from "./lock/source-lock.js";
import type { PlannedWorkflow, PlanProblem, RefKind } from "./plan.js";
import { listWords } from "./words.js";
import { readWorkflowFile, type WorkflowFile } from "./workflow-file.js";

/** A workflow file that the configuration names and that GitHub knows; `text` is that of the default branch. */
export interface FoundWorkflow {
  id: number;
  name: string;
  path: string;
  /** active, disabled_manually, disabled_inactivity, … */
  state: string;
  /** null: not on the default branch. */
  text: string | null;
}

export interface ComponentFindings {
  /** null: it does not exist, or the App may not see it. */
  repository: { fullName: string; defaultBranch: string; private: boolean; archived: boolean } | null;
  /** Permissions of the App on it; null: not installed there. */
  permissions: Readonly<Record<string, string>> | null;
  /** What the ref was locked to; null: there is no such ref. */
  sha: string | null;
  /** What the ref names; absent where nobody asked. */
  refKind?: RefKind;
  /** What the lock says, in a plan that is made from one. */
  locked?: LockedSource;
  /** In the order in which the configuration names them. */
  workflows: FoundWorkflow[];
  authorMayWrite: boolean;
  /** Its layers at `sha`; absent where they were not read. */
  layers?: readonly Layer[];
  /** What kept a part of them from being read. */
  layerWarnings?: readonly LayerWarning[];
}

/** GITHUB.md, Dispatch. */
const MAX_EVENT_TYPE = 100;

interface Hub {
  release: { author: string };
}

/** What came of looking at one component. */
export interface Examined {
  /** Everything that is wrong with it. */
  problems: PlanProblem[];
  /** The first workflow that exists, is active and listens; null where there is none or none is needed. */
  usable: UsableWorkflow | null;
}

/** Reads each workflow file once, here and nowhere else: a large product has thousands. */
export function examineComponent(component: ComponentConfig, found: ComponentFindings, hub: Hub): Examined {
  if (component.source.kind === "git") return { problems: [], usable: null };
  const { repo } = component.source;
  if (found.repository === null) {
    const problem = {
      code: component.build ? "not_installed" : "repository_unknown",
      message: component.build
        ? `${component.id}: the App cannot see ${repo}. Install it there, or correct the name.`
        : `${component.id}: there is no repository ${repo} that the App can see. Correct the name, or install the App there.`,
    };
    return { problems: [problem], usable: null };
  }
  const problems: PlanProblem[] = [];
  if (found.sha === null && found.locked !== undefined) problems.push(goneProblem(component.id, repo, found.locked));
  else if (found.sha === null)
    problems.push({
      code: "ref_unknown",
      message: `${component.id}: ${repo} has no branch, tag or commit "${component.ref ?? found.repository.defaultBranch}".`,
    });
  if (!component.build) return { problems, usable: null };
  const built = examineBuild(component, repo, found, hub);
  return { problems: [...problems, ...built.problems], usable: built.usable };
}

function examineBuild(component: ComponentConfig, repo: string, found: ComponentFindings, hub: Hub): Examined {
  if (found.permissions === null) {
    const message = `${component.id}: the App is not installed on ${repo}. Install it there.`;
    return { problems: [{ code: "not_installed", message }], usable: null };
  }
  const problems = permissionProblems(component, repo, found.permissions);
  if (component.eventType.length > MAX_EVENT_TYPE)
    problems.push({
      code: "event_type",
      message: `${component.id}: the event type "${component.eventType}" is longer than ${MAX_EVENT_TYPE} characters.`,
    });
  if (found.repository?.archived === true)
    problems.push({
      code: "repository_archived",
      message: `${component.id}: ${repo} is archived and cannot be built.`,
    });
  if (!found.authorMayWrite)
    problems.push({
      code: "author_rights",
      message: `${component.id}: ${hub.release.author}, who made the release, may not write to ${repo}, so the chain may not build it. Give that right, or let somebody who has it make the release.`,
    });
  const result = findWorkflow(component, found);
  if (result.kind === "problem") return { problems: [...problems, result.problem], usable: null };
  problems.push(...inputProblems(component, result.workflow));
  const { locked } = found;
  if (locked !== undefined && found.sha !== null && checkoutOf(component, result.workflow) === "head")
    problems.push(...[headProblem(component.id, repo, locked)].filter((problem) => problem !== null));
  return { problems, usable: result.workflow };
}

/** Whether the workflow checks out the locked commit, or builds the default branch as it is. */
export function checkoutOf({ checkout }: ComponentConfig, usable: UsableWorkflow | null): "locked" | "head" {
  if (checkout !== "auto") return checkout;
  return usable?.file.mentionsSource === true ? "locked" : "head";
}

function permissionProblems(
  component: ComponentConfig,
  repo: string,
  permissions: Readonly<Record<string, string>>,
): PlanProblem[] {
  const needed = [
    ["contents", "write", "to send repository_dispatch"],
    ["actions", "write", "to follow, rerun and cancel workflow runs"],
    // Without it, nobody could tell an attestation that is missing from one that may not be seen.
    ...(component.artifacts.attestation === "off" ? [] : [["attestations", "read", "to verify artifacts"] as const]),
  ] as const;
  return needed
    .filter(([name, level]) => !["admin", "write", level].includes(permissions[name] ?? ""))
    .map(([name, level, why]) => ({
      code: "permission",
      message: `${component.id}: the App lacks ${name}: ${level} on ${repo} ${why}. Accept the App's new permissions there.`,
    }));
}

export interface UsableWorkflow {
  workflow: PlannedWorkflow;
  file: Pick<WorkflowFile, "mentionsSource" | "echoesDispatchId" | "concurrency">;
}

type WorkflowResult = { kind: "found"; workflow: UsableWorkflow } | { kind: "problem"; problem: PlanProblem };

function findWorkflow(component: ComponentConfig, found: ComponentFindings): WorkflowResult {
  const reasons: { code: string; text: string }[] = [];
  for (const name of component.workflow) {
    const candidate = found.workflows.find(({ path }) => path === `.github/workflows/${name}`);
    const result = judge(component, name, candidate);
    if (typeof result === "object" && "workflow" in result) return { kind: "found", workflow: result };
    reasons.push(result);
  }
  // The most telling reason comes first: a workflow that is there but unusable, before those that are missing.
  const telling = reasons.find(({ code }) => code !== "workflow_missing") ?? reasons[0];
  const message = `${component.id}: no workflow can be started: ${reasons.map(({ text }) => text).join("; ")}.`;
  return { kind: "problem", problem: { code: telling?.code ?? "workflow_missing", message } };
}

function judge(
  component: ComponentConfig,
  name: string,
  candidate: FoundWorkflow | undefined,
): UsableWorkflow | { code: string; text: string } {
  if (candidate === undefined || candidate.text === null)
    return { code: "workflow_missing", text: `${name} is not on the default branch` };
  if (candidate.state !== "active")
    return {
      code: "workflow_disabled",
      text: `${name} is ${candidate.state}: enable it in the repository's Actions tab`,
    };
  const file = readWorkflowFile(candidate.text);
  if ("error" in file) return { code: "workflow_broken", text: `${name} cannot be read: ${file.error}` };
  if (!file.listensTo(component.trigger, component.eventType)) {
    const wanted =
      component.trigger === "workflow_dispatch"
        ? "on: workflow_dispatch"
        : `on: repository_dispatch: types: [${component.eventType}]`;
    return { code: "workflow_deaf", text: `${name} does not listen: it lacks "${wanted}"` };
  }
  const { id, path } = candidate;
  const declaredInputs = component.trigger === "workflow_dispatch" ? file.declaredInputs : [];
  const { mentionsSource, echoesDispatchId, concurrency } = file;
  return {
    workflow: { id, path, name: candidate.name, declaredInputs },
    file: { mentionsSource, echoesDispatchId, concurrency },
  };
}

function inputProblems(component: ComponentConfig, { workflow }: UsableWorkflow): PlanProblem[] {
  if (component.trigger !== "workflow_dispatch") return [];
  const unknown = Object.keys(component.inputs).filter((name) => !workflow.declaredInputs.includes(name));
  if (unknown.length === 0) return [];
  const declared = workflow.declaredInputs.length === 0 ? "none" : listWords(workflow.declaredInputs, 25);
  return [
    {
      code: "inputs_undeclared",
      message: `${component.id}: ${workflow.path} does not declare the input ${listWords(unknown, 25)} (declared: ${declared}). Declare it under on.workflow_dispatch.inputs, or take it away.`,
    },
  ];
}
