/** What is shown in GitHub of a release run, by a process that may die at any step of it. */
import { beforeEach, describe, expect, it } from "vitest";
import type { ReleaseRun } from "../../src/chain/run.js";
import { reportCheckRun, type ReportDeps } from "../../src/coordinator/report-check-run.js";
import type { ReportGitHub } from "../../src/coordinator/report-port.js";
import { noteIssue, reportIssue } from "../../src/coordinator/report-issue.js";
import { createReporter } from "../../src/coordinator/report-runs.js";
import { GitHubError, type GitHub, type Log } from "../../src/coordinator/ports.js";
import { MemoryStore } from "../contract/memory-store.js";
import { aComponentRun, aFoundAttempt, aPlan, aPlannedComponent, aRun, EPOCH } from "../contract/run-fixture.js";
import { FakeReports, reportPort } from "./fake-reports.js";

class Death extends Error {}

const signal = new AbortController().signal;
let shown: FakeReports;
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
      github: reportPort(shown, (_, effect) => step(effect)),
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

/** The same release run, tried again. */
function goingOn(): ReleaseRun {
  return { ...failedRun(), status: "building", conclusion: null, reason: null, completedAt: null };
}

function succeededRun(): ReleaseRun {
  return { ...failedRun(), conclusion: "success", reason: null };
}

beforeEach(async () => {
  shown = new FakeReports(() => EPOCH);
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
    expect(await store.reports.find(id, "check-run")).toMatchObject({
      githubId: shown.checks[0]?.id,
      settledAt: EPOCH,
    });
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

it("opens the issue also where the App may make no check runs", async () => {
  const own = deps();
  const refused = new GitHubError("refused", 403, "Resource not accessible by integration");
  const github = reportPort(shown, (name, effect) =>
    name === "createCheckRun" ? Promise.reject(refused) : step(effect),
  );
  const parts = { ...own, worker: "one", reporting: { ...own.reporting, github } };
  await createReporter(parts, () => undefined).report(failedRun().id);
  expect(shown).toMatchObject({ checks: [], issues: [{ open: true }] });
  expect(warned.at(-1)).toMatch(/^GitHub refuses to show release runs/);
});

it("opens the issue also where GitHub does not tell what the job said", async () => {
  const gone = (): Promise<never> => Promise.reject(new GitHubError("unknown", 502, "GitHub did not answer"));
  await reportIssue(failedRun(), deps({ failedJobs: gone, jobLogTail: gone }), signal);
  expect(shown.issues[0]?.body).toContain("### What to do");
  expect(shown.issues[0]?.body).not.toContain("<details>");
  expect(warned).toHaveLength(2);
});

describe("a process that dies once the check run shows the end", () => {
  /** As far as it gets; whether the next process knows that something is left to be shown. */
  async function dying(run: ReleaseRun): Promise<boolean> {
    await noteIssue(run, deps());
    await reportCheckRun(run, deps(), signal);
    return (await store.reports.unsettled(0)).includes(run.id);
  }

  it("leaves the issue to the next one: to be opened, to tell of another failure, to be closed", async () => {
    const again = { ...failedRun(), reason: "component_failed: image" };
    for (const run of [failedRun(), again, succeededRun()]) {
      expect(await dying(run)).toBe(true);
      await reportIssue(run, deps(), signal);
      expect(await dying(run)).toBe(false);
    }
    expect(shown.issues).toMatchObject([{ open: false }]);
    expect(shown.issues[0]?.body).toContain("component_failed: image");
  });
});

describe("what GitHub did, and did not answer", () => {
  /** The next request of a name takes effect, and its answer is lost. */
  function losing(lost: keyof ReportGitHub): ReportDeps {
    const own = deps();
    let isLost = false;
    const github = reportPort(shown, async (name, effect) => {
      const result = await step(effect);
      if (name !== lost || isLost) return result;
      isLost = true;
      throw new GitHubError("unknown", 502, "GitHub did not answer");
    });
    return { ...own, reporting: { ...own.reporting, github } };
  }

  const unanswered = (work: Promise<void>): Promise<void> => expect(work).rejects.toThrow("GitHub did not answer");

  it("is an issue, which a success that comes before it is known closes", async () => {
    await noteIssue(failedRun(), deps());
    await unanswered(reportIssue(failedRun(), losing("createIssue"), signal));
    await reportIssue(succeededRun(), deps(), signal);
    expect(shown.issues).toMatchObject([{ open: false, comments: [{}] }]);
    expect(await store.reports.find(failedRun().id, "issue")).toMatchObject({ githubId: 1, settledAt: EPOCH });
  });

  it("is a second check run, of a release run that went on and has ended before it is known", async () => {
    await reportCheckRun(failedRun(), deps(), signal);
    await unanswered(reportCheckRun(goingOn(), losing("createCheckRun"), signal));
    await reportCheckRun(succeededRun(), deps(), signal);
    expect(shown.checks.map(({ status, conclusion }) => [status, conclusion])).toEqual([
      ["completed", "failure"],
      ["completed", "success"],
    ]);
  });
});

describe("an issue about a release run that another one of the tag has followed", () => {
  beforeEach(async () => {
    await noteIssue(failedRun(), deps());
  });
  const later = (): ReleaseRun => ({ ...succeededRun(), id: "run_later", createdAt: failedRun().createdAt + 1 });

  it("is not opened where that one has succeeded, and nothing more is tried", async () => {
    await store.createRun(later());
    await reportIssue(later(), deps(), signal);
    await reportIssue(failedRun(), deps(), signal);
    expect(shown.issues).toEqual([]);
    expect(await store.reports.find(failedRun().id, "issue")).toMatchObject({ settledAt: EPOCH });
  });

  it("is closed again where that one succeeds while it is opened", async () => {
    const own = deps();
    const github = reportPort(shown, async (name, effect) => {
      const result = await effect();
      if (name !== "createIssue") return result;
      await store.createRun(later());
      await reportIssue(later(), deps(), signal);
      return result;
    });
    await reportIssue(failedRun(), { ...own, reporting: { ...own.reporting, github } }, signal);
    expect(shown.issues).toMatchObject([{ open: false }]);
  });
});
