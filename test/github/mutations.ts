/** Every call that changes something, with the request that it sends and what it makes of GitHub's answer. */
import { Readable } from "node:stream";
import { expect } from "vitest";
import type { GitHub } from "../../src/coordinator/ports.js";
import { API, ASSET, REPO, START, asset, release } from "./world.js";

const UPLOAD_URL = "https://uploads.github.com/repos/acme/sdk/releases/12/assets{?name,label}";

export interface Mutation {
  name: string;
  run(github: GitHub): Promise<unknown>;
  host: string;
  method: "POST" | "PATCH" | "DELETE";
  path: string;
  body: unknown;
  answer: [status: number, body?: Record<string, unknown>];
  result: unknown;
}

export function upload(github: GitHub, url = UPLOAD_URL): Promise<unknown> {
  return github.uploadAsset(
    REPO,
    url,
    {
      name: "image v1+2.wic",
      contentType: "application/gzip",
      size: 10,
      open: () => Readable.from([Buffer.from("0123456789")]),
    },
    new AbortController().signal,
  );
}

export const MUTATIONS: Mutation[] = [
  {
    name: "repositoryDispatch",
    run: (github) => github.repositoryDispatch(REPO, "build-chain", { version: "v1.0", chain: { id: "x" } }, 0),
    host: API,
    method: "POST",
    path: "/repos/acme/sdk/dispatches",
    body: { event_type: "build-chain", client_payload: { version: "v1.0", chain: { id: "x" } } },
    answer: [204],
    result: { at: START },
  },
  {
    name: "workflowDispatch",
    run: (github) => github.workflowDispatch(REPO, 5, "main", { machine: "imx8", clean: true, jobs: 4 }, 0),
    host: API,
    method: "POST",
    path: "/repos/acme/sdk/actions/workflows/5/dispatches",
    body: { ref: "main", inputs: { machine: "imx8", clean: "true", jobs: "4" }, return_run_details: true },
    answer: [200, { workflow_run_id: 42, run_url: "https://x", html_url: "https://x" }],
    result: { at: START, workflowRunId: 42 },
  },
  {
    name: "rerun of failed jobs",
    run: (github) => github.rerun(REPO, 42, "failed-jobs", 0),
    host: API,
    method: "POST",
    path: "/repos/acme/sdk/actions/runs/42/rerun-failed-jobs",
    body: "",
    answer: [201, {}],
    result: { at: START },
  },
  {
    name: "rerun of all jobs",
    run: (github) => github.rerun(REPO, 42, "all-jobs", 0),
    host: API,
    method: "POST",
    path: "/repos/acme/sdk/actions/runs/42/rerun",
    body: "",
    answer: [201, {}],
    result: { at: START },
  },
  {
    name: "cancel",
    run: (github) => github.cancel(REPO, 42, false),
    host: API,
    method: "POST",
    path: "/repos/acme/sdk/actions/runs/42/cancel",
    body: "",
    answer: [202, {}],
    result: { at: START },
  },
  {
    name: "forced cancel",
    run: (github) => github.cancel(REPO, 42, true),
    host: API,
    method: "POST",
    path: "/repos/acme/sdk/actions/runs/42/force-cancel",
    body: "",
    answer: [202, {}],
    result: { at: START },
  },
  {
    name: "updateReleaseBody",
    run: (github) => github.updateReleaseBody(REPO, 12, "Notes\n<!-- chain -->"),
    host: API,
    method: "PATCH",
    path: "/repos/acme/sdk/releases/12",
    body: { body: "Notes\n<!-- chain -->" },
    answer: [200, { id: 12 }],
    result: undefined,
  },
  {
    name: "createDraft",
    run: (github) =>
      github.createDraft(REPO, { tag: "v1", commit: "main", name: "v1", body: "<!-- x -->", prerelease: true }),
    host: API,
    method: "POST",
    path: "/repos/acme/sdk/releases",
    body: { tag_name: "v1", target_commitish: "main", name: "v1", body: "<!-- x -->", prerelease: true, draft: true },
    answer: [201, release({ draft: true })],
    result: expect.objectContaining({ id: 12, draft: true }) as unknown,
  },
  {
    name: "publishDraft",
    run: (github) => github.publishDraft(REPO, 12, false, "legacy"),
    host: API,
    method: "PATCH",
    path: "/repos/acme/sdk/releases/12",
    body: { draft: false, prerelease: false, make_latest: "legacy" },
    answer: [200, release()],
    result: expect.objectContaining({ id: 12, draft: false }) as unknown,
  },
  {
    name: "deleteRelease",
    run: (github) => github.deleteRelease(REPO, 12),
    host: API,
    method: "DELETE",
    path: "/repos/acme/sdk/releases/12",
    body: "",
    answer: [204],
    result: undefined,
  },
  {
    name: "createTag",
    run: (github) => github.createTag(REPO, "v1/rc", "a".repeat(40)),
    host: API,
    method: "POST",
    path: "/repos/acme/sdk/git/refs",
    body: { ref: "refs/tags/v1/rc", sha: "a".repeat(40) },
    answer: [201, {}],
    result: undefined,
  },
  {
    name: "deleteTag",
    run: (github) => github.deleteTag(REPO, "v1/r c"),
    host: API,
    method: "DELETE",
    path: "/repos/acme/sdk/git/refs/tags/v1/r%20c",
    body: "",
    answer: [204],
    result: undefined,
  },
  {
    name: "uploadAsset",
    run: (github) => upload(github),
    host: "https://uploads.github.com",
    method: "POST",
    path: "/repos/acme/sdk/releases/12/assets?name=image+v1%2B2.wic",
    body: "0123456789",
    answer: [201, asset()],
    result: ASSET,
  },
  {
    name: "deleteAsset",
    run: (github) => github.deleteAsset(REPO, 31),
    host: API,
    method: "DELETE",
    path: "/repos/acme/sdk/releases/assets/31",
    body: "",
    answer: [204],
    result: undefined,
  },
];
