import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diagnose, type FailedJob } from "../../src/chain/job-failures.js";

function job(change: Partial<FailedJob> = {}): FailedJob {
  const step = { failedStep: null, stoppedStep: "bitbake", fellSilent: false };
  return { id: 1, name: "build", conclusion: "failure", ...step, annotations: [], ...change };
}

const EXIT_1 = "Process completed with exit code 1.";
const STARVED =
  "Anything in your workflow that terminates the runner process, starves it for CPU/Memory, or blocks its network access can cause this error.";

/** What a job shows, and what it means. */
const TABLE: [name: string, shown: Partial<FailedJob>, failureClass: string, detail: string][] = [
  [
    "a step's own exit code",
    { failedStep: "bitbake", annotations: [EXIT_1] },
    "build",
    'the job "build" failed in step "bitbake"',
  ],
  [
    "a self-hosted runner that is gone",
    {
      fellSilent: true,
      annotations: [
        `The self-hosted runner: yocto-3 lost communication with the server. Verify the machine is running and has a healthy network connection. ${STARVED}`,
      ],
    },
    "transient",
    'the job "build" lost its runner in step "bitbake": the runner no longer answered GitHub',
  ],
  [
    "a self-hosted runner that is gone, without its name",
    { fellSilent: true, annotations: [`The self-hosted runner lost communication with the server. ${STARVED}`] },
    "transient",
    'the job "build" lost its runner in step "bitbake": the runner no longer answered GitHub',
  ],
  [
    "a hosted runner that is gone",
    { annotations: [`The hosted runner: GitHub Actions 339 lost communication with the server. ${STARVED}`] },
    "transient",
    'the job "build" lost its runner in step "bitbake": the runner no longer answered GitHub',
  ],
  [
    "a runner that was shut down",
    {
      failedStep: "bitbake",
      stoppedStep: null,
      annotations: [
        "The runner has received a shutdown signal. This can happen when the runner service is stopped, or a manually started runner is canceled.",
        "Process completed with exit code 143.",
      ],
    },
    "transient",
    'the job "build" lost its runner in step "bitbake": the runner was shut down',
  ],
  [
    "a machine that was shut down",
    { annotations: ["Operating system is shutting down for computer 'WIN-7'", "The operation was canceled."] },
    "transient",
    'the job "build" lost its runner in step "bitbake": the runner was shut down',
  ],
  [
    "a runner that was stopped without a word",
    { annotations: ["The operation was canceled."] },
    "transient",
    'the job "build" lost its runner in step "bitbake": the job was broken off',
  ],
  [
    "a step that never ended, where annotations may not be read",
    { fellSilent: true },
    "transient",
    'the job "build" lost its runner in step "bitbake": the job was broken off',
  ],
  [
    "a hosted runner's own error",
    { annotations: ["The hosted runner encountered an error while running your job. (Error Type: Disconnect)."] },
    "transient",
    'the job "build" lost its runner in step "bitbake": GitHub\'s runner met an error of its own',
  ],
  [
    "an internal error",
    { stoppedStep: null, annotations: ["GitHub Actions has encountered an internal error when running your job."] },
    "transient",
    'the job "build" was ended by an internal error of GitHub\'s',
  ],
  [
    "a job that no hosted runner took",
    {
      stoppedStep: null,
      conclusion: "cancelled",
      annotations: [
        "The job was not acquired by Runner of type hosted even after multiple attempts\nInternal server error. Correlation ID: 79b9a27c-24a5-41cb-b9af-7f4a788e3b2a",
      ],
    },
    "transient",
    'no runner took the job "build", after several tries of GitHub\'s',
  ],
  [
    "an action that could not be downloaded",
    {
      failedStep: "Set up job",
      stoppedStep: null,
      annotations: ["Response status code does not indicate success: 503 (Service Unavailable)."],
    },
    "transient",
    'the runner of the job "build" could not download from GitHub what the job needs',
  ],
  [
    "an action that is not allowed",
    {
      failedStep: "Set up job",
      stoppedStep: null,
      annotations: [
        "Bad request - acme/action@main is not allowed to be used in acme/meta-acme. Actions in this workflow must be: within a repository that belongs to your Enterprise account.",
      ],
    },
    "configuration",
    'the job "build" uses an action that cannot be found, or is not allowed there',
  ],
  [
    "an unpaid account",
    {
      stoppedStep: null,
      annotations: [
        "The job was not started because recent account payments have failed or your spending limit needs to be increased. Please check the 'Billing & plans' section in your settings",
      ],
    },
    "configuration",
    'GitHub did not start the job "build" for a matter of billing: see "Billing & plans" in the owner\'s settings',
  ],
  [
    "GitHub's limit of a job",
    {
      conclusion: "cancelled",
      annotations: ["The job has exceeded the maximum execution time of 6h0m0s", "The operation was canceled."],
    },
    "timeout",
    'GitHub ended the job "build" in step "bitbake": it ran longer than 6h0m0s',
  ],
  [
    "GitHub's limit of a job, in the words of older servers",
    {
      conclusion: "cancelled",
      annotations: [
        "The job running on runner GitHub Actions 2 has exceeded the maximum execution time of 360 minutes.",
      ],
    },
    "timeout",
    'GitHub ended the job "build" in step "bitbake": it ran longer than 360 minutes',
  ],
  [
    "the limit of a step",
    { failedStep: "bitbake", annotations: ["The action 'bitbake' has timed out after 90 minutes."] },
    "timeout",
    'the runner ended the job "build" in step "bitbake": the step ran longer than 90 minutes',
  ],
  [
    "GitHub's limit of waiting",
    {
      conclusion: "cancelled",
      stoppedStep: null,
      annotations: ["The job has exceeded the maximum execution time while awaiting a runner for 24h0m0s"],
    },
    "timeout",
    'no runner took the job "build" within 24h0m0s, which is GitHub\'s limit',
  ],
  [
    "no runner online",
    {
      stoppedStep: null,
      annotations: [
        "This request was automatically failed because there were no enabled runners online to process the request for more than 1 days.",
      ],
    },
    "timeout",
    'no runner took the job "build": none was online',
  ],
  [
    "a job that GitHub calls timed out",
    { conclusion: "timed_out" },
    "timeout",
    'the job "build" took too long in step "bitbake"',
  ],
  [
    "a later run of its concurrency group",
    {
      conclusion: "cancelled",
      annotations: [
        "Canceling since a higher priority waiting request for build-main exists",
        "The operation was canceled.",
      ],
    },
    "cancelled",
    'the job "build" was cancelled: another run took its place in the concurrency group "build-main"',
  ],
  [
    "a person's cancel",
    { conclusion: "cancelled", annotations: ["The run was canceled by @ada.", "The operation was canceled."] },
    "cancelled",
    'the job "build" was cancelled in step "bitbake" by ada',
  ],
  [
    "a cancel of nobody in particular",
    { conclusion: "cancelled", annotations: ["The operation was canceled."] },
    "cancelled",
    'the job "build" was cancelled in step "bitbake" from outside',
  ],
];

describe("a job tells", () => {
  it.each(TABLE)("%s", (_, shown, failureClass, detail) => {
    expect(diagnose([job(shown)])).toEqual({ failureClass, detail });
  });

  it("nothing where it was cancelled and no annotation says why", () => {
    expect(diagnose([job({ conclusion: "cancelled" })])).toBeNull();
    expect(diagnose([])).toBeNull();
  });

  it("on one line, whatever its author called it", () => {
    const { detail } = diagnose([job({ name: `a\n${"b".repeat(200)}` })]) ?? {};
    expect(detail).toMatch(/^the job "a b{77}…" failed$/);
  });
});

describe("what a build prints", () => {
  it.each([
    "ERROR: mickledore do_fetch: Server said: The runner has received a shutdown signal",
    "test_reconnect: expected 'The hosted runner lost communication with the server'",
    "Response status code does not indicate success: 503 (Service Unavailable).",
    "fatal: unable to access 'https://git.example/': The operation was canceled.",
    "The self-hosted runner lost communication with the server. Verify the machine is running.",
  ])("is no lost runner where its step failed: %s", (text) => {
    const failed = job({ failedStep: "bitbake", annotations: [text, EXIT_1] });
    expect(diagnose([failed])).toMatchObject({ failureClass: "build" });
  });
});

describe("of several jobs", () => {
  const honest = job({ id: 2, name: "test", failedStep: "ptest", annotations: [EXIT_1] });
  const lost = job({ annotations: ["The hosted runner lost communication with the server."] });
  const cancelled = job({
    id: 3,
    name: "image",
    conclusion: "cancelled",
    annotations: ["The operation was canceled."],
  });

  it("one that failed by itself makes it a failed build", () => {
    const detail = 'the job "test" failed in step "ptest" (2 more jobs did not succeed)';
    expect(diagnose([cancelled, lost, honest])).toEqual({ failureClass: "build", detail });
  });

  it("those that were cancelled with it say least", () => {
    expect(diagnose([cancelled, lost])).toMatchObject({ failureClass: "transient" });
    expect(diagnose([cancelled, lost])?.detail).toMatch(/ \(1 more job did not succeed\)$/);
  });

  it("the order in which GitHub lists them does not matter for the class", () => {
    const all = TABLE.map(([name, shown], index) => job({ id: index, name, ...shown }));
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 1, maxLength: 5 }), (jobs) => {
        const reversed = diagnose(jobs.toReversed())?.failureClass;
        expect(diagnose(jobs)?.failureClass).toBe(reversed);
        expect(jobs.map((each) => diagnose([each])?.failureClass)).toContain(reversed);
      }),
    );
  });
});
