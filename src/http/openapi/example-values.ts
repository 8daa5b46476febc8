/** What the examples are about. */

export const RUN = "sYb0yqzN3mJr5QGcVfP2wA";
export const TWIN_RUN_ID = 7205301188;
export const SHA256 = "5d3cdb8c4b5d9d36a1c1b1c8a2ee6a0d9f0f5f5c4a2f7d1e3b6a9c8d7e6f5a4b";
export const TOKEN = "k3VtXq8RzLhYw1Dn0sUeCg";
const BASE_SHA = "8f2c1d7ab04e6935c1d7ab04e69358f2c1d7ab04";
const TWIN_SHA = "1d7ab04e69358f2c1d7ab04e69358f2c1d7ab048";
const HUB_SHA = "c1d7ab04e69358f2c1d7ab04e69358f2c1d7ab04";

export const ofRun = { id: RUN };
export const release = { hub: "acme/product", tag: "v1.2.0" };
export const at = (time: string): string => `2026-03-04T${time}.000Z`;

const attempt = {
  number: 1,
  kind: "dispatch",
  mode: "dispatch",
  dispatchId: "Zr4cV9tTq1oQp7yYc0m5Lw",
  workflowRunId: 7205301187,
  runAttempt: 1,
  url: "https://github.com/acme/base/actions/runs/7205301187",
  matchedBy: "dispatch-id",
  candidates: [],
  status: "in_progress",
  conclusion: null,
  failureClass: null,
  detail: null,
  startedAt: at("05:06:12"),
  completedAt: null,
  retryAt: null,
};

const component = {
  build: true,
  needs: [],
  conclusion: null,
  transfer: null,
  skippedBy: null,
  reusedFrom: null,
  maxAttempts: 1,
};

const base = {
  ...component,
  ...{ id: "base", repo: "acme/base", sha: BASE_SHA },
  ...{ status: "completed", conclusion: "success", why: null },
  attempts: [{ ...attempt, status: "completed", conclusion: "success", completedAt: at("05:16:40") }],
};

const twin = {
  ...component,
  ...{ id: "twin", repo: "acme/twin", sha: TWIN_SHA, needs: ["base"] },
  ...{ status: "in_progress", why: "workflow run 7205301188 is in progress since 05:16:51" },
  attempts: [
    {
      ...attempt,
      dispatchId: "Hn2kW8uRb6sXd3zEf9a0Jg",
      workflowRunId: TWIN_RUN_ID,
      url: "https://github.com/acme/twin/actions/runs/7205301188",
      matchedBy: "adopted",
      candidates: [TWIN_RUN_ID, 7205301189],
      startedAt: at("05:16:51"),
    },
  ],
};

/** As it is when it was started. */
export const startedRun = {
  id: RUN,
  ...release,
  status: "queued",
  conclusion: null,
  reason: null,
  why: null,
  createdAt: at("05:06:07"),
  startedAt: null,
  completedAt: null,
  trigger: "operator",
  configRef: null,
  basedOn: null,
  groups: [],
  components: [],
  release: null,
};

/** As it is in its middle. */
export const buildingRun = {
  ...startedRun,
  status: "building",
  startedAt: at("05:06:07"),
  groups: [["base"], ["twin"]],
  components: [base, twin],
  release: {
    id: 151_201_003,
    repo: release.hub,
    tag: release.tag,
    url: "https://github.com/acme/product/releases/tag/v1.2.0",
    draft: false,
    assets: [],
    transfer: null,
  },
};

export const cancelledRun = {
  ...buildingRun,
  status: "completed",
  conclusion: "cancelled",
  reason: "cancelled: A person cancelled the release run.",
  completedAt: at("05:20:00"),
};

export const plan = {
  version: 1,
  ...release,
  hubSha: HUB_SHA,
  createdAt: at("05:06:08"),
  components: [
    { id: "base", repo: "acme/base", ref: "main", sha: BASE_SHA },
    { id: "twin", repo: "acme/twin", ref: "main", sha: TWIN_SHA },
  ],
  groups: [["base"], ["twin"]],
  warnings: [],
};

export const lock = {
  version: 1,
  ...release,
  hubSha: HUB_SHA,
  groups: [["base"], ["twin"]],
  components: [
    { id: "base", repo: "acme/base", url: "https://github.com/acme/base.git", ref: "main", sha: BASE_SHA, build: true },
    { id: "twin", repo: "acme/twin", url: "https://github.com/acme/twin.git", ref: "main", sha: TWIN_SHA, build: true },
  ],
};

export const lockedBase = { base: { repo: "acme/base", ref: "main", sha: BASE_SHA } };

/** A problem of RFC 9457. */
export function problem(status: number, title: string, code: string, detail: string, more: object = {}) {
  return { status, answer: { type: `urn:release-chain:problem:${code}`, title, status, detail, ...more } };
}
