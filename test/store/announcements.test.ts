/** Two servers on one PostgreSQL database hear of each other's events, also after the connection broke off. */
import { expect, it, onTestFinished, vi } from "vitest";
import { openStore } from "../../src/store/open-store.js";
import { aComponentRun, aFoundAttempt, aRun, withComponent } from "../contract/run-fixture.js";
import { fixedClock, recordingLog } from "../contract/sqlite-fixture.js";
import { aDatabase, NO_POSTGRESQL } from "../postgresql/database.js";
import { PATIENCE } from "../until.js";

const LISTENERS = "datname = current_database() AND application_name = 'release-chain events'";

it("is told to the other server, once to its own, and again after a connection that was lost", async ({ skip }) => {
  const database = await aDatabase();
  if (database === null) return skip(NO_POSTGRESQL);
  const log = recordingLog();
  const open = () => openStore({ databaseUrl: database.url, clock: fixedClock, log });
  const [mine, theirs] = [await open(), await open()];
  onTestFinished(async () => {
    await Promise.all([mine.close(), theirs.close()]);
    await database.drop();
  });
  const heard: { mine: (string | null)[]; theirs: (string | null)[] } = { mine: [], theirs: [] };
  mine.events.watch((runId) => heard.mine.push(runId));
  const unwatch = theirs.events.watch((runId) => heard.theirs.push(runId));
  // Each is told that there may be something, once it listens.
  await vi.waitFor(() => {
    expect(heard).toEqual({ mine: [null], theirs: [null] });
  }, PATIENCE);

  let run = aRun({ components: [aComponentRun({ id: "x" })] });
  await mine.createRun(run);
  await vi.waitFor(() => {
    expect(heard.theirs).toEqual([null, run.id]);
  }, PATIENCE);
  expect((await theirs.events.list(run.id, { limit: 9 })).length).toBeGreaterThan(0);

  await database.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${LISTENERS}`);
  await vi.waitFor(() => {
    // Who was away looks at all again.
    expect(heard.theirs).toEqual([null, run.id, null]);
  }, PATIENCE);
  run = await mine.saveRun(run, withComponent(run, "x", { status: "queued", attempts: [aFoundAttempt(1)] }));
  await vi.waitFor(() => {
    expect(heard.theirs).toEqual([null, run.id, null, run.id]);
  }, PATIENCE);
  // By itself, and not by way of the database too.
  expect(heard.mine.filter((runId) => runId !== null)).toEqual([run.id, run.id]);
  expect(JSON.stringify(log.lines)).not.toContain("not-for-you");

  unwatch();
  await mine.saveRun(run, { ...run, status: "publishing" });
  await theirs.close();
  expect(heard.theirs).toHaveLength(4);
  await vi.waitFor(async () => {
    expect(await database.sql(`SELECT 1 FROM pg_stat_activity WHERE ${LISTENERS}`)).toHaveLength(1);
  }, PATIENCE);
});
