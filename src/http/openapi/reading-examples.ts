/** Examples of run-routes.ts. */
import { at, buildingRun, lock, ofRun, plan, problem, TWIN_RUN_ID } from "./example-values.js";

const started = {
  id: "1.0",
  at: at("05:06:07"),
  sentence: "The release run was started by ada",
  kind: "command",
  command: "start",
  component: null,
  workflowRunId: null,
  by: "ada",
};

const queued = {
  id: "1.1",
  at: at("05:06:07"),
  sentence: "The release run is queued",
  kind: "run",
  status: "queued",
  conclusion: null,
  reason: null,
};

const job = {
  id: 31_005_870,
  name: "build",
  status: "completed",
  conclusion: "failure",
  url: "https://github.com/acme/docs/actions/runs/7205301190/job/31005870",
};

export const readingExamples = {
  listRuns: {
    page: {
      parameters: { hub: "acme/product", since: "2020-01-01", limit: 20 },
      status: 200,
      answer: { items: [buildingRun], next: null },
    },
    wrong: {
      parameters: { since: "yesterday" },
      ...problem(
        400,
        "Bad Request",
        "bad-request",
        "since: must be a day like 2026-03-01 or a time like 2026-03-01T12:00:00Z.",
      ),
    },
  },
  getRun: {
    run: { parameters: ofRun, status: 200, answer: buildingRun },
    unknown: {
      parameters: { id: "nothing" },
      ...problem(404, "Not Found", "not-found", 'There is no release run "nothing". GET /api/v1/runs lists them.'),
    },
  },
  getPlan: { plan: { parameters: ofRun, status: 200, answer: plan } },
  getLock: { lock: { parameters: ofRun, status: 200, answer: lock } },
  followRun: {
    stream: {
      parameters: ofRun,
      status: 200,
      type: "text/event-stream",
      answer: `retry: 2000\n\nid: ${started.id}\ndata: ${JSON.stringify(started)}\n\nevent: end\ndata: {}\n\n`,
    },
    list: {
      parameters: { ...ofRun, limit: 2 },
      status: 200,
      answer: { items: [started, queued], next: queued.id },
    },
    wrong: {
      parameters: { ...ofRun, after: "first" },
      ...problem(400, "Bad Request", "bad-request", "after: must be the id of an event, like 12.0."),
    },
  },
  getLog: {
    failed: {
      parameters: { ...ofRun, component: "docs", number: "last", tail: 5 },
      status: 200,
      answer: {
        component: "docs",
        attempt: 1,
        workflowRunId: TWIN_RUN_ID + 2,
        url: "https://github.com/acme/docs/actions/runs/7205301190",
        job,
        jobs: [job],
        lines: [
          "2026-03-04T05:12:29.1042311Z make: *** [Makefile:12: html] Error 2",
          "2026-03-04T05:12:29.1061170Z ##[error]Process completed with exit code 2.",
        ],
        truncated: true,
        complete: true,
      },
    },
  },
  listNotices: {
    sent: {
      parameters: ofRun,
      status: 200,
      answer: {
        items: [
          {
            target: "slack-releases",
            event: "failed 1",
            title: "acme/product@v1.2.0 failed",
            state: "sent",
            attempts: 1,
            createdAt: at("05:17:00"),
            retryAt: null,
            sentAt: at("05:17:01"),
            detail: null,
          },
        ],
        next: null,
      },
    },
  },
};
