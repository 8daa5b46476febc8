/** Examples of artifact-routes.ts and hand-off-routes.ts. */
import { at, lockedBase, ofRun, problem, SHA256 } from "./example-values.js";

const count = (files: number) => ({ files, bytes: files * 2_000 });
const check = {
  startedAt: at("05:30:00"),
  completedAt: null,
  failure: null,
  ...{ files: 0, bytes: 0, totalFiles: 2, totalBytes: 4_000 },
  findings: [],
  strays: [],
};
const file = { component: "base", artifact: "base-image", file: "base.img", size: 2_000, sha256: SHA256 };

export const artifactExamples = {
  listArtifacts: {
    page: {
      parameters: { ...ofRun, limit: 1 },
      status: 200,
      answer: {
        items: [
          { ...file, verified: { githubDigest: true, checksumFiles: ["SHA256SUMS"], attestedBy: null }, kept: true },
        ],
        next: "base/base-image/base.img",
      },
    },
    next: {
      parameters: { ...ofRun, limit: 1, after: "base/base-image/base.img" },
      status: 200,
      answer: {
        items: [
          {
            ...{ ...file, component: "twin", artifact: "twin-image", file: "twin.img" },
            ...{ verified: { githubDigest: true, checksumFiles: [], attestedBy: null }, kept: true },
          },
        ],
        next: null,
      },
    },
  },
  getArtifact: {
    whole: {
      parameters: { sha256: SHA256, name: "base.img" },
      status: 200,
      type: "application/octet-stream",
      answer: "base base base …",
    },
    unknown: {
      parameters: { sha256: "0".repeat(64) },
      ...problem(
        404,
        "Not Found",
        "not-found",
        "The artifact store has no such file. GET /api/v1/runs/{id} says what a run has.",
      ),
    },
  },
  listUpstream: {
    json: {
      parameters: { ...ofRun, component: "twin" },
      status: 200,
      answer: [{ ...file, url: `https://chain.example.com/api/v1/artifacts/${SHA256}?handoff=…` }],
    },
    sums: {
      parameters: { ...ofRun, component: "twin", format: "sha256sum" },
      status: 200,
      type: "text/plain",
      answer: `${SHA256}  base.img\n`,
    },
  },
  getComponentLock: { lock: { parameters: { ...ofRun, component: "twin" }, status: 200, answer: lockedBase } },
  pruneArtifacts: {
    look: {
      body: { dryRun: true },
      status: 200,
      answer: {
        dryRun: true,
        unreferenced: count(1),
        space: count(0),
        runs: [{ id: "o5Qe2hTz8mWc1xYp4kLs0A", hub: "acme/product", tag: "v0.9.0", why: "retention" }],
        left: count(2),
        limit: 100_000_000_000,
        above: 0,
        free: 64_000_000_000,
      },
    },
  },
  getPruning: {
    none: problem(
      404,
      "Not Found",
      "not-found",
      "The artifact store is not being pruned. POST /api/v1/artifacts/prune does it.",
    ),
  },
  startCheck: { begun: { body: {}, status: 202, answer: check } },
  getCheck: {
    done: {
      status: 200,
      answer: { ...check, completedAt: at("05:30:02"), files: 2, bytes: 4_000 },
    },
  },
};
