import { afterEach, beforeEach, expect, test } from "vitest";
import AdmZip from "adm-zip";
import { startSandbox, type ArtifactScript, type Sandbox, type ScriptContext } from "../../src/sandbox/sandbox.js";
import { ask, installationToken, list, type Answer } from "./client.js";

const repo = "/repos/acme/node";
const build = ".github/workflows/build.yml";
let sandbox: Sandbox;
let as: string;

beforeEach(async () => {
  sandbox = await startSandbox();
  sandbox.addRepository({
    fullName: "acme/node",
    files: {
      [build]:
        "on:\n  repository_dispatch: {types: [build-chain]}\nrun-name: ${{ github.event.client_payload.v || 'none' }}\n",
      ".github/workflows/text.yml": "on: repository_dispatch\n",
      ".github/workflows/list.yaml": "on: [push, repository_dispatch]\n",
      ".github/workflows/other.yml": "on: {repository_dispatch: {types: [other]}}\n",
      ".github/workflows/manual.yml":
        "on: {workflow_dispatch: {inputs: {soc: {required: true}, mode: {default: fast}}}}\n",
      ".github/workflows/broken.yml": "on: [unclosed\n",
      ".github/not-a-workflow.yml": "on: repository_dispatch\n",
    },
  });
  as = await installationToken(sandbox, "acme/node");
});

afterEach(async () => {
  await sandbox.close();
});

async function dispatch(body: unknown): Promise<Answer> {
  return ask(sandbox, `POST ${repo}/dispatches`, { as, body });
}

/** Dispatches with all but `build.yml` switched off; gives the id of the run. */
async function built(payload = {}): Promise<number> {
  for (const name of ["text.yml", "list.yaml"]) {
    sandbox.setWorkflowState("acme/node", `.github/workflows/${name}`, "disabled_manually");
  }
  const before = sandbox.runs.length;
  await dispatch({ event_type: "build-chain", client_payload: payload });
  return sandbox.runs[before]?.id ?? 0;
}

test("a dispatch starts each active workflow that listens, on the default branch's head", async () => {
  sandbox.commit("acme/node", "feature", { ".github/workflows/feature.yml": "on: repository_dispatch\n" });
  const head = sandbox.commit("acme/node", "main", { "new.txt": "new" });
  expect((await dispatch({ event_type: "build-chain" })).status).toBe(204);
  expect(sandbox.runs.map(({ workflowPath, displayTitle }) => `${workflowPath.slice(18)} ${displayTitle}`)).toEqual([
    "build.yml none",
    "list.yaml build-chain",
    "text.yml build-chain",
  ]);
  expect(sandbox.runs.every((run) => run.headSha === head)).toBe(true);
  expect(sandbox.dispatches[0]?.runIds).toHaveLength(3);
  const listed = await ask(sandbox, `GET ${repo}/actions/workflows`, { as });
  expect(listed.json["total_count"]).toBe(6);
});

test("a dispatch that nobody listens to is answered all the same", async () => {
  for (const name of ["text.yml", "list.yaml"]) {
    sandbox.setWorkflowState("acme/node", `.github/workflows/${name}`, "disabled_inactivity");
  }
  expect((await dispatch({ event_type: "unheard" })).status).toBe(204);
  expect(sandbox.dispatches).toHaveLength(1);
  expect(sandbox.runs).toEqual([]);
});

test.each([
  [
    "eleven keys",
    { event_type: "x", client_payload: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, 1])) },
  ],
  ["a payload too large", { event_type: "x", client_payload: { text: "x".repeat(65_536) } }],
  ["an event type too long", { event_type: "x".repeat(101) }],
  ["no event type", {}],
])("%s: refused, and nothing starts", async (_, body) => {
  expect((await dispatch(body)).status).toBe(422);
  expect(sandbox.dispatches).toEqual([]);
});

test("workflow_dispatch checks its inputs, and tells its run's id on demand", async () => {
  const line = `POST ${repo}/actions/workflows/manual.yml/dispatches`;
  const refused = await Promise.all(
    [
      { ref: "main" },
      { ref: "main", inputs: { soc: "imx8", colour: "red" } },
      { ref: "nowhere", inputs: { soc: "imx8" } },
    ].map((body) => ask(sandbox, line, { as, body })),
  );
  expect(refused.map((answer) => [answer.status, answer.json["message"]])).toEqual([
    [422, "Required input 'soc' not provided"],
    [422, 'Unexpected inputs provided: ["colour"]'],
    [422, "No ref found for: nowhere"],
  ]);
  const body = { ref: "main", inputs: { soc: "imx8" }, return_run_details: true };
  const started = await ask(sandbox, line, { as, body });
  expect(started).toMatchObject({ status: 200, json: { workflow_run_id: sandbox.runs[0]?.id } });
  expect(sandbox.dispatches[0]).toMatchObject({ kind: "workflow_dispatch", inputs: { soc: "imx8", mode: "fast" } });
});

test("a run cannot be run again while it runs, nor for failed jobs where none failed", async () => {
  sandbox.script("acme/node", build, { conclusion: "success" });
  const id = await built();
  expect(await ask(sandbox, `POST ${repo}/actions/runs/${id}/rerun`, { as })).toMatchObject({
    status: 403,
    json: { message: "This workflow is already running" },
  });
  await sandbox.idle();
  expect((await ask(sandbox, `POST ${repo}/actions/runs/${id}/rerun-failed-jobs`, { as })).status).toBe(403);
  expect((await ask(sandbox, `POST ${repo}/actions/runs/${id}/rerun`, { as })).status).toBe(201);
  await sandbox.idle();
  // Artifacts of the first attempt stay beside those of the second.
  expect(sandbox.runs[0]).toMatchObject({ attempt: 2, artifacts: ["node", "node"] });
});

test("a cancelled run ends cancelled; one that holds out ends by force", async () => {
  sandbox.script("acme/node", build, ({ runNumber }: ScriptContext) => ({
    runningMs: 60_000,
    ignoresCancel: runNumber === 2,
  }));
  const first = await built();
  const second = await built();
  for (const id of [first, second]) {
    expect((await ask(sandbox, `POST ${repo}/actions/runs/${id}/cancel`, { as })).status).toBe(202);
  }
  await sandbox.until(() => sandbox.runs[0]?.conclusion === "cancelled");
  expect(sandbox.runs[1]?.conclusion).toBeNull();
  expect((await ask(sandbox, `POST ${repo}/actions/runs/${second}/force-cancel`, { as })).status).toBe(202);
  await sandbox.idle();
  expect((await ask(sandbox, `POST ${repo}/actions/runs/${first}/cancel`, { as })).status).toBe(409);
});

test("a script sees what it is about, and may start nothing", async () => {
  const seen: ScriptContext[] = [];
  sandbox.script("acme/node", build, (context) => {
    seen.push(context);
    return { starts: context.execution > 1, conclusion: "failure" };
  });
  await built({ v: "one" });
  expect(sandbox.runs).toEqual([]);
  const id = await built({ v: "two" });
  await sandbox.idle();
  await ask(sandbox, `POST ${repo}/actions/runs/${id}/rerun-failed-jobs`, { as });
  expect(seen.map(({ payload, attempt, execution, rerun }) => [payload["v"], attempt, execution, rerun])).toEqual([
    ["one", 1, 1, null],
    ["two", 1, 2, null],
    ["two", 2, 3, "failed-jobs"],
  ]);
});

test("a run may appear late; waiting for it ends in good or in words", async () => {
  const appearsMs = 250;
  sandbox.script("acme/node", build, { appearsMs });
  const before = Date.now();
  await built();
  await sandbox.idle();
  expect(Number(sandbox.runs[0]?.createdAt) - before).toBeGreaterThanOrEqual(appearsMs);
  expect(sandbox.runs).toMatchObject([{ conclusion: "success" }]);
  await expect(sandbox.until(() => sandbox.runs.length > 1, 20)).rejects.toThrow("waited 20 ms for");
});

test("artifacts can be archives, bare files, wrong, gone, and the same bytes every time", async () => {
  const files = { "b/two.txt": "two", "one.txt": Buffer.from("one") };
  const artifacts: ArtifactScript[] = [
    { name: "zip", files },
    { name: "again", files },
    { name: "bare", raw: { fileName: "bare.img", content: "bare" } },
    { name: "wrong", files, digest: "wrong" },
    { name: "old", files, digest: "none", expired: true },
  ];
  sandbox.script("acme/node", build, { artifacts });
  const id = await built();
  await sandbox.idle();
  const answer = await ask(sandbox, `GET ${repo}/actions/runs/${id}/artifacts`, { as });
  const byName = new Map(list(answer.json["artifacts"]).map((artifact) => [artifact["name"], artifact]));
  expect(byName.get("zip")?.["digest"]).toBe(byName.get("again")?.["digest"]);
  expect(byName.get("wrong")?.["digest"]).not.toBe(byName.get("zip")?.["digest"]);
  expect(byName.get("old")).toMatchObject({ digest: null, expired: true });

  const zip = await downloaded(byName.get("zip")?.["id"]);
  const paths = new AdmZip(zip.bytes).getEntries().map((entry) => entry.entryName);
  expect(paths).toEqual(["b/two.txt", "one.txt"]);
  expect(zip.headers.get("content-type")).toBe("application/zip");
  const bare = await downloaded(byName.get("bare")?.["id"]);
  expect(bare.text).toBe("bare");
  expect(bare.headers.get("content-disposition")).toContain("filename*=UTF-8''bare.img");
  const old = await ask(sandbox, `GET ${repo}/actions/artifacts/${String(byName.get("old")?.["id"])}/zip`, { as });
  expect(old.status).toBe(410);
});

test.each([
  ["event=repository_dispatch", 1],
  ["event=push", 0],
  ["status=success", 1],
  ["status=completed", 1],
  ["status=queued", 0],
  ["actor=release-chain%5Bbot%5D", 1],
  ["actor=ada", 0],
  ["branch=main", 1],
  [`created=${encodeURIComponent(">=2024-01-01T00:00:00Z")}`, 1],
  [`created=${encodeURIComponent(`>=${new Date(Date.now() + 3_600_000).toISOString()}`)}`, 0],
  ["created=2024-01-01..2024-01-02", 0],
  ["created=2024-01-01..*", 1],
])("runs filtered by %s", async (query, count) => {
  await built();
  await sandbox.idle();
  const found = await ask(sandbox, `GET ${repo}/actions/runs?${query}`, { as });
  expect(list(found.json["workflow_runs"])).toHaveLength(count);
});

async function downloaded(id: unknown): Promise<Answer> {
  const redirect = await ask(sandbox, `GET ${repo}/actions/artifacts/${String(id)}/zip`, { as });
  return ask(sandbox, `GET ${redirect.headers.get("location") ?? ""}`);
}

test("others dispatch and push too; a concurrency group keeps its newest run; paths are spelled in three ways", async () => {
  const ci = ".github/workflows/ci.yml";
  const group = "concurrency: {group: build, cancel-in-progress: true}\non: [push, repository_dispatch]\n";
  sandbox.addRepository({ fullName: "acme/busy", files: { [ci]: group } });
  const paths = ["file", "file@branch", "repository/file@branch"] as const;
  sandbox.script("acme/busy", ci, ({ execution }) => ({ runningMs: 200, path: paths[execution - 1] ?? "file" }));
  sandbox.people.dispatch("acme/busy", "build-chain", { by: "hand" }, "ada");
  sandbox.people.dispatch("acme/busy", "build-chain", {}, "other[bot]");
  sandbox.people.push("acme/busy", "grace");
  await sandbox.idle();
  const token = await installationToken(sandbox, "acme/busy");
  const listed = await ask(sandbox, "GET /repos/acme/busy/actions/runs", { as: token });
  expect(listed.json["workflow_runs"]).toMatchObject([
    { event: "push", conclusion: "success", actor: { login: "grace" }, path: `acme/busy/${ci}@main` },
    { event: "repository_dispatch", conclusion: "cancelled", actor: { type: "Bot" }, path: `${ci}@main` },
    { event: "repository_dispatch", conclusion: "cancelled", actor: { login: "ada" }, path: ci },
  ]);
  expect(sandbox.dispatches.map(({ actor, payload }) => [actor, payload])).toEqual([
    ["ada", { by: "hand" }],
    ["other[bot]", {}],
  ]);
});
