/** Every call that reads, with what it asks, and what it makes of GitHub's answer. */
import { expect } from "vitest";
import type { GitHub } from "../../src/coordinator/ports.js";
import { ASSET, REPO, START, asset, release, workflowRun } from "./world.js";

export const SHA = "0123456789abcdef0123456789abcdef01234567";

function artifact(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 8,
    name: "image",
    size_in_bytes: 5,
    expired: false,
    created_at: "2025-03-01T12:11:00Z",
    digest: `sha256:${"cd".repeat(32)}`,
    ...fields,
  };
}

export interface Read {
  name: string;
  run(github: GitHub): Promise<unknown>;
  path: string;
  answer: unknown;
  result: unknown;
  /** What 404 gives. */
  absent: null | "none" | "error";
}

export const READS: Read[] = [
  {
    name: "repository",
    run: (github) => github.repository(REPO),
    path: "/repos/acme/sdk",
    answer: { full_name: "Acme/SDK", default_branch: "main", private: true, archived: false },
    result: { fullName: "Acme/SDK", defaultBranch: "main", private: true, archived: false },
    absent: null,
  },
  {
    name: "commitSha",
    run: (github) => github.commitSha(REPO, "feature/a b#1"),
    path: "/repos/acme/sdk/commits/feature%2Fa%20b%231?per_page=1",
    answer: { sha: SHA },
    result: SHA,
    absent: null,
  },
  {
    name: "tree",
    run: (github) => github.tree(REPO, SHA, true),
    path: `/repos/acme/sdk/git/trees/${SHA}?recursive=1`,
    answer: { sha: SHA, tree: [{ path: "conf", mode: "040000", type: "tree", sha: SHA, url: "x" }], truncated: true },
    result: { entries: [{ path: "conf", mode: "040000", type: "tree", sha: SHA, size: null }], truncated: true },
    absent: null,
  },
  {
    name: "compare",
    run: (github) => github.compare(REPO, "v1/0", SHA, 10),
    path: `/repos/acme/sdk/compare/v1%2F0...${SHA}`,
    answer: { status: "identical", total_commits: 0, html_url: "https://github.com/c", commits: [] },
    result: { status: "identical", total: 0, commits: [], url: "https://github.com/c" },
    absent: null,
  },
  {
    name: "workflows",
    run: (github) => github.workflows(REPO),
    path: "/repos/acme/sdk/actions/workflows?per_page=100&page=1",
    answer: { total_count: 1, workflows: [{ id: 5, name: "CI", path: ".github/workflows/ci.yml", state: "active" }] },
    result: [{ id: 5, name: "CI", path: ".github/workflows/ci.yml", state: "active" }],
    absent: "error",
  },
  {
    name: "permission",
    run: (github) => github.permission(REPO, "ada"),
    path: "/repos/acme/sdk/collaborators/ada/permission",
    answer: { permission: "write", role_name: "maintain" },
    result: "maintain",
    absent: "none",
  },
  {
    name: "workflowRun",
    run: (github) => github.workflowRun(REPO, 42),
    path: "/repos/acme/sdk/actions/runs/42",
    answer: workflowRun({ path: "acme/sdk/.github/workflows/build.yml@refs/heads/main" }),
    result: {
      id: 9_000_000_001,
      workflowId: 5,
      path: ".github/workflows/build.yml",
      event: "repository_dispatch",
      displayTitle: "build-chain",
      status: "completed",
      conclusion: "success",
      runAttempt: 2,
      headSha: "a".repeat(40),
      actor: "release-chain[bot]",
      createdAt: Date.parse("2025-03-01T12:00:05Z"),
      runStartedAt: Date.parse("2025-03-01T12:10:00Z"),
      url: "https://github.com/acme/sdk/actions/runs/9000000001",
    },
    absent: null,
  },
  {
    name: "workflowRuns",
    run: (github) => github.workflowRuns(REPO, "repository_dispatch", START + 1_999),
    path: "/repos/acme/sdk/actions/runs?event=repository_dispatch&created=%3E%3D2025-03-01T12%3A00%3A01Z&per_page=100&page=1",
    answer: { total_count: 0, workflow_runs: [] },
    result: [],
    absent: "error",
  },
  {
    name: "artifacts",
    run: (github) => github.artifacts(REPO, 42),
    path: "/repos/acme/sdk/actions/runs/42/artifacts?per_page=100&page=1",
    answer: { total_count: 2, artifacts: [artifact(), artifact({ id: 9, digest: null })] },
    result: [
      {
        id: 8,
        name: "image",
        size: 5,
        expired: false,
        createdAt: Date.parse("2025-03-01T12:11:00Z"),
        sha256: "cd".repeat(32),
      },
      { id: 9, name: "image", size: 5, expired: false, createdAt: Date.parse("2025-03-01T12:11:00Z"), sha256: null },
    ],
    absent: "error",
  },
  {
    name: "failedJobs",
    run: (github) => github.failedJobs(REPO, 42, 2),
    path: "/repos/acme/sdk/actions/runs/42/attempts/2/jobs?per_page=100&page=1",
    answer: { total_count: 1, jobs: [{ id: 6, name: "lint", conclusion: "success", steps: [] }] },
    result: [],
    absent: "error",
  },
  {
    name: "releaseByTag",
    run: (github) => github.releaseByTag(REPO, "v1/0"),
    path: "/repos/acme/sdk/releases/tags/v1%2F0",
    answer: release(),
    result: {
      id: 12,
      tag: "v1.0",
      draft: false,
      prerelease: false,
      immutable: true,
      author: "ada",
      authorType: "User",
      body: "Notes",
      url: "https://github.com/acme/sdk/releases/tag/v1.0",
      uploadUrl: "https://uploads.github.com/repos/acme/sdk/releases/12/assets{?name,label}",
    },
    absent: null,
  },
  {
    name: "releases",
    run: (github) => github.releases(REPO),
    path: "/repos/acme/sdk/releases?per_page=100&page=1",
    answer: [release({ draft: true })],
    result: [expect.objectContaining({ id: 12, draft: true })],
    absent: "error",
  },
  {
    name: "release",
    run: (github) => github.release(REPO, 12),
    path: "/repos/acme/sdk/releases/12",
    answer: release({ body: null, immutable: undefined }),
    result: {
      id: 12,
      tag: "v1.0",
      draft: false,
      prerelease: false,
      immutable: false,
      author: "ada",
      authorType: "User",
      body: "",
      url: "https://github.com/acme/sdk/releases/tag/v1.0",
      uploadUrl: "https://uploads.github.com/repos/acme/sdk/releases/12/assets{?name,label}",
    },
    absent: null,
  },
  {
    name: "assets",
    run: (github) => github.assets(REPO, 12),
    path: "/repos/acme/sdk/releases/12/assets?per_page=100&page=1",
    answer: [asset(), asset({ id: 32, digest: null, state: "starter", uploader: null })],
    result: [ASSET, { id: 32, name: "image.wic", size: 10, sha256: null, state: "starter", uploader: "ghost" }],
    absent: "error",
  },
];
