import type { AttemptView, ComponentView, RunView } from "../../src/chain/run-view.js";

const RELEASE = {
  id: 7,
  repo: "acme/product",
  tag: "v1.0.0",
  url: "https://github.com/acme/product/releases/tag/v1.0.0",
  draft: false,
  transfer: null,
};

/** The moment of the samples: 12.3 s after the run began. */
export const SAMPLE_NOW = Date.parse("2026-03-01T10:00:12.300Z");

function at(second: number): string {
  return new Date(Date.parse("2026-03-01T10:00:00.000Z") + second * 1000).toISOString();
}

function attempt(number: number, overrides: Partial<AttemptView> = {}): AttemptView {
  return {
    number,
    kind: number === 1 ? "dispatch" : "rerun",
    mode: number === 1 ? "dispatch" : "failed-jobs",
    dispatchId: "d-1",
    workflowRunId: 100 + number,
    runAttempt: number,
    url: `https://github.com/acme/x/actions/runs/${100 + number}`,
    matchedBy: "dispatch-id",
    candidates: [],
    status: "completed",
    conclusion: "success",
    failureClass: null,
    detail: null,
    startedAt: at(1),
    completedAt: at(3),
    retryAt: null,
    ...overrides,
  };
}

function component(id: string, overrides: Partial<ComponentView> = {}): ComponentView {
  return {
    id,
    repo: `acme/${id}`,
    sha: "a".repeat(40),
    build: true,
    needs: [],
    status: "waiting",
    conclusion: null,
    why: null,
    transfer: null,
    skippedBy: null,
    reusedFrom: null,
    maxAttempts: 3,
    attempts: [],
    ...overrides,
  };
}

const RUN: Omit<RunView, "components"> = {
  id: "01jx8r0v5k",
  hub: "acme/product",
  tag: "v1.0.0",
  status: "building",
  conclusion: null,
  reason: null,
  why: null,
  createdAt: at(0),
  startedAt: at(0),
  completedAt: null,
  trigger: "webhook",
  configRef: null,
  basedOn: null,
  groups: [["consensus", "core", "sdk"], ["protocol"], ["node"], ["docs"]],
  release: { ...RELEASE, assets: [] },
};

const failedOnce = attempt(1, {
  conclusion: "failure",
  failureClass: "build",
  detail: "The workflow run ended with failure.",
  completedAt: at(5),
});

export function liveRun(overrides: Partial<RunView> = {}): RunView {
  return {
    ...RUN,
    components: [
      component("docs", { why: "waits for node, which waits for its retry" }),
      component("node", { why: "is tried again in 4 s: its workflow run failed (build)", attempts: [failedOnce] }),
      component("protocol", {
        status: "in_progress",
        attempts: [
          failedOnce,
          attempt(2, { status: "in_progress", conclusion: null, startedAt: at(8), completedAt: null }),
        ],
      }),
      component("sdk", {
        status: "queued",
        why: "its workflow run waits for a runner",
        attempts: [attempt(1, { status: "queued", conclusion: null, startedAt: null, completedAt: null })],
      }),
      component("core", { build: false, status: "completed", conclusion: "success" }),
      component("consensus", { status: "completed", conclusion: "success", attempts: [attempt(1)] }),
    ],
    ...overrides,
  };
}

export function failedRun(): RunView {
  const twice = [
    failedOnce,
    attempt(2, {
      conclusion: "failure",
      failureClass: "artifact",
      detail: "firmware.zip is no ZIP archive.",
      startedAt: at(6),
      completedAt: at(9),
    }),
  ];
  return liveRun({
    id: "01jx8failed",
    status: "completed",
    conclusion: "failure",
    reason: "component_failed: node failed for good after 2 attempts.",
    completedAt: at(10),
    components: [
      component("consensus", { status: "completed", conclusion: "success", attempts: [attempt(1)] }),
      component("node", {
        status: "completed",
        conclusion: "failure",
        why: "firmware.zip is no ZIP archive.",
        attempts: twice,
      }),
      component("docs", { status: "completed", conclusion: "skipped", why: "needs node, which failed" }),
      component("sdk", { status: "completed", conclusion: "cancelled", why: "the release run ended before it did" }),
    ],
  });
}

export function publishedRun(): RunView {
  return liveRun({
    id: "01jx9done",
    status: "completed",
    conclusion: "success",
    completedAt: at(75),
    components: [component("consensus", { status: "completed", conclusion: "success", attempts: [attempt(1)] })],
    release: {
      ...RELEASE,
      assets: [
        { name: "libconsensus-1.0.0.tar.gz", size: 98_304, sha256: "ab".repeat(32) },
        { name: "SHA256SUMS", size: 92, sha256: "cd".repeat(32) },
      ],
      transfer: null,
    },
  });
}

/** What a person had a hand in: reused, skipped, to be adopted; the rest waits for others. */
export function steeredRun(): RunView {
  const sought = attempt(1, {
    status: "dispatching",
    conclusion: null,
    workflowRunId: null,
    url: null,
    matchedBy: null,
    candidates: [201, 202],
    startedAt: null,
    completedAt: null,
  });
  return liveRun({
    id: "01jx8again",
    why: "waits for release run 01jx8r0v5k of acme/product@v0.9.0 to end: only one of a concurrency group goes at a time",
    basedOn: "01jx8failed",
    configRef: "main",
    components: [
      component("consensus", {
        status: "completed",
        conclusion: "success",
        reusedFrom: { runId: "01jx8failed", tag: "v1.0.0" },
        why: "reused: release run 01jx8failed built it",
      }),
      component("docs", {
        status: "completed",
        conclusion: "skipped",
        skippedBy: "operator",
        why: "a person decided to do without it",
      }),
      component("sdk", {
        status: "dispatching",
        why: "several workflow runs could be its own (201, 202): held until one can be told apart",
        attempts: [sought],
      }),
      component("node", { why: "waits for sdk (dispatching)" }),
    ],
  });
}

/** Planning failed: no plan, no components. */
export function refusedRun(): RunView {
  return liveRun({
    id: "01jxbad",
    tag: "v0.9.0",
    status: "completed",
    conclusion: "failure",
    reason: "config: .github/release-chain.yml:3:5 unknown key `component`.\u001b[2J Did you mean `components`?",
    startedAt: null,
    completedAt: at(1),
    groups: [],
    components: [],
    release: null,
  });
}
