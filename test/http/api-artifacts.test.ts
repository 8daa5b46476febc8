import { expect, it } from "vitest";
import { startApi } from "./described-api.js";
import { makeRun } from "./sample-runs.js";

const FILE = {
  component: "meta-acme",
  artifact: "image",
  file: "out/core.img",
  size: 2_000,
  sha256: "a".repeat(64),
  verified: { githubDigest: true, checksumFiles: ["SHA256SUMS"], attestedBy: null },
  kept: true,
};

it("lists the files of a run; 404 where there is none", async () => {
  const { operations, call } = startApi();
  operations.runs.push(makeRun({ id: "run-1" }));
  operations.files = [FILE];
  expect(await call("GET", "/runs/run-1/artifacts")).toMatchObject({
    status: 200,
    body: { items: [FILE], next: null },
  });
  expect((await call("GET", "/runs/other/artifacts")).status).toBe(404);
});

it("prunes, or only says what it would do", async () => {
  const { call } = startApi();
  expect(await call("POST", "/artifacts/prune")).toMatchObject({ status: 200, body: { dryRun: false } });
  expect(await call("POST", "/artifacts/prune", {})).toMatchObject({ status: 200, body: { dryRun: false } });
  const dry = await call("POST", "/artifacts/prune", { dryRun: true });
  expect(dry).toMatchObject({ status: 200, body: { dryRun: true, unreferenced: { files: 2, bytes: 20 } } });
  for (const wrong of [{ dryrun: true }, { dryRun: "yes" }, "dry"])
    expect((await call("POST", "/artifacts/prune", wrong)).status).toBe(400);
});

it("tells how far a pruning is", async () => {
  const { operations, call } = startApi();
  expect(await call("GET", "/artifacts/prune")).toMatchObject({
    status: 404,
    body: { detail: expect.stringContaining("is not being pruned") as string },
  });
  operations.progress = { found: 9, files: 1, bytes: 10, totalFiles: 2, totalBytes: 20 };
  expect(await call("GET", "/artifacts/prune")).toMatchObject({ status: 200, body: operations.progress });
});

it("begins a check, and tells how far it is", async () => {
  const { operations, call } = startApi();
  expect((await call("GET", "/artifacts/check")).body).toMatchObject({
    detail: expect.stringContaining("was not checked since the server started") as string,
  });
  expect(await call("POST", "/artifacts/check")).toMatchObject({ status: 202, body: { completedAt: null, files: 0 } });
  const finding = { kind: "missing" as const, sha256: FILE.sha256, places: [] };
  if (operations.check !== null)
    Object.assign(operations.check, { completedAt: 0, findings: [finding], strays: ["x"] });
  expect(await call("GET", "/artifacts/check")).toMatchObject({
    status: 200,
    body: { completedAt: "1970-01-01T00:00:00.000Z", findings: [finding], strays: ["x"] },
  });
  expect((await call("POST", "/artifacts/check", { all: true })).status).toBe(400);
});
