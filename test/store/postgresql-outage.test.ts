import { describe, expect, it, onTestFinished } from "vitest";
import type { ReleaseRun } from "../../src/chain/run.js";
import { openStore } from "../../src/store/open-store.js";
import { aComponentRun, aFoundAttempt, aRun, withComponent } from "../contract/run-fixture.js";
import { fixedClock, recordingLog } from "../contract/sqlite-fixture.js";
import { aDatabase, NO_POSTGRESQL } from "../postgresql/database.js";

/** More than a store has connections: each that were lost for good would be missed. */
const CUTS = 15;

/** Asked again where a connection was used that is gone too: the pool may hold several, and hear of it late. */
async function once(ask: () => Promise<ReleaseRun | null>, tries = 20): Promise<ReleaseRun> {
  try {
    const run = await ask();
    if (run !== null) return run;
  } catch (cause) {
    if (tries > 1) return once(ask, tries - 1);
    throw cause;
  }
  throw new Error("The run is gone.");
}

describe("a PostgreSQL database that goes away", () => {
  it("is told in a sentence without its password, and used again once it is back", async ({ skip }) => {
    const database = await aDatabase();
    if (database === null) return skip(NO_POSTGRESQL);
    const log = recordingLog();
    const store = await openStore({ databaseUrl: database.url, clock: fixedClock, log });
    onTestFinished(async () => {
      await store.close();
      await database.drop();
    });
    let run = aRun({ components: [aComponentRun({ id: "x" })] });
    await store.createRun(run);
    const errors: unknown[] = [];
    const cut = () =>
      database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
      );
    for (let time = 1; time <= CUTS; time++) {
      const work = [
        store.saveRun(run, withComponent(run, "x", { attempts: [aFoundAttempt(time)] })),
        ...Array.from({ length: 4 }, () => store.loadRun(run.id)),
        store.openRuns(),
      ];
      await Promise.all([cut(), ...work.map((each) => each.catch((cause: unknown) => errors.push(cause)))]);
      run = await once(() => store.loadRun(run.id));
    }
    expect(errors.length).toBeGreaterThan(0);
    const told =
      /^StoreError: The database test_\w+ at 127\.0\.0\.1:\d+ does not answer: [^\n]+\. What was asked[^\n]+$/;
    expect(errors.map(String).filter((words) => !told.test(words))).toStrictEqual([]);
    expect(errors.map(String).join("\n") + JSON.stringify(log.lines)).not.toContain("not-for-you");
    await Promise.all(Array.from({ length: 20 }, () => store.loadRun(run.id)));
    expect((await store.saveRun(run, { ...run, status: "publishing" })).rowVersion).toBe(run.rowVersion + 1);
  });
});
