/** `POST runs` and `POST plans`: what starts a release run, and what is refused. */
import { describe, expect, it } from "vitest";
import { startApi as start } from "./described-api.js";

const LOCK = { hub: "a/b", tag: "v1", components: { x: { repo: "a/x", ref: "main", sha: "a".repeat(40) } } };

describe("POST runs", () => {
  const release = { hub: "acme/hub", tag: "v1.0.0" };

  it("starts one, and names the live one to the second who asks", async () => {
    const { operations, call } = start();
    const first = await call("POST", "/runs", release);
    expect(first.status).toBe(201);
    expect(first.headers.get("location")).toBe(`/api/v1/runs/${String(first.body.id)}`);
    expect(first.body).toMatchObject({ ...release, status: "queued", conclusion: null });

    const second = await call("POST", "/runs", release);
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({
      type: "urn:release-chain:problem:live-run",
      run: { id: first.body.id, ...release, status: "queued" },
    });
    expect(second.body.detail).toContain(first.body.id);
    expect(operations.runs).toHaveLength(1);
  });

  it.each(["/runs", "/plans"])("422 with all problems at %s", async (path) => {
    const { operations, call } = start();
    const problems = [
      { code: "config", message: "release-chain.yml is missing." },
      { code: "permission", message: "ada may not write to acme/hub." },
    ];
    operations.problems.set("acme/hub", problems);
    const { status, body } = await call("POST", path, release);
    expect(status).toBe(422);
    expect(body.problems).toEqual(problems);
    expect(body.detail).toContain("release-chain.yml is missing. ada may not write");
  });

  it("POST plans gives the plan and starts nothing", async () => {
    const { operations, call } = start();
    const { status, body } = await call("POST", "/plans", release);
    expect([status, body.hub, body.version]).toEqual([200, "acme/hub", 1]);
    expect(operations.runs).toEqual([]);
  });

  it.each([
    ["no JSON", "hub=acme/hub", "no JSON"],
    ["nothing", "", "no JSON"],
    ["an array", "[]", "must be an object"],
    ["no tag", { hub: "acme/hub" }, "tag: is missing"],
    ["a hub without owner", { hub: "hub", tag: "v1" }, "hub: must be owner/repo"],
    ["a tag with a line end", { hub: "a/b", tag: "v1\n" }, "tag: must be the name of a tag"],
    ["an unknown key", { ...release, force: true }, "force"],
  ])("400 for a body that is %s", async (_, sent, sentence) => {
    const { operations, call } = start();
    const { status, body } = await call("POST", "/runs", sent);
    expect(status).toBe(400);
    expect(body.detail).toContain(sentence);
    expect(operations.runs).toEqual([]);
  });

  it.each(["/runs", "/plans"])("takes a lock at %s, of 2,000 components too", async (path) => {
    const { operations, call } = start();
    const entries = Array.from({ length: 2_000 }, (_, n) => [
      `c${n}`,
      { repo: "acme/c", ref: "main", sha: "a".repeat(40) },
    ]);
    const lock = { hub: "acme/hub", tag: "v0.9.0", components: Object.fromEntries(entries) as Record<string, unknown> };
    expect((await call("POST", path, { ...release, lock })).status).toBeLessThan(300);
    expect(operations.asked?.lock).toEqual(lock);
    await call("POST", "/plans", release);
    expect(operations.asked?.lock).toBeUndefined();
  });

  it.each(["/runs", "/plans"])("takes relock and configRef at %s", async (path) => {
    const { operations, call } = start();
    const mended = { ...release, relock: true, configRef: "fix/layers" };
    expect((await call("POST", path, mended)).status).toBeLessThan(300);
    expect(operations.asked).toEqual(mended);
    await call("POST", "/plans", release);
    expect(operations.asked).toEqual(release);
  });

  it.each([
    ["a lock beside relock", { relock: true, lock: LOCK }, "lock and relock exclude each other"],
    ["a relock in words", { relock: "yes" }, "relock"],
    ["an option for a configRef", { configRef: "--upload-pack=x" }, "configRef: must be a branch, a tag or a SHA"],
    ["an empty configRef", { configRef: "" }, "configRef"],
  ])("400 for %s", async (_, more, sentence) => {
    const { operations, call } = start();
    const { status, body } = await call("POST", "/runs", { ...release, ...more });
    expect([status, operations.runs]).toEqual([400, []]);
    expect(body.detail).toContain(sentence);
  });

  it.each([
    ["no component", { hub: "a/b", tag: "v1", components: {} }, "lock.components: there is no component"],
    [
      "a branch for a SHA",
      { hub: "a/b", tag: "v1", components: { x: { repo: "a/x", ref: "main", sha: "main" } } },
      "full commit SHA",
    ],
    ["a whole lock file", { version: 1, hub: "a/b", tag: "v1", components: [] }, "must name components by id"],
  ])("400 for a lock with %s", async (_, lock, sentence) => {
    const { operations, call } = start();
    const { status, body } = await call("POST", "/runs", { ...release, lock });
    expect(status).toBe(400);
    expect(body.detail).toContain(sentence);
    expect(operations.runs).toEqual([]);
  });

  it("413 for a body over 1 MiB", async () => {
    const { api } = start();
    const body = " ".repeat(1024 * 1024 + 1);
    const answer = await api.request("/api/v1/runs", { method: "POST", body }, { way: "control socket" });
    expect(answer.status).toBe(413);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });
});
