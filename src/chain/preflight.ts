/** What can be told before the first dispatch of what would fail or go astray hours later. */
import { isWantedArtifact, isWantedFile } from "./artifact-rules.js";
import { planAssets, type AssetSource, type AssetValues } from "./assets.js";
import type { PublishRules } from "./config.js";
import { groupGraph } from "./graph.js";
import { ISSUE_TARGET, type NotifyRule } from "./notices.js";
import type { PlannedComponent, PlanNote, PlanProblem } from "./plan.js";
import { listWords } from "./words.js";
import type { ConcurrencyGroup, WorkflowFile } from "./workflow-file.js";

const NAMED = 8;
/** One workflow run of a group runs and one waits; a further one takes the place of the one that waits (GITHUB.md). */
const ROOM_IN_A_GROUP = 2;

/** A component that is built, and what its workflow says of its runs. */
export interface Receiver {
  component: PlannedComponent;
  file: Pick<WorkflowFile, "echoesDispatchId" | "concurrency">;
}

/**
 * Advice for workflows whose runs are told apart by time and actor only, as their `run-name` does not show the dispatch id.
 * A workflow_dispatch needs none: GitHub returns the id of its run.
 */
export function dispatchIdAdvice(receivers: readonly Receiver[]): PlanNote[] {
  const silent = receivers.filter(
    ({ component, file }) => component.trigger === "repository_dispatch" && !file.echoesDispatchId,
  );
  if (silent.length === 0) return [];
  const ids = silent.map(({ component }) => component.id);
  const advice = 'run-name: "build [${{ github.event.client_payload.chain.dispatch_id }}]"';
  return [
    {
      code: "no_dispatch_id",
      message: `${listWords(ids, NAMED)}: the workflow's run-name does not show the dispatch id, so its runs are told apart by time and actor only. Add ${advice}`,
    },
  ];
}

/** Components that share a group of a repository. */
interface SharedGroup {
  repo: string;
  group: string;
  components: PlannedComponent[];
  cancels: boolean;
}

/**
 * Components of one repository whose workflow runs fall into one `concurrency` group although they are dispatched side by
 * side: with cancel-in-progress a later one cancels an earlier one, without it only those that wait are cancelled. Groups
 * belong to a repository, and their names are not case-sensitive (GitHub, workflow syntax); an expression is taken to give
 * one value for all of them unless it mentions what differs.
 */
export function concurrencyWarnings(receivers: readonly Receiver[]): PlanNote[] {
  const sharing = new Map<string, SharedGroup>();
  for (const { component, file } of receivers)
    for (const { group, cancelInProgress } of file.concurrency) {
      if (differsByRun(group)) continue;
      const workflow = component.workflow?.name ?? "";
      const name = group.replace(/\$\{\{\s*github\.workflow\s*\}\}/g, () => workflow);
      const within = /\bgithub\.workflow/.test(name) ? workflow : "";
      const key = JSON.stringify([component.repo, name.toLowerCase(), within.toLowerCase()]);
      const shared = sharing.get(key) ?? { repo: component.repo, group: name, components: [], cancels: false };
      sharing.set(key, shared);
      if (shared.components.at(-1) !== component) shared.components.push(component);
      shared.cancels ||= cancelInProgress;
    }
  return [...sharing.values()]
    .filter(({ components, cancels }) => components.length > (cancels ? 1 : ROOM_IN_A_GROUP) && !inTurn(components))
    .map(sharedGroupNote);
}

function sharedGroupNote({ repo, group, components, cancels }: SharedGroup): PlanNote {
  const ids = components.map(({ id }) => id);
  const what = cancels ? "the later one cancels the earlier one" : "a third one cancels the one that waits";
  const telling = components.every(({ trigger }) => trigger === "repository_dispatch")
    ? "${{ github.event.client_payload.chain.component }}"
    : "what tells them apart, such as one of their inputs,";
  return {
    code: "concurrency",
    message: `${listWords(ids, NAMED)} share the concurrency group "${group}" of ${repo}: ${what}. Put ${telling} into the group.`,
  };
}

/** Whether each needs the one before it, so that no two of them are ever built at the same time. */
function inTurn(components: readonly PlannedComponent[]): boolean {
  const nodes = components.map(({ id, needs }) => ({ id, needs: needs.map((need) => need.id) }));
  return groupGraph(nodes).groups.length === components.length;
}

/** What of an event is the same for all dispatches of a release run to one repository (payload.ts). */
const SAME_FOR_ALL = /\bgithub\.event\.(?:action|client_payload\.(?:version|chain\.(?:id|hub|tag)|source\.repo))\b/g;

/** Whether the value is another one for each dispatch or component. */
function differsByRun(group: ConcurrencyGroup["group"]): boolean {
  return /\$\{\{[^}]*(?:client_payload|\binputs\b|github\.event\b|run_id|run_number|matrix\.)/.test(
    group.replace(SAME_FOR_ALL, "same"),
  );
}

/** The files of the last successful release run, and its tag. */
export interface LastFiles {
  tag: string;
  files: readonly AssetSource[];
}

/** What publishing would do with the same files as last time. */
export interface AssetBudget {
  problems: PlanProblem[];
  notes: PlanNote[];
}

/**
 * What publishing would refuse if the components made the same files as last time: equal names, too many assets; and a note
 * where it would make archives of them. Files of components that are no longer built, or that the configuration no longer asks
 * for, do not count.
 */
export function assetBudget(
  last: LastFiles,
  planned: readonly PlannedComponent[],
  rules: PublishRules,
  values: AssetValues,
): AssetBudget {
  const byId = new Map(planned.filter(({ build }) => build).map((component) => [component.id, component]));
  const files = last.files.filter(({ component, artifact, path }) => {
    const wanted = byId.get(component)?.artifacts;
    return wanted !== undefined && isWantedArtifact(wanted, artifact) && isWantedFile(wanted, path);
  });
  const result = planAssets(files, rules, values);
  const like = `with the files that ${last.tag} had`;
  if (!result.ok)
    return {
      problems: result.problems.map((problem) => ({ code: "assets", message: `${like}: ${problem}` })),
      notes: [],
    };
  if (!result.bundled) return { problems: [], notes: [] };
  const names = listWords(
    result.files.map(({ name }) => name),
    NAMED,
  );
  const message = `${like}, a GitHub release has no room for each: they are published as ${names}, one archive a component (publish.too-many: bundle)`;
  return { problems: [], notes: [{ code: "bundled", message }] };
}

/** Targets of `notify` that the server does not have for this hub, each once. `known`: null where nothing is known of them. */
export function noticeAdvice(rules: readonly NotifyRule[], known: readonly string[] | null): PlanNote[] {
  if (known === null) return [];
  const unknown = [...new Set(rules.map(({ to }) => to))].filter((to) => to !== ISSUE_TARGET && !known.includes(to));
  const choice = known.length === 0 ? "it has none" : `it has ${listWords(known, 10)}`;
  return unknown.map((to) => ({
    code: "unknown_target",
    message: `notify names the target "${to}", which the server has not for this hub (${choice}), so nobody is told there. Let its operator add it to NOTICE_TARGETS, or write one that is there, or ${ISSUE_TARGET}.`,
  }));
}

/**
 * What cannot be shown in the hub, as the App may not: the release needs none of it. `permissions`: the App's on the hub; null where
 * nothing would be shown anyway.
 */
export function shownAdvice(
  hub: string,
  rules: readonly NotifyRule[],
  permissions: Readonly<Record<string, string>> | null,
): PlanNote[] {
  if (permissions === null) return [];
  const lacks = (name: string): boolean => !["write", "admin"].includes(permissions[name] ?? "");
  const lost = [
    ...(lacks("checks") ? [["checks", "has no check run that shows it, with its buttons"]] : []),
    ...(lacks("issues") && rules.some(({ to }) => to === ISSUE_TARGET)
      ? [["issues", "opens no issue when it fails, although notify asks for it, and hears no commands in one"]]
      : []),
  ];
  return lost.map(([name = "", what = ""]) => ({
    code: "not_shown",
    message: `the App lacks ${name}: write on ${hub}, so a release run ${what}. Accept the App's new permissions there; the release itself does not need them.`,
  }));
}
