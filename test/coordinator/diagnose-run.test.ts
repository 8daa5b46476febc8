/** What a failed workflow run is asked about, and what of it goes into the event that tells of it. */
import { beforeEach, describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/chain/events.js";
import type { Attempt } from "../../src/chain/run.js";
import { createStrayRuns } from "../../src/coordinator/stray-runs.js";
import { observe } from "../../src/coordinator/observe.js";
import { GitHubError, type GitHub, type Log } from "../../src/coordinator/ports.js";
import type { Step } from "../../src/coordinator/step.js";
import { MemoryStore } from "../contract/memory-store.js";
import { aFoundAttempt, anAttempt, aPlan, aPlannedComponent, aRun, EPOCH } from "../contract/run-fixture.js";
import { FakeGitHub } from "./fake-github.js";
import { githubPort, openGate } from "./fake-github-port.js";
import { goodBuild, type FakeRun } from "./fake-github-types.js";

const REPO = "acme/meta-acme";
const DISPATCH = "rc_000000000000000000000001";

let now: number;
let world: FakeGitHub;
let github: GitHub;
let asked: number[];
let warned: string[];

beforeEach(() => {
  now = EPOCH;
  asked = [];
  warned = [];
  world = new FakeGitHub(() => now);
  world.addRepository(REPO);
  const port = githubPort(world, openGate);
  github = {
    ...port,
    failedJobs(repo, id, attempt) {
      asked.push(attempt);
      return port.failedJobs(repo, id, attempt);
    },
  };
});

function dispatched(script: Partial<typeof goodBuild>): FakeRun {
  world.script = () => ({ ...goodBuild, ...script });
  const run = world.dispatch(REPO, "repository_dispatch", {
    chain: { id: "r", dispatch_id: DISPATCH, component: "c" },
  });
  if (run === null) throw new Error("no run came of the dispatch");
  return run;
}

function observed(attempt: Attempt): Promise<RunEvent[]> {
  const planned = aPlannedComponent({
    id: "meta-acme",
    workflow: { id: world.repository(REPO).workflows[0]?.id ?? 0, path: "", name: "", declaredInputs: [] },
  });
  const step: Step = { run: aRun(), plan: aPlan(), planned, attempt };
  const quiet = (): void => undefined;
  const log: Log = { debug: quiet, info: quiet, error: quiet, warn: (_, message) => void warned.push(message) };
  const deps = { github, store: new MemoryStore(), clock: { now: () => now }, log };
  return observe(step, [], { ...deps, strays: createStrayRuns(deps, quiet) });
}

describe("a workflow run that was seen to fail", () => {
  it("tells of its lost runner, also where it is over when it is found", async () => {
    const { id } = dispatched({ conclusion: "failure", losesRunner: true });
    now += 3_600_000;
    const diagnosis = { failureClass: "transient", detail: /^the job "build" lost its runner in step "bitbake"/ };
    const expected = { diagnosis: { ...diagnosis, detail: expect.stringMatching(diagnosis.detail) as string } };
    expect(await observed(aFoundAttempt(id))).toMatchObject([{ kind: "run-observed", ...expected }]);
    const waiting = anAttempt({ dispatchId: DISPATCH, workflowRunId: null, sentAt: EPOCH });
    expect(await observed(waiting)).toMatchObject([{ kind: "run-found", ...expected }]);
  });

  it("is not asked while it is under way, after it succeeded, was stopped by us, or where a rerun has begun", async () => {
    const { id } = dispatched({ conclusion: "failure" });
    expect(await observed(aFoundAttempt(id))).not.toHaveProperty("0.diagnosis");
    now += 3_600_000;
    const cancel = { at: now, failureClass: "timeout" as const, detail: "", sentAt: now, forced: false };
    for (const change of [{ cancel }, { runAttempt: 2 }])
      expect(await observed(aFoundAttempt(id, change))).not.toHaveProperty("0.diagnosis");
    const good = dispatched({});
    now += 3_600_000;
    expect(await observed(aFoundAttempt(good.id))).not.toHaveProperty("0.diagnosis");
    expect(asked).toEqual([]);
  });

  it("tells nothing where its jobs may not be read, and is looked at again where they cannot be read for now", async () => {
    const { id } = dispatched({ conclusion: "failure" });
    now += 3_600_000;
    github.failedJobs = () => Promise.reject(new GitHubError("refused", 403, "Resource not accessible by integration"));
    expect(await observed(aFoundAttempt(id))).toMatchObject([{ kind: "run-observed", diagnosis: null }]);
    expect(warned).toEqual([expect.stringContaining("may not be read")]);
    github.failedJobs = () => Promise.reject(new GitHubError("unknown", 502, "Bad Gateway"));
    await expect(observed(aFoundAttempt(id))).rejects.toThrow("Bad Gateway");
  });
});
