/** What every store must know about its release runs. */
import { expect, it } from "vitest";
import type { Attempt, ReleaseRun } from "../../src/chain/run.js";
import type { Store } from "../../src/coordinator/ports.js";
import { aComponentRun, aFoundAttempt, anAttempt, aPlan, aPlannedComponent, aRun, EPOCH } from "./run-fixture.js";

export function describeQuestions(store: () => Store): void {
  async function create(...runs: ReleaseRun[]): Promise<void> {
    for (const run of runs) await store().createRun(run);
  }

  it("lists open runs oldest first, and runs newest first, page by page", async () => {
    await create(
      aRun({ id: "middle", tag: "v2", createdAt: EPOCH + 2 }),
      aRun({ id: "oldest", tag: "v1", createdAt: EPOCH + 1, status: "completed" }),
      aRun({ id: "twin a", tag: "v3", createdAt: EPOCH + 3, status: "publishing" }),
      aRun({ id: "twin b", tag: "v4", createdAt: EPOCH + 3, hub: "acme/other" }),
    );
    const ids = async (filter: Parameters<Store["listRuns"]>[0]) => {
      const runs = (await store().listRuns(filter)).map(({ id, rowVersion }) => ({ id, rowVersion }));
      expect(await store().runVersions(filter)).toStrictEqual(runs);
      return runs.map(({ id }) => id);
    };
    expect(await store().openRuns()).toStrictEqual(["middle", "twin a", "twin b"]);
    expect(await ids({ limit: 9 })).toStrictEqual(["twin b", "twin a", "middle", "oldest"]);
    expect(await ids({ limit: 1 })).toStrictEqual(["twin b"]);
    expect(await ids({ limit: 2, after: "twin b" })).toStrictEqual(["twin a", "middle"]);
    expect(await ids({ limit: 2, after: "middle" })).toStrictEqual(["oldest"]);
    expect(await ids({ limit: 2, after: "unknown" })).toStrictEqual([]);
    expect(await ids({ limit: 0 })).toStrictEqual([]);
    expect(await ids({ limit: 9, hub: "acme/product" })).toStrictEqual(["twin a", "middle", "oldest"]);
    expect(await ids({ limit: 9, tag: "v2" })).toStrictEqual(["middle"]);
    expect(await ids({ limit: 9, hubs: ["acme/other", "acme/none"] })).toStrictEqual(["twin b"]);
    expect(await ids({ limit: 9, hub: "acme/product", hubs: ["acme/other"] })).toStrictEqual([]);
    expect(await ids({ limit: 9, hubs: [] })).toStrictEqual([]);
    expect(await ids({ limit: 9, status: "building", after: "twin b" })).toStrictEqual(["middle"]);
    expect((await store().listRuns({ limit: 1 }))[0]).toStrictEqual(await store().loadRun("twin b"));
  });

  it("names the open runs to which a workflow run may matter", async () => {
    const withAttempt = (id: string, attempt: Parameters<typeof anAttempt>[0], status?: ReleaseRun["status"]) =>
      aRun({
        id,
        tag: id,
        ...(status !== undefined && { status }),
        components: [aComponentRun({ id: "x", attempts: [anAttempt(attempt)] })],
      });
    await create(
      withAttempt("claims it", { workflowRunId: 30_000_000_001, status: "in_progress" }),
      withAttempt("claims another", { workflowRunId: 30_000_000_002, status: "in_progress" }),
      withAttempt("given up", { status: "completed", conclusion: "failure" }),
      withAttempt("not identified", { send: "unknown" }),
      withAttempt("over", { status: "completed" }, "completed"),
      aRun({ id: "waits", tag: "waits", components: [aComponentRun({ id: "x" })] }),
    );
    const watching = async (repo: string, id: number) => (await store().runsWatching(repo, id)).sort();
    expect(await watching("acme/x", 30_000_000_001)).toStrictEqual(["claims it", "given up", "not identified"]);
    expect(await watching("acme/x", 30_000_000_099)).toStrictEqual(["given up", "not identified"]);
    expect(await watching("acme/y", 30_000_000_001)).toStrictEqual([]);
  });

  it("tells what is claimed on a repository and which dispatches were given up, of any run", async () => {
    const found = aFoundAttempt(30_000_000_002, { status: "completed" });
    const rerun = { ...found, kind: "rerun" as const, number: 2, runAttempt: 2 };
    const lost = anAttempt({ dispatchId: "lost", status: "completed", failureClass: "not-started" });
    await create(
      aRun({
        id: "a",
        tag: "a",
        status: "completed",
        components: [aComponentRun({ id: "x", attempts: [found, rerun] })],
      }),
      aRun({
        id: "b",
        tag: "b",
        components: [aComponentRun({ id: "x", attempts: [lost, aFoundAttempt(30_000_000_001)] })],
      }),
      aRun({
        id: "c",
        tag: "c",
        components: [aComponentRun({ id: "x", attempts: [anAttempt({ dispatchId: "open" })] })],
      }),
    );
    expect(await store().claims("acme/x", 0)).toStrictEqual({
      workflowRunIds: [30_000_000_001, 30_000_000_002],
      unidentified: true,
      abandoned: [
        { dispatchId: "lost", runId: "b", component: "x", intendedAt: EPOCH, sentAt: null, sentClock: "own" },
      ],
      unseen: [],
    });
    expect(await store().claims("acme/x", EPOCH + 365 * 86_400_000)).toStrictEqual({
      workflowRunIds: [],
      unidentified: false,
      abandoned: [],
      unseen: [],
    });
    const nothing = { workflowRunIds: [], unidentified: false, abandoned: [], unseen: [] };
    expect(await store().claims("acme/y", 0)).toStrictEqual(nothing);
  });

  it("tells which tries of known workflow runs were given up unseen, unless they were asked for again", async () => {
    const given = { status: "completed", failureClass: "not-started", send: "accepted" } as const;
    const rerun = (id: number, change: Partial<Attempt> = {}) =>
      aFoundAttempt(id, { ...given, kind: "rerun", number: 2, runAttempt: 2, ...change });
    const later = { status: "in_progress", failureClass: null, number: 3, intendedAt: EPOCH + 1 } as const;
    const attempts = [
      aFoundAttempt(1, given),
      rerun(2),
      rerun(3),
      rerun(3, later),
      rerun(4, { send: "intended" }),
      rerun(5, { failureClass: "build" }),
    ];
    await create(
      aRun({ components: [aComponentRun({ id: "x", attempts: attempts.map((a, i) => ({ ...a, number: i + 1 })) })] }),
    );
    expect((await store().claims("acme/x", 0)).unseen).toStrictEqual([
      { id: 1, runAttempt: 1 },
      { id: 2, runAttempt: 2 },
    ]);
  });

  it("tells when and by whose clock a dispatch that was given up was sent, the oldest first", async () => {
    const sent = { status: "completed", failureClass: "not-started", send: "accepted", sentClock: "github" } as const;
    const late = anAttempt({ ...sent, dispatchId: "late", intendedAt: EPOCH + 20, sentAt: EPOCH + 9_000 });
    const early = anAttempt({ ...sent, dispatchId: "early", intendedAt: EPOCH + 10, sentAt: EPOCH + 8_000 });
    const rerun = anAttempt({ ...sent, dispatchId: "rerun", kind: "rerun", workflowRunId: null });
    const components = [
      aComponentRun({ id: "x", attempts: [late, rerun] }),
      aComponentRun({ id: "y", attempts: [early] }),
    ];
    const planned = ["x", "y"].map((id) => aPlannedComponent({ id, repo: "acme/machines" }));
    await create(aRun({ id: "a", plan: aPlan({ components: planned }), components }));
    const common = { runId: "a", sentClock: "github" };
    expect((await store().claims("acme/machines", EPOCH + 10)).abandoned).toStrictEqual([
      { dispatchId: "early", component: "y", intendedAt: EPOCH + 10, sentAt: EPOCH + 8_000, ...common },
      { dispatchId: "late", component: "x", intendedAt: EPOCH + 20, sentAt: EPOCH + 9_000, ...common },
    ]);
    const { abandoned } = await store().claims("acme/machines", EPOCH + 11);
    expect(abandoned.map(({ dispatchId }) => dispatchId)).toStrictEqual(["late"]);
  });

  it("names the open runs of a group that go before a run: the admitted one, and those made earlier", async () => {
    const of = (id: string, createdAt: number, change: Partial<ReleaseRun> = {}) =>
      aRun({ id, tag: id, createdAt: EPOCH + createdAt, status: "queued", group: "acme/product", ...change });
    const mine = of("m", 5);
    await create(
      mine,
      of("earlier", 1),
      of("twin a", 5, { id: "a" }),
      of("twin z", 5, { id: "z" }),
      of("later", 9),
      of("later, admitted", 9, { status: "building" }),
      of("earlier, over", 1, { status: "completed" }),
      of("of another group", 1, { group: "acme/other" }),
      of("of none", 1, { group: null }),
    );
    const ids = async (run: ReleaseRun) => (await store().runsAhead(run)).map(({ id }) => id);
    expect(await ids(mine)).toStrictEqual(["earlier", "a", "later, admitted"]);
    expect((await store().runsAhead(mine))[0]).toStrictEqual({ id: "earlier", hub: "acme/product", tag: "earlier" });
    expect(await ids({ ...mine, group: null })).toStrictEqual([]);
    expect(await ids({ ...mine, group: "acme/other" })).toStrictEqual(["of another group"]);
  });
}
