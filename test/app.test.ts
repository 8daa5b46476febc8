import { STEERING_ACTIONS } from "../src/coordinator/redeliveries.js";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Probot } from "probot";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { NOT_STORED, createApp } from "../src/app.js";
import { FakeIntake, privateKey } from "./http/fake-app.js";
import { NOW, clock } from "./http/sample-runs.js";
import { memoryLog } from "./http/memory-log.js";

interface Example {
  name: string;
  examples: Record<string, unknown>[];
}
// real payloads, recorded by Octokit
const examples = createRequire(import.meta.url)("@octokit/webhooks-examples/api.github.com/index.json") as Example[];

function payloads(event: string): Record<string, unknown>[] {
  return examples.find(({ name }) => name === event)?.examples ?? [];
}

/** The app in a real Probot whose every request to GitHub fails the test. */
async function start(options: { storeWithin?: number } = {}) {
  const intake = new FakeIntake();
  const { log, lines, text } = memoryLog();
  const requests: string[] = [];
  function refuse(url: string): never {
    requests.push(url);
    throw new Error(`request to ${url}`);
  }
  const probot = new Probot({ appId: 1, privateKey, secret: "x".repeat(20), log, request: { fetch: refuse } });
  await probot.load(createApp(intake, { log, clock, ...options }), { cwd: ".", addHandler: () => undefined });
  return {
    intake,
    lines,
    text,
    requests,
    receive: (name: string, payload: Record<string, unknown>, id = "guid-1") =>
      probot.webhooks.receive({ id, name, payload } as Parameters<typeof probot.webhooks.receive>[0]),
  };
}

describe("what is stored", () => {
  it("of a release", async () => {
    const app = await start();
    const payload = payloads("release").find(({ action, installation }) => action === "created" && installation);
    await app.receive("release", payload ?? {});
    expect(app.intake.stored).toEqual([
      {
        guid: "guid-1",
        event: "release",
        action: "created",
        receivedAt: NOW,
        facts: {
          kind: "release",
          hub: "Codertocat/Hello-World",
          tag: "0.0.1",
          releaseId: 17372790,
          draft: false,
          prerelease: false,
          author: "Codertocat",
          authorType: "User",
          sender: "Codertocat",
        },
      },
    ]);
  });

  it("of a pushed tag, and nothing of a branch", async () => {
    const app = await start();
    const [payload] = payloads("create");
    await app.receive("create", { ...payload, ref_type: "branch" });
    expect(app.intake.stored).toEqual([]);
    await app.receive("create", { ...payload });
    expect(app.intake.stored.map(({ action, facts }) => ({ action, facts }))).toEqual([
      {
        action: null,
        facts: {
          kind: "create",
          hub: "Codertocat/Hello-World",
          tag: "simple-tag",
          sender: "Codertocat",
          senderType: "User",
        },
      },
    ]);
  });

  it("of a workflow run", async () => {
    const app = await start();
    const payload = payloads("workflow_run").find(({ action }) => action === "requested");
    await app.receive("workflow_run", payload ?? {});
    expect(app.intake.stored[0]).toMatchObject({
      action: "requested",
      facts: { kind: "workflow_run", repo: "octo-org/octo-repo", event: "repository_dispatch" },
    });
    expect(app.intake.stored[0]?.facts).toHaveProperty("workflowRunId", expect.any(Number));
  });

  it("of a workflow run that was requested, all of it, if the webhook has it all", async () => {
    const app = await start();
    const workflow_run = {
      id: 7,
      workflow_id: 5,
      path: "acme/sdk/.github/workflows/build.yml@refs/heads/main",
      event: "repository_dispatch",
      display_title: "build [rc_1]",
      status: "queued",
      conclusion: null,
      run_attempt: 1,
      head_sha: "a".repeat(40),
      actor: { login: "release-chain[bot]" },
      created_at: "2025-03-01T12:00:05Z",
      run_started_at: "2025-03-01T12:00:06Z",
      html_url: "https://github.com/acme/sdk/actions/runs/7",
    };
    const payload = { action: "requested", repository: { full_name: "acme/sdk" }, workflow_run };
    await app.receive("workflow_run", payload, "whole");
    await app.receive("workflow_run", { ...payload, action: "in_progress" }, "later");
    await app.receive("workflow_run", { ...payload, workflow_run: { ...workflow_run, display_title: null } }, "part");
    const requested = {
      id: 7,
      workflowId: 5,
      path: ".github/workflows/build.yml",
      event: "repository_dispatch",
      displayTitle: "build [rc_1]",
      status: "queued",
      conclusion: null,
      runAttempt: 1,
      headSha: "a".repeat(40),
      actor: "release-chain[bot]",
      createdAt: Date.parse("2025-03-01T12:00:05Z"),
      runStartedAt: Date.parse("2025-03-01T12:00:06Z"),
      url: "https://github.com/acme/sdk/actions/runs/7",
    };
    const facts = { kind: "workflow_run", repo: "acme/sdk", workflowRunId: 7, event: "repository_dispatch" };
    expect(app.intake.stored.map((stored) => stored.facts)).toEqual([{ ...facts, requested }, facts, facts]);
  });

  it.each([
    ["installation", "Codertocat"],
    ["installation_repositories", "Codertocat"],
  ])("of %s", async (event, account) => {
    const app = await start();
    const payload = payloads(event).find(({ action }) => action === "created" || action === "added");
    await app.receive(event, payload ?? {});
    expect(app.intake.stored[0]?.facts).toEqual({ kind: "installation", account });
  });

  it("of an account that was renamed", async () => {
    const app = await start();
    const payload = { action: "renamed", account: { login: "new-name" }, installation: { id: 1 } };
    await app.receive("installation_target", payload);
    expect(app.intake.stored[0]?.facts).toEqual({ kind: "installation", account: "new-name" });
  });
});

describe("whatever GitHub sends", () => {
  it("every recorded payload is taken or dropped without an error, and without a word to GitHub", async () => {
    const app = await start();
    let sent = 0;
    for (const { name, examples: bodies } of examples) {
      for (const body of bodies) await app.receive(name, body, `guid-${(sent += 1)}`);
    }
    const events = new Set(app.intake.stored.map(({ event }) => event));
    expect(sent).toBeGreaterThan(200);
    expect([...events].sort()).toEqual([
      "check_run",
      "create",
      "installation",
      "installation_repositories",
      "pull_request",
      "release",
      "workflow_run",
    ]);
    const taken = (event: string, payload: Record<string, unknown>): boolean =>
      STEERING_ACTIONS[event]?.has(String(payload["action"])) ?? true;
    const expected = [...events].reduce(
      (sum, event) => sum + payloads(event).filter((payload) => taken(event, payload)).length,
      0,
    );
    expect(app.intake.stored).toHaveLength(expected);
    expect(app.lines.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
    expect(app.requests).toEqual([]);
  });

  it.each([
    ["release", { release: { tag_name: "v1" } }, "repository, release.id, release.draft"],
    ["release", {}, "repository, release, sender"],
    ["create", {}, "ref_type"],
    [
      "create",
      { ref_type: "tag", ref: "", repository: { full_name: "nonsense" } },
      "repository.full_name, ref, sender",
    ],
    ["workflow_run", { workflow_run: { id: "1" } }, "repository, workflow_run.id, workflow_run.event"],
    ["installation", { action: "created", installation: {} }, "installation.account"],
  ])("%s that lacks something is logged with its GUID and dropped", async (event, payload, missing) => {
    const app = await start();
    await app.receive(event, payload, "guid-of-it");
    expect(app.intake.stored).toEqual([]);
    const warnings = app.lines.filter(({ level }) => level === "warn");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ delivery: "guid-of-it", event });
    expect(warnings[0]?.msg).toContain(missing);
  });
});

describe("when storing fails", () => {
  const release = payloads("release")[0] ?? {};

  it("the error says nothing of the cause, and the log does", async () => {
    const app = await start();
    app.intake.failure = new Error("SQLITE_IOERR: disk I/O error at /var/lib/chain");
    const error = await app.receive("release", release).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: NOT_STORED });
    expect(app.lines.find(({ level }) => level === "error")).toMatchObject({
      delivery: "guid-1",
      err: { message: "SQLITE_IOERR: disk I/O error at /var/lib/chain" },
    });
  });

  it("by never ending, it is given up", async () => {
    const app = await start({ storeWithin: 5 });
    app.intake.hangs = true;
    await expect(app.receive("release", release)).rejects.toThrow(NOT_STORED);
    expect(app.text()).toContain("Storing took more than 5 ms.");
  });

  it("the payload does not get into the log", async () => {
    const app = await start();
    app.intake.failure = new Error("broken");
    await app.receive("release", { ...release, private: "words-of-a-private-repository" }).catch(() => undefined);
    expect(app.text()).not.toContain("words-of-a-private-repository");
  });
});

describe("app.yml", () => {
  const manifest = parse(readFileSync(join(import.meta.dirname, "../app.yml"), "utf8")) as Record<string, unknown>;

  it("asks for what is needed and no more", () => {
    expect(manifest.default_permissions).toEqual({
      metadata: "read",
      contents: "write",
      actions: "write",
      checks: "write",
      issues: "write",
      pull_requests: "read",
      attestations: "read",
    });
  });

  it("subscribes to events its permissions allow, and to all that the app stores", () => {
    // GitHub, "Webhook events and payloads": the permission each event asks for
    const permissionOf: Record<string, string> = {
      release: "contents",
      create: "contents",
      workflow_run: "actions",
      workflow_job: "actions",
      check_run: "checks",
      issue_comment: "issues",
      pull_request: "pull_requests",
    };
    const events = manifest.default_events as string[];
    expect(events).toEqual(expect.arrayContaining(["release", "create", "workflow_run"]));
    for (const event of events) expect(manifest.default_permissions).toHaveProperty(permissionOf[event] ?? "unknown");
    // these come unasked, and a manifest that names them is refused
    expect(events.filter((event) => event.startsWith("installation"))).toEqual([]);
  });

  it("points the webhook at the route that is served", () => {
    expect(manifest).toMatchObject({ name: "release-chain", public: false, hook_attributes: { active: true } });
    const { url } = manifest.hook_attributes as { url: string };
    expect(new URL(url).pathname).toBe("/api/github/webhooks");
    expect(manifest.description).toEqual(expect.any(String));
    expect(URL.canParse(manifest.url as string)).toBe(true);
  });
});
