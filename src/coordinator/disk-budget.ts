/** Whether the disk has room for a release run: known before it starts. */
import { diskBudget, diskNeed, NO_BUDGET, type ComponentSize, type DiskRoom } from "../chain/disk-budget.js";
import type { PlanResult } from "../chain/make-plan.js";
import type { PlanNote, ReleasePlan } from "../chain/plan.js";
import type { PlannedAsset, ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { pruneArtifacts, surveyArtifacts, type KeepingDeps } from "./prune-artifacts.js";

type BudgetDeps = KeepingDeps & Pick<Deps, "log">;

/** The plan with a note of what it needs, or refused. Unless it is a preview, room is made where that is to be had by pruning. */
export async function withDiskBudget(plan: ReleasePlan, isPreview: boolean, deps: BudgetDeps): Promise<PlanResult> {
  const last = plan.previous === null ? null : await deps.store.loadRun(plan.previous.runId);
  if (last === null) return noted(plan, NO_BUDGET);
  const reused = new Set(plan.reusable?.map(({ id }) => id));
  const sizes = last.components.map(({ id, artifacts }): ComponentSize => {
    const files = artifacts.flatMap((artifact) => artifact.files);
    const downloads = artifacts.map(({ size }) => size);
    return { component: id, downloads, files: sum(files) + sum(archivesOf(id, last)) };
  });
  const need = diskNeed(
    plan.components.filter(({ id }) => !reused.has(id)),
    sizes,
  );
  const room = await roomOf(deps);
  if (typeof room === "string") return noted(plan, { code: "disk_budget", message: room });
  const budget = diskBudget(need, room, last.tag);
  if (budget.kind === "too-large") return { kind: "refused", problems: [budget.problem] };
  if (budget.afterPruning && !isPreview)
    await pruneArtifacts({ dryRun: false, room: need.stays }, deps, new AbortController().signal);
  return noted(plan, budget.note);
}

/** What a component was published as, where a release had too many files: kept beside the files that are in it. */
function archivesOf(component: string, { publication }: ReleaseRun): PlannedAsset[] {
  return publication?.assets.filter((asset) => asset.component === component && asset.path === null) ?? [];
}

function sum(files: readonly { size: number }[]): number {
  return files.reduce((total, { size }) => total + size, 0);
}

/** A sentence where the store could not be looked through: that stops nobody, and the log says more. */
async function roomOf(deps: BudgetDeps): Promise<DiskRoom | string> {
  try {
    const { decision, free } = await surveyArtifacts(deps);
    const { used, pinned, remove } = decision;
    const unreferenced = sum(remove.filter(({ why }) => why === "unreferenced"));
    return { free, used, pinned, unreferenced, limit: deps.artifactsMaxSize ?? null };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    deps.log.warn({ cause: message }, "the artifact store could not be looked through");
    return `whether the disk has room is not known: ${message}`;
  }
}

function noted(plan: ReleasePlan, note: PlanNote): PlanResult {
  return { kind: "plan", plan: { ...plan, warnings: [...plan.warnings, note] } };
}
