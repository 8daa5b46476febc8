/** Which builds of an earlier release run of the same tag are still valid, so that they are not made again. */
import type { PlannedComponent, ReleasePlan, ReusableBuild } from "./plan.js";
import { compare, transitiveNeeds } from "./graph.js";
import type { ComponentRun, ReleaseRun } from "./run.js";

/**
 * The builds of an earlier run that are planned in the same way now: the same commit, workflow, inputs, needs, artifact rules,
 * and the same commits of what is only locked. Whether their upstream files are the same is seen when it is their turn
 * (`reusableBuild`). Pure; near-linear in the components and their needs.
 */
export function reusableBuilds(plan: ReleasePlan, earlier: ReleaseRun): ReusableBuild[] {
  const before = earlier.plan;
  if (before === null || before.hub !== plan.hub || before.tag !== plan.tag) return [];
  const built = new Map(earlier.components.map((component) => [component.id, component]));
  const was = new Map(before.components.map((planned) => [planned.id, planned]));
  const lockedNow = lockedShas(plan, (id) => plan.components.find((planned) => planned.id === id)?.sha);
  const lockedThen = lockedShas(before, (id) => built.get(id)?.sha);
  return plan.components.flatMap((planned): ReusableBuild[] => {
    const component = built.get(planned.id);
    const old = was.get(planned.id);
    if (component?.conclusion !== "success" || old === undefined || !planned.build || !old.build) return [];
    const same =
      component.sha === planned.sha &&
      recipe(planned) === recipe(old) &&
      canonical(lockedNow.get(planned.id) ?? {}) === canonical(lockedThen.get(planned.id) ?? {});
    const origin = component.reusedFrom ?? { runId: earlier.id, tag: earlier.tag };
    const upstream = upstreamKey(old, built);
    return same ? [{ id: planned.id, ...origin, sha: component.sha, upstream, artifacts: component.artifacts }] : [];
  });
}

/** The earlier build that may stand in for a component whose needs have all succeeded; null: it has to be built. */
export function reusableBuild(
  plan: ReleasePlan,
  planned: PlannedComponent,
  components: ReadonlyMap<string, ComponentRun>,
): ReusableBuild | null {
  if ((components.get(planned.id)?.attempts.length ?? 0) > 0) return null;
  const build = plan.reusable?.find(({ id }) => id === planned.id);
  return build !== undefined && upstreamKey(planned, components) === build.upstream ? build : null;
}

/** What of the plan a build hangs on, besides its upstream. */
function recipe(planned: PlannedComponent): string {
  const { repo, build, checkout, trigger, eventType, workflow, inputs, needs, artifacts } = planned;
  const names = [...new Set(needs.map(({ id }) => id))].sort();
  return canonical({ repo, build, checkout, trigger, eventType, workflow: workflow?.path, inputs, names, artifacts });
}

/** JSON whose bytes do not hang on the order of keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => compare(a, b)))
      : inner,
  );
}

/** The files of the direct needs, as a workflow gets them: `component artifact path sha256`, a line each, sorted. */
function upstreamKey(planned: PlannedComponent, components: ReadonlyMap<string, ComponentRun>): string {
  const ids = [...new Set(planned.needs.map(({ id }) => id))];
  const lines = ids.flatMap((id) => {
    const need = components.get(id);
    if (need === undefined) return [];
    if (need.conclusion !== "success") return [`${id} ${need.conclusion ?? need.status}`];
    return need.artifacts.flatMap(({ name, files }) =>
      files.map(({ path, sha256 }) => `${id} ${name} ${path} ${sha256}`),
    );
  });
  return lines.sort().join("\n");
}

/** Commits of the needs, direct or not, that are only locked: by component, then by need. */
function lockedShas(
  plan: ReleasePlan,
  shaOf: (id: string) => string | undefined,
): Map<string, Record<string, string | undefined>> {
  const locked = new Set(plan.components.filter(({ build }) => !build).map(({ id }) => id));
  const nodes = new Map(plan.components.map(({ id, needs }) => [id, { id, needs: needs.map((need) => need.id) }]));
  return new Map(
    plan.components.map(({ id }) => {
      const needed = [...transitiveNeeds(nodes, id)].filter((need) => locked.has(need)).sort();
      return [id, Object.fromEntries(needed.map((need) => [need, shaOf(need)]))];
    }),
  );
}
