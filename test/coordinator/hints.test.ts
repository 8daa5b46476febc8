/** What webhooks about workflow runs come to: a read less, never a state that was not read. */
import { beforeEach, describe, expect, it } from "vitest";
import type { WorkflowRunSnapshot } from "../../src/chain/run.js";
import { addHint, giveBackHints, isHinted, takeHints } from "../../src/coordinator/hints.js";
import { createStrayRuns } from "../../src/coordinator/stray-runs.js";
import { observe } from "../../src/coordinator/observe.js";
import type { GitHub, Log } from "../../src/coordinator/ports.js";
import { newSession, type Session } from "../../src/coordinator/session.js";
import { MemoryStore } from "../contract/memory-store.js";
import {
  aComponentRun,
  aFoundAttempt,
  anAttempt,
  aPlan,
  aPlannedComponent,
  aRun,
  EPOCH,
} from "../contract/run-fixture.js";
import { FakeGitHub } from "./fake-github.js";
import { githubPort, openGate } from "./fake-github-port.js";

const REPO = "acme/meta-acme";
const DISPATCH = "rc_000000000000000000000001";

function sessionWith(attempt: ReturnType<typeof anAttempt>): Session {
  const component = aComponentRun({ id: "meta-acme", status: attempt.status, attempts: [attempt] });
  const session = newSession(aRun({ plan: aPlan({ components: [aPlannedComponent()] }), components: [component] }));
  session.observedAt.set("meta-acme", EPOCH);
  return session;
}

describe("a webhook", () => {
  const requested = { id: 7, runAttempt: 1 } as WorkflowRunSnapshot;

  it("of a run's creation is kept as it is, until anything else is heard of the run", () => {
    const session = sessionWith(anAttempt({ status: "dispatching", workflowRunId: null }));
    addHint(session, REPO, { workflowRunId: 7, requested });
    expect(session.observedAt.has("meta-acme")).toBe(false);
    expect(takeHints(session, "meta-acme")).toEqual([{ workflowRunId: 7, requested }]);
    expect(isHinted(session, "meta-acme")).toBe(false);

    addHint(session, REPO, { workflowRunId: 7, requested });
    addHint(session, REPO, { workflowRunId: 7, requested: null });
    expect(takeHints(session, "meta-acme")).toEqual([{ workflowRunId: 7, requested: null }]);

    addHint(session, REPO, { workflowRunId: 7, requested: null });
    giveBackHints(session, "meta-acme", [{ workflowRunId: 7, requested }]);
    expect(takeHints(session, "meta-acme")).toEqual([{ workflowRunId: 7, requested: null }]);
  });

  it("of a run's creation says nothing new once the run is found, but of its rerun", () => {
    const session = sessionWith(aFoundAttempt(7, { runAttempt: 1 }));
    addHint(session, REPO, { workflowRunId: 7, requested });
    expect(isHinted(session, "meta-acme")).toBe(false);
    expect(session.observedAt.has("meta-acme")).toBe(true);
    addHint(session, REPO, { workflowRunId: 7, requested: { ...requested, runAttempt: 2 } });
    expect(isHinted(session, "meta-acme")).toBe(true);
    const rerun = sessionWith(aFoundAttempt(7, { kind: "rerun", status: "dispatching", runAttempt: 2 }));
    addHint(rerun, REPO, { workflowRunId: 7, requested: { ...requested, runAttempt: 2 } });
    expect(isHinted(rerun, "meta-acme")).toBe(true);
  });
});

describe("a workflow run whose creation was told", () => {
  let world: FakeGitHub;
  let github: GitHub;
  let calls: string[];

  beforeEach(() => {
    calls = [];
    world = new FakeGitHub(() => EPOCH);
    world.addRepository(REPO);
    github = githubPort(world, (name, effect) => {
      calls.push(name);
      return openGate(name, effect);
    });
  });

  function look(title: string, change: Partial<WorkflowRunSnapshot> = {}) {
    const chain = { id: "r", dispatch_id: DISPATCH, component: "c" };
    const run = world.dispatch(REPO, "repository_dispatch", { chain });
    if (run === null) throw new Error("no run came of the dispatch");
    run.title = title;
    const requested = { ...world.snapshot(run), ...change };
    const workflow = { id: run.workflowId, path: "", name: "", declaredInputs: [] };
    const attempt = anAttempt({ dispatchId: DISPATCH, workflowRunId: null, sentAt: EPOCH, sentClock: "github" });
    const step = { run: aRun(), plan: aPlan(), planned: aPlannedComponent({ workflow }), attempt };
    const quiet = (): void => undefined;
    const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const deps = { github, store: new MemoryStore(), clock: { now: () => EPOCH }, log };
    const strays = createStrayRuns(deps, quiet);
    return observe(step, [{ workflowRunId: run.id, requested }], { ...deps, strays });
  }

  it("is identified by the dispatch id in its title without being read, and is queued whatever the webhook says", async () => {
    const state = { status: "completed", conclusion: "success" };
    expect(await look(`Build [${DISPATCH}]`, state)).toMatchObject([
      { kind: "run-found", matchedBy: "dispatch-id", run: { status: "queued", conclusion: null } },
    ]);
    expect(calls).toEqual(["botLogin"]);
  });

  it("is read where its title says nothing of the dispatch", async () => {
    expect(await look("build-chain")).toMatchObject([{ kind: "run-found", matchedBy: "sole-candidate" }]);
    expect(calls).toEqual(["workflowRun", "workflowRuns", "botLogin"]);
  });
});
