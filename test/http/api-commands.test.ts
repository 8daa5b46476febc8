import { describe, expect, it } from "vitest";
import { ALONE } from "../../src/chain/explain.js";
import { GitHubError } from "../../src/coordinator/ports.js";
import { startApi } from "./described-api.js";
import { NOW, makeBuildingRun, makeRun } from "./sample-runs.js";

const COMPONENT = "/runs/run-1/components/meta-acme";

/** A release run that builds its only component. */
function start() {
  const started = startApi();
  started.operations.runs.push(makeBuildingRun({ id: "run-1" }));
  return started;
}

const COMMANDS = [
  ["/runs/run-1/cancel", undefined, { kind: "cancel" }],
  ["/runs/run-1/retry", {}, { kind: "retry" }],
  [`${COMPONENT}/cancel`, undefined, { kind: "cancel-component", component: "meta-acme" }],
  [`${COMPONENT}/retry`, "  ", { kind: "retry-component", component: "meta-acme" }],
  [`${COMPONENT}/skip`, {}, { kind: "skip-component", component: "meta-acme" }],
  [`${COMPONENT}/adopt`, { workflowRunId: 42 }, { kind: "adopt", component: "meta-acme", workflowRunId: 42 }],
] as const;

describe.each(COMMANDS)("POST %s", (path, sent, command) => {
  it("does it, and gives the run", async () => {
    const { operations, call } = start();
    const { status, body } = await call("POST", path, sent);
    expect(operations.commands).toEqual([{ runId: "run-1", command }]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: "run-1", status: "building", changed: true, detail: null });
  });

  it("says where nothing had to be done, and gives the run as well", async () => {
    const { operations, call } = start();
    const run = makeBuildingRun({ id: "run-1" });
    operations.commandResult = { kind: "unchanged", run, detail: "It is being cancelled already." };
    const { status, body } = await call("POST", path, sent);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: "run-1", changed: false, detail: "It is being cancelled already." });
  });

  it("409 with a stable code where it cannot be done", async () => {
    const { operations, call } = start();
    operations.commandResult = { kind: "refused", code: "already_published", message: "The release is published." };
    const { status, body } = await call("POST", path, sent);
    expect(status).toBe(409);
    expect(body).toMatchObject({
      type: "urn:release-chain:problem:not-possible",
      code: "already_published",
      detail: "The release is published.",
    });
  });

  it("404 for a release run that there is none of", async () => {
    const { operations, call } = start();
    const { status, body } = await call("POST", path.replace("run-1", "run-2"), sent);
    expect(status).toBe(404);
    expect(body.detail).toContain('"run-2"');
    expect(operations.runs).toHaveLength(1);
  });

  it("400 for a body that asks for something else, and does nothing", async () => {
    const { operations, call } = start();
    for (const wrong of ["cancel it", "[]", "null", { component: "meta-acme" }]) {
      const { status } = await call("POST", path, wrong);
      expect([wrong, status]).toEqual([wrong, 400]);
    }
    expect(operations.commands).toEqual([]);
  });

  it("502 where GitHub does not answer", async () => {
    const { operations, call } = start();
    operations.failure = new GitHubError("unknown", 502, "GET /repos/acme/hub was answered 502.");
    expect(await call("POST", path, sent)).toMatchObject({ status: 502 });
  });
});

describe("commands for components", () => {
  it.each(["cancel", "retry", "skip", "adopt"])(
    "%s: 404 for one that the run has not, which names those it has",
    async (verb) => {
      const { operations, call } = start();
      const body = verb === "adopt" ? { workflowRunId: 42 } : undefined;
      const answer = await call("POST", `/runs/run-1/components/meta%2Facme/${verb}`, body);
      expect(answer.status).toBe(404);
      expect(answer.body.detail).toBe('Release run run-1 has no component "meta/acme". It has meta-acme.');
      operations.runs.push(makeRun({ id: "young" }));
      const early = await call("POST", `/runs/young/components/meta-acme/${verb}`, body);
      expect([early.status, early.body.detail]).toEqual([
        404,
        expect.stringContaining("It has no plan: it is queued."),
      ]);
      expect(operations.commands).toEqual([]);
    },
  );

  it("take the ids that a configuration allows, encoded or not", async () => {
    const { operations, call } = start();
    const [run] = operations.runs;
    const id = "Meta_acme-1.0..x";
    operations.runs[0] = makeBuildingRun({
      id: "run-1",
      components: run?.components.map((it) => ({ ...it, id })) ?? [],
    });
    for (const written of [id, Array.from(id, (it) => `%${it.charCodeAt(0).toString(16)}`).join("")])
      expect((await call("POST", `/runs/run-1/components/${written}/skip`)).status).toBe(200);
    expect(operations.commands.map(({ command }) => command)).toEqual([
      { kind: "skip-component", component: id },
      { kind: "skip-component", component: id },
    ]);
  });

  it.each([{}, { workflowRunId: 0 }, { workflowRunId: 1.5 }, { workflowRunId: "42" }, ""])(
    "adopt: 400 for %j",
    async (sent) => {
      const { operations, call } = start();
      const { status, body } = await call("POST", `${COMPONENT}/adopt`, sent);
      expect(status).toBe(400);
      expect(body.detail).toMatch(/workflowRunId/);
      expect(operations.commands).toEqual([]);
    },
  );
});

describe("what a release run waits for outside of itself", () => {
  const until = NOW + 60_000;

  it("is told of the run and its components, also in lists", async () => {
    const { operations, call } = start();
    const { components } = makeBuildingRun();
    const waiting = components.map((each) => ({ ...each, status: "waiting" as const, attempts: [] }));
    operations.runs[0] = makeBuildingRun({ id: "run-1", status: "queued", components: waiting });
    operations.around = { ...ALONE, heldBy: { id: "run-0", hub: "acme/hub", tag: "v0.9.0" } };
    const why = "waits for release run run-0 of acme/hub@v0.9.0 to end: only one of a concurrency group goes at a time";
    expect((await call("GET", "/runs/run-1")).body).toMatchObject({
      why,
      components: [{ why: "waits for the release run of acme/hub@v0.9.0 to end (concurrency), since 05:06:07Z" }],
    });
    expect((await call("GET", "/runs")).body).toMatchObject({ items: [{ why }] });
    expect((await call("POST", "/runs/run-1/retry")).body).toMatchObject({ why });
  });

  it("is told of a run that is not planned yet", async () => {
    const { operations, call } = start();
    operations.runs.push(makeRun({ id: "young", status: "planning", startedAt: NOW }));
    operations.around = { ...ALONE, limited: () => ({ until, why: "GitHub asks to wait" }) };
    expect((await call("GET", "/runs/young")).body).toMatchObject({
      why: "is being planned since 05:06:07Z; it waits for GitHub's limits until about 05:07:07Z: GitHub asks to wait",
    });
  });

  it("is nothing once it has ended", async () => {
    const { operations, call } = start();
    operations.runs.push(makeRun({ id: "old", status: "completed", conclusion: "success", completedAt: NOW }));
    operations.around = { ...ALONE, limited: () => ({ until, why: "GitHub asks to wait" }) };
    expect((await call("GET", "/runs/old")).body).toMatchObject({ why: null });
  });
});
