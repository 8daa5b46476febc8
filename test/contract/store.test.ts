import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Attempt, ComponentRun, ReleaseRun } from "../../src/chain/run.js";
import { ConflictError, type Store } from "../../src/coordinator/ports.js";
import { MemoryStore } from "./memory-store.js";
import {
  aCollectedArtifact,
  aCollectedFile,
  aComponentRun,
  anAttempt,
  aPlan,
  aPlannedComponent,
  aPublication,
  aRun,
  EPOCH,
  withComponent,
} from "./run-fixture.js";
import { openStore } from "../../src/store/open-store.js";
import type { OpenedStore } from "../../src/store/opened-store.js";
import { aDatabase, empty, NO_POSTGRESQL, type TestDatabase } from "../postgresql/database.js";
import { aFolder, fixedClock, openSqlite, recordingLog } from "./sqlite-fixture.js";
import { describeStore, type StoreHarness } from "./store-contract.js";

function inMemory(): StoreHarness {
  const store = new MemoryStore();
  return {
    open: () => Promise.resolve(store),
    async reopen(closed) {
      await closed.close();
      store.reopen();
      return store;
    },
    dispose: (opened) => opened.close(),
  };
}

function onDisk(): StoreHarness {
  let folder: Awaited<ReturnType<typeof aFolder>> | null = null;
  async function open(): Promise<OpenedStore> {
    folder ??= await aFolder();
    return openSqlite(join(folder.path, "data", "store.db"));
  }
  return {
    open,
    async reopen(store) {
      await store.close();
      return open();
    },
    async dispose(store) {
      await store.close();
      await folder?.remove();
    },
  };
}

describeStore("memory", inMemory);
describeStore("SQLite", onDisk);

describe("PostgreSQL", async () => {
  const database = await aDatabase();
  if (database === null) {
    it("has a server here", ({ skip }) => skip(NO_POSTGRESQL));
    return;
  }
  afterAll(() => database.drop());
  describeStore("PostgreSQL", () => onPostgresql(database));
});

/** All tests share one database, which is emptied for each. */
function onPostgresql(database: TestDatabase): StoreHarness {
  const open = () => openStore({ databaseUrl: database.url, clock: fixedClock, log: recordingLog() });
  return {
    async open() {
      const store = await open();
      await empty(database);
      return store;
    },
    async reopen(store) {
      await store.close();
      return open();
    },
    dispose: (store) => store.close(),
  };
}

// ---------------------------------------------------------------- random histories

const IDS = ["a", "b", "c", "d"];
/** Two components share a repository. */
const plan = aPlan({
  components: IDS.map((id) => aPlannedComponent({ id, repo: id < "c" ? "acme/shared" : `acme/${id}` })),
});

/** Also what a driver may stumble over: U+0000, half an emoji. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.string({ unit: fc.constantFrom("\u0000", "\u0001", "\ud83d", "0", "'", "é"), maxLength: 8 }),
);
/** Stored values are plain objects. */
const plainObjects = { noNullPrototype: true };
const time = fc.integer({ min: 0, max: 4 * EPOCH });
const count = fc.nat(100_000);

const attempt: fc.Arbitrary<Attempt> = fc
  .record({
    number: fc.nat(9),
    kind: fc.constantFrom("dispatch", "rerun"),
    status: fc.constantFrom("dispatching", "queued", "in_progress", "collecting", "completed"),
    send: fc.constantFrom("intended", "accepted", "unknown"),
    conclusion: fc.constantFrom(null, "success", "failure", "cancelled", "timed_out"),
    workflowRunId: fc.option(fc.maxSafeNat()),
    sentAt: fc.option(time),
    interrupted: fc.boolean(),
    detail: fc.option(text),
    failureClass: fc.constantFrom(null, "transient", "not-started"),
    candidates: fc.array(fc.maxSafeNat(), { maxLength: 2 }),
    cancel: fc.option(
      fc.record(
        {
          at: time,
          failureClass: fc.constant("timeout" as const),
          detail: text,
          sentAt: fc.option(time),
          forced: fc.boolean(),
        },
        plainObjects,
      ),
    ),
  })
  .map(anAttempt);

const artifact = fc
  .record({ id: fc.maxSafeNat(), name: text, size: fc.maxSafeNat(), digestVerified: fc.boolean(), files: count })
  .map(({ files, ...rest }) => aCollectedArtifact({ ...rest, files: someFiles(files % 3) }));

function someFiles(length: number) {
  return Array.from({ length }, (_, index) => aCollectedFile({ path: `f${index}`, checkedBy: index > 0 ? ["S"] : [] }));
}

type Step = (run: ReleaseRun) => ReleaseRun;

const onComponent = (change: (component: ComponentRun) => Partial<ComponentRun>, id: string): Step => {
  return (run) => {
    const component = run.components.find((each) => each.id === id);
    return component === undefined ? run : withComponent(run, id, change(component));
  };
};

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...IDS), attempt)
    .map(([id, next]) => onComponent((was) => ({ attempts: [...was.attempts, next] }), id)),
  fc
    .tuple(fc.constantFrom(...IDS), attempt)
    .map(([id, next]) => onComponent((was) => ({ attempts: [...was.attempts.slice(0, -1), next] }), id)),
  fc
    .tuple(fc.constantFrom(...IDS), count)
    .map(([id, keep]) => onComponent((was) => ({ attempts: was.attempts.slice(0, keep % 3) }), id)),
  fc
    .tuple(fc.constantFrom(...IDS), fc.array(artifact, { maxLength: 3 }), count)
    .map(([id, added, keep]) =>
      onComponent((was) => ({ artifacts: [...was.artifacts.slice(0, keep % 3), ...added] }), id),
    ),
  fc
    .tuple(fc.constantFrom(...IDS), fc.option(text), fc.option(time), fc.constantFrom("waiting", "completed"))
    .map(([id, reason, retryAt, status]) => onComponent(() => ({ reason, retryAt, status }), id)),
  fc.shuffledSubarray(IDS, { minLength: 1 }).map((ids): Step => {
    return (run) => ({
      ...run,
      components: ids.map((id) => run.components.find((each) => each.id === id) ?? aComponentRun({ id })),
    });
  }),
  fc.option(count).map((failures): Step => {
    return (run) => ({ ...run, publication: failures === null ? null : aPublication({ failures }) });
  }),
  fc.record({ reason: fc.option(text), startedAt: fc.option(time) }).map((change): Step => {
    return (run) => ({
      ...run,
      ...change,
      ending: change.reason === null ? null : { conclusion: "failure", reason: "x" },
    });
  }),
  fc.constantFrom("acme/moved", "acme/shared", "acme/d").map((repo): Step => {
    const moved = { ...plan, components: plan.components.map((each) => (each.id === "c" ? { ...each, repo } : each)) };
    return (run) => ({ ...run, plan: moved });
  }),
  fc.constantFrom("building", "completed").map((status): Step => (run) => ({ ...run, status })),
);

const history = fc.array(
  fc.record({
    run: fc.constantFrom("one", "two", "three"),
    steps: fc.array(step, { minLength: 1, maxLength: 4 }),
    stale: fc.nat(9),
  }),
  { minLength: 1, maxLength: 10 },
);

async function outcome(save: Promise<ReleaseRun>): Promise<ReleaseRun | "conflict"> {
  try {
    return await save;
  } catch (error) {
    if (error instanceof ConflictError) return "conflict";
    throw error;
  }
}

describe("random histories", () => {
  it("leave SQLite with what the memory store holds, after every save", async () => {
    const folder = await aFolder();
    const sqlite = await openSqlite(join(folder.path, "store.db"));
    let round = 0;
    try {
      await fc.assert(
        fc.asyncProperty(history, async (saves) => {
          const memory = new MemoryStore();
          const both = [memory, sqlite] as const;
          round += 1;
          const repoOfRound = {
            ...plan,
            components: plan.components.map((c) => ({ ...c, repo: `${c.repo}-${round}` })),
          };
          const current = new Map<string, ReleaseRun>();
          for (const name of ["one", "two", "three"]) {
            // The first two are of one tag: only one of them may be live.
            const status = name === "two" ? "completed" : "building";
            const tag = name === "three" ? `v3-${round}` : `v1-${round}`;
            const run = aRun({ id: `${name}-${round}`, tag, plan: repoOfRound, status });
            for (const store of both) await store.createRun(run);
            current.set(name, run);
          }
          for (const { run: name, steps, stale } of saves) {
            const before = current.get(name);
            if (before === undefined) throw new Error(`No run ${name}.`);
            const after = inRound(
              steps.reduce((run, change) => change(run), before),
              round,
            );
            const from = stale === 0 ? { ...before, rowVersion: before.rowVersion + 1 } : before;
            const expected = await outcome(memory.saveRun(from, after));
            expect(await outcome(sqlite.saveRun(from, after))).toStrictEqual(expected);
            if (expected !== "conflict") current.set(name, expected);
            for (const store of both) expect(await store.loadRun(before.id)).toStrictEqual(current.get(name));
          }
          for (const repo of [`acme/shared-${round}`, `acme/c-${round}`, `acme/d-${round}`, `acme/moved-${round}`]) {
            expect(sorted(await sqlite.claims(repo, 0))).toStrictEqual(sorted(await memory.claims(repo, 0)));
            expect(await sqlite.runsWatching(repo, 7)).toStrictEqual(await memory.runsWatching(repo, 7));
          }
        }),
        { numRuns: 20 },
      );
    } finally {
      await sqlite.close();
      await folder.remove();
    }
  });
});

/** A plan that a step made anew gets the repositories of this round, as rounds share one database. */
function inRound(run: ReleaseRun, round: number): ReleaseRun {
  if (run.plan === null || run.plan.components.every(({ repo }) => repo.endsWith(`-${round}`))) return run;
  const components = run.plan.components.map((each) => ({ ...each, repo: `${each.repo}-${round}` }));
  return { ...run, plan: { ...run.plan, components } };
}

function sorted(claims: Awaited<ReturnType<Store["claims"]>>) {
  return { ...claims, abandoned: claims.abandoned.toSorted((a, b) => (a.dispatchId < b.dispatchId ? -1 : 1)) };
}
