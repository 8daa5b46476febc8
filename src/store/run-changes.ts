/** What of a run has to be written, found by comparing references: parts are immutable, so an equal one is unchanged. */
import type { ReleasePlan } from "../chain/plan.js";
import type { ComponentRun, ReleaseRun } from "../chain/run.js";
import type { Prisma } from "./generated/client.js";
import {
  artifactRow,
  attemptRow,
  componentRow,
  fileRows,
  planRow,
  publicationRow,
  type ComponentPlace,
  type PartPlace,
} from "./to-rows.js";

export interface RunChanges {
  /** `undefined`: unchanged; null: gone. */
  plan: Prisma.PlanCreateManyInput | null | undefined;
  publication: Prisma.PublicationCreateManyInput | null | undefined;
  components: PartChanges<{ runId: string; id: string }, Prisma.ComponentRunCreateManyInput>;
  attempts: PartChanges<PartPlace, Prisma.AttemptCreateManyInput>;
  /** A changed artifact is removed and added, with its files. */
  artifacts: Omit<PartChanges<PartPlace, Prisma.ArtifactCreateManyInput>, "changed">;
  files: Prisma.ArtifactFileCreateManyInput[];
}

/** A row that is there, as it is and as it is to be. */
export interface RowChange<Row> {
  before: Row;
  after: Row;
}

interface PartChanges<Key, Row> {
  removed: Key[];
  changed: RowChange<Row>[];
  added: Row[];
}

/** `before` null: everything is new. Throws where a component is not in the plan, as its repository is unknown then. */
export function runChanges(before: ReleaseRun | null, after: ReleaseRun): RunChanges {
  const changes: RunChanges = {
    plan: changed(before?.plan, after.plan, (plan) => planRow(after.id, plan)),
    publication: changed(before?.publication, after.publication, (value) => publicationRow(after.id, value)),
    components: { removed: [], changed: [], added: [] },
    attempts: { removed: [], changed: [], added: [] },
    artifacts: { removed: [], added: [] },
    files: [],
  };
  const samePlan = before !== null && before.plan === after.plan;
  if (samePlan && before.components === after.components) return changes;
  const old = new Map(before?.components.map((component, position) => [component.id, { component, position }]));
  for (const [position, component] of after.components.entries()) {
    const was = old.get(component.id);
    old.delete(component.id);
    if (samePlan && was?.component === component && was.position === position) continue;
    const place = { runId: after.id, position, repo: repositoryOf(after, component.id) };
    if (was === undefined) {
      changes.components.added.push(componentRow(component, place));
      addAttempts(changes, null, { component, place });
    } else {
      const oldPlace = { ...place, position: was.position, repo: repositoryOf(before, component.id) };
      const moved = oldPlace.repo !== place.repo;
      if (was.component === component && was.position === position && !moved) continue;
      const [row, oldRow] = [componentRow(component, place), componentRow(was.component, oldPlace)];
      changes.components.changed.push({ before: oldRow, after: row });
      addAttempts(changes, { component: was.component, place: oldPlace }, { component, place });
    }
    addArtifacts(changes, was?.component, component, after.id);
  }
  for (const id of old.keys()) changes.components.removed.push({ runId: after.id, id });
  return changes;
}

function changed<T, Row>(before: T | null | undefined, after: T | null, row: (value: T) => Row) {
  if (before === after) return undefined;
  return after === null ? null : row(after);
}

const repositories = new WeakMap<ReleasePlan, Map<string, string>>();

/** The repository of a component, by the run's plan. */
function repositoryOf(run: ReleaseRun | null, componentId: string): string {
  const plan = run?.plan ?? null;
  let known = plan === null ? undefined : repositories.get(plan);
  if (plan !== null && known === undefined) {
    known = new Map(plan.components.map(({ id, repo }) => [id, repo]));
    repositories.set(plan, known);
  }
  const repo = known?.get(componentId);
  if (repo === undefined)
    throw new Error(`Component ${componentId} of release run ${run?.id ?? ""} is not in its plan.`);
  return repo;
}

interface Placed {
  component: ComponentRun;
  place: ComponentPlace;
}

function addAttempts({ attempts }: RunChanges, before: Placed | null, { component, place }: Placed): void {
  const old = before?.component.attempts ?? [];
  const { runId, repo } = place;
  const partAt = (position: number): PartPlace => ({ runId, componentId: component.id, position });
  for (const [position, attempt] of component.attempts.entries()) {
    const was = old[position];
    const row = attemptRow(attempt, partAt(position), repo);
    if (was === undefined || before === null) attempts.added.push(row);
    else if (was !== attempt || before.place.repo !== repo)
      attempts.changed.push({ before: attemptRow(was, partAt(position), before.place.repo), after: row });
  }
  for (let position = component.attempts.length; position < old.length; position++)
    attempts.removed.push(partAt(position));
}

function addArtifacts(changes: RunChanges, before: ComponentRun | undefined, after: ComponentRun, runId: string): void {
  const old = before?.artifacts ?? [];
  for (let position = 0; position < Math.max(old.length, after.artifacts.length); position++) {
    const artifact = after.artifacts[position];
    if (old[position] === artifact) continue;
    const place = { runId, componentId: after.id, position };
    if (position < old.length) changes.artifacts.removed.push(place);
    if (artifact === undefined) continue;
    changes.artifacts.added.push(artifactRow(artifact, place));
    changes.files.push(...fileRows(artifact, place));
  }
}
