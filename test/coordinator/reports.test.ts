/** What is shown in GitHub of a release run, by a process that may die at any step of it. */
import { beforeEach, describe, expect, it } from "vitest";
import type { ReleaseRun } from "../../src/chain/run.js";
import type { CheckState } from "../../src/chain/check-run.js";
import { reportCheckRun, type ReportDeps } from "../../src/coordinator/report-check-run.js";
import { noteIssue, reportIssue } from "../../src/coordinator/report-issue.js";
import type { ReportGitHub } from "../../src/coordinator/report-port.js";
import { GitHubError, type GitHub, type Log } from "../../src/coordinator/ports.js";
import { MemoryStore } from "../contract/memory-store.js";
import { aComponentRun, aFoundAttempt, aPlan, aPlannedComponent, aRun, EPOCH } from "../contract/run-fixture.js";

class Death extends Error {}

interface Shown {
  checks: (CheckState & { id: number; externalId: string })[];
  issues: { number: number; open: boolean; title: string; body: string }[];
}

const signal = new AbortController().signal;
let shown: Shown;
let store: MemoryStore;
let warned: string[];
/** Steps until the process dies, each before and after its effect; 0: it lives. */
let lives: number;

async function step<T>(effect: () => T | Promise<T>): Promise<T> {
  if (--lives === 0) throw new Death();
  const result = await effect();
  if (--lives === 0) throw new Death();
  return result;
}

function unused(): Promise<never> {
  return Promise.reject(new Error("it is not asked"));
}

/** GitHub, as far as reports are concerned. */
function reportGitHub(): ReportGitHub {
  const { checks, issues } = shown;
  return {
    checkRuns: () =>
      step(() => checks.map(({ id, externalId, status }) => ({ id, externalId, completed: status === "completed" }))),
    createCheckRun: (_, check) => step(() => checks.push({ ...check, id: checks.length + 1 })),
    updateCheckRun: (_, id, state) =>
      step(() => {
        checks.splice(id - 1, 1, { externalId: "", ...checks[id - 1], ...state, id });
      }),
    issues: () => step(() => issues.map((issue) => ({ ...issue }))),
    createIssue: (_, issue) => step(() => issues.push({ ...issue, open: true, number: issues.length + 1 })),
    updateIssue: (_, number, { state, ...change }) =>
      step(() => {
        const [issue] = issues.slice(number - 1);
        if (issue !== undefined) Object.assign(issue, change, state !== undefined && { open: state === "open" });
      }),
    comments: unused,
    comment: unused,
    react: unused,
    changedFiles: unused,
  };
}

const job = { id: 9, name: "make", conclusion: "failure" };
const ended = { failedStep: "Build", stoppedStep: null, fellSilent: false, annotations: [] };

function deps(github: Partial<GitHub> = {}): ReportDeps {
  const quiet = (): void => undefined;
  const log: Log = { debug: quiet, info: quiet, error: quiet, warn: (_, message) => void warned.push(message) };
  const reads: Partial<GitHub> = {
    failedJobs: () => step(() => [{ ...job, ...ended }]),
    jobs: () => step(() => [{ ...job, status: "completed", url: null }]),
    jobLogTail: () => step(() => ({ lines: ["2026-01-01T00:00:00.0000000Z it broke"], truncated: false })),
    ...github,
  };
  const reports = store.reports;
  return {
    github: reads as GitHub,
    store,
    clock: { now: () => EPOCH },
    log,
    reporting: {
      github: reportGitHub(),
      store: {
        find: (runId, kind) => reports.find(runId, kind),
        save: (report) => step(() => reports.save(report)),
        runOfIssue: (repo, number) => reports.runOfIssue(repo, number),
        issueOf: (hub, tag) => reports.issueOf(hub, tag),
        unsettled: (since) => reports.unsettled(since),
      },
      access: null as never,
      pageOf: () => null,
    },
  };
}

/** One process after the other, each dying one step later than the one before, until one lives. */
async function survive(work: () => Promise<void>): Promise<number> {
  for (let deaths = 0; ; deaths++) {
    lives = deaths + 1;
    try {
      await work();
      return deaths;
    } catch (cause) {
      if (!(cause instanceof Death)) throw cause;
    }
  }
}

function failedRun(): ReleaseRun {
  const components = [
    aComponentRun({ id: "bsp", status: "completed", conclusion: "failure", attempts: [aFoundAttempt(17)] }),
  ];
  const plan = aPlan({ components: [aPlannedComponent({ id: "bsp" })], notify: [{ when: "failure", to: "issue" }] });
  const end = {
    status: "completed",
    conclusion: "failure",
    reason: "component_failed: bsp",
    completedAt: EPOCH,
  } as const;
  return aRun({ ...end, plan, components });
}

beforeEach(async () => {
  shown = { checks: [], issues: [] };
  store = new MemoryStore();
  warned = [];
  lives = 0;
  await store.createRun(failedRun());
});

describe("a process that dies at any step", () => {
  it("leaves one check run, which the next one finds again and brings to what it should show", async () => {
    const deaths = await survive(() => reportCheckRun(failedRun(), deps(), signal));
    expect(deaths).toBeGreaterThan(4);
    expect(shown.checks).toMatchObject([{ externalId: failedRun().id, status: "completed", conclusion: "failure" }]);
    // Known by now: it is not looked for, and not written again.
    lives = 1;
    await reportCheckRun(failedRun(), deps(), signal);
    const { id } = failedRun();
    expect(await store.reports.find(id, "check-run")).toMatchObject({ githubId: 1, settledAt: EPOCH });
  });

  it("leaves one issue, and says in it what the failing job said last", async () => {
    const deaths = await survive(async () => {
      await noteIssue(failedRun(), deps());
      await reportIssue(failedRun(), deps(), signal);
    });
    expect(deaths).toBeGreaterThan(4);
    expect(shown.issues).toMatchObject([{ open: true, title: `Release ${failedRun().tag} was not published` }]);
    expect(shown.issues[0]?.body).toContain("```text\nfailed step: Build\nit broke\n```");
    expect(await store.reports.unsettled(0)).toEqual([failedRun().id]);
  });
});

it("opens the issue also where GitHub does not tell what the job said", async () => {
  const gone = (): Promise<never> => Promise.reject(new GitHubError("unknown", 502, "GitHub did not answer"));
  await reportIssue(failedRun(), deps({ failedJobs: gone, jobLogTail: gone }), signal);
  expect(shown.issues[0]?.body).toContain("### What to do");
  expect(shown.issues[0]?.body).not.toContain("<details>");
  expect(warned).toHaveLength(2);
});
