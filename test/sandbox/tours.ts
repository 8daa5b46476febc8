/** Requests to every endpoint of the sandbox, with what there has to be for them to find; some are refused. */
import { expect } from "vitest";
import type { JsonObject, Sandbox } from "../../src/sandbox/sandbox.js";
import { appJwt, ask, installationToken, list, type Answer } from "./client.js";

const build = [
  "name: Build",
  "on:",
  "  repository_dispatch: {types: [build-chain]}",
  "  workflow_dispatch: {inputs: {machine: {required: true}}}",
].join("\n");
/** The repository that most of a tour is about. */
export const repo = "/repos/acme/node";
const LOST = "The hosted runner lost communication with the server.";

export interface Visitor {
  sandbox: Sandbox;
  /** Of the installation, and of the App itself. */
  token: string;
  jwt: string;
  /** With the installation's token unless another is given. */
  get: (path: string, as?: string) => Promise<Answer>;
}

/** What there is to see. */
export function addSights(sandbox: Sandbox): void {
  sandbox.addRepository({ fullName: "acme/hub", permissions: { ada: "maintain" } });
  sandbox.addRepository({ fullName: "eve/private", private: true });
  sandbox.addRepository({
    fullName: "acme/node",
    permissions: { ada: "write" },
    files: {
      ".github/workflows/build.yml": build,
      "conf/layer.conf": 'BBFILE_COLLECTIONS = "node"\n',
      "conf/linked.conf": { link: "layer.conf" },
      "conf/outside.conf": { link: "../../passwd" },
      "conf/nowhere.conf": { link: "/dev/null" },
      poky: { submodule: "0123456789012345678901234567890123456789" },
    },
  });
  sandbox.tag("acme/node", "annotated", { annotated: true });
  sandbox.script("acme/node", ".github/workflows/build.yml", {
    conclusion: ["failure", "success"],
    jobs: ["compile", { name: "test", step: null, annotations: [LOST] }],
    artifacts: [
      { name: "node", files: { "a.txt": "a", "b.txt": "b" } },
      { name: "raw", raw: { fileName: "raw.bin", content: "raw" }, digest: "none" },
      { name: "gone", files: { "c.txt": "c" }, expired: true },
    ],
  });
}

/** The sights must be there. */
export async function visitorOf(sandbox: Sandbox): Promise<Visitor> {
  const token = await installationToken(sandbox, "acme/node");
  return { sandbox, token, jwt: appJwt(sandbox), get: (path, as = token) => ask(sandbox, `GET ${path}`, { as }) };
}

/** In this order: a later tour looks at what an earlier one left. */
export async function tourEverything(visitor: Visitor): Promise<void> {
  await tourApp(visitor);
  await tourRepository(visitor);
  await tourActions(visitor);
  await tourReleases(visitor);
  await tourChecks(visitor);
  await tourIssues(visitor);
  await tourPerson(visitor);
  await tourRefusals(visitor);
}

async function tourApp({ sandbox, jwt, get }: Visitor): Promise<void> {
  const installation = await get("/repos/acme/node/installation", jwt);
  const id = String(installation.json["id"]);
  for (const path of ["/app", "/app/installations?per_page=1", `/app/installations/${id}`]) await get(path, jwt);
  for (const path of ["/orgs/acme/installation", "/users/acme/installation", "/app/hook/deliveries?per_page=2"]) {
    await get(path, jwt);
  }
  await ask(sandbox, `POST /app/installations/${id}/access_tokens`, {
    as: jwt,
    body: { repositories: ["node"], permissions: { contents: "read" } },
  });
  const delivery = sandbox.deliveries.find((one) => one.status === "OK")?.id ?? 0;
  await get(`/app/hook/deliveries/${delivery}`, jwt);
  await ask(sandbox, `POST /app/hook/deliveries/${delivery}/attempts`, { as: jwt });
  for (const path of ["/meta", "/rate_limit", "/users/ada", "/installation/repositories?per_page=1"]) await get(path);
}

async function tourRepository({ sandbox, token, get }: Visitor): Promise<void> {
  const head = sandbox.head("acme/node");
  const fresh = await get(repo);
  await ask(sandbox, `GET ${repo}`, { as: token, headers: { "if-none-match": fresh.headers.get("etag") ?? "" } });
  const commit = await get(`${repo}/commits/main`);
  const tree = String((commit.json["commit"] as { tree: JsonObject }).tree["sha"]);
  await ask(sandbox, `GET ${repo}/commits/${head}`, { as: token, headers: { accept: "application/vnd.github.sha" } });
  const file = await get(`${repo}/contents/conf/layer.conf?ref=annotated`);
  await ask(sandbox, `GET ${repo}/contents/conf/layer.conf`, {
    as: token,
    headers: { accept: "application/vnd.github.raw+json" },
  });
  const ref = await get(`${repo}/git/ref/tags/annotated`);
  for (const path of [
    "/contents/",
    "/contents/conf",
    "/contents/conf/outside.conf",
    "/contents/conf/nowhere.conf",
    "/contents/poky",
    `/git/trees/${tree}?recursive=1`,
    `/git/trees/${tree}`,
    `/compare/${head}...main`,
    "/compare/main...main?per_page=2&page=1",
    `/git/blobs/${String(file.json["sha"])}`,
    `/git/commits/${head}`,
    `/git/tags/${String((ref.json["object"] as JsonObject)["sha"])}`,
    "/git/matching-refs/heads",
    "/branches/main",
    "/collaborators/ada/permission",
  ]) {
    await get(`${repo}${path}`);
  }
  expect((await get(`${repo}/contents/conf/linked.conf`)).json).toMatchObject({
    type: "file",
    path: "conf/linked.conf",
  });
  sandbox.limits.treeEntries = 3;
  expect((await get(`${repo}/git/trees/main?recursive=1`)).json).toMatchObject({ truncated: true });
  expect((await get(`${repo}/git/trees/main`)).json).toMatchObject({ truncated: false });
  sandbox.limits.treeEntries = 100_000;
  await ask(sandbox, `POST ${repo}/git/refs`, { as: token, body: { ref: "refs/tags/made", sha: head } });
  await ask(sandbox, `DELETE ${repo}/git/refs/tags/made`, { as: token });
}

async function tourActions({ sandbox, token, get }: Visitor): Promise<void> {
  sandbox.attest("acme/node", { sha256: "a".repeat(64), bundle: { mediaType: "a" } });
  sandbox.attest("acme/node", { sha256: "a".repeat(64), bundle: { mediaType: "b" }, elsewhere: true });
  expect(list((await get(`${repo}/attestations/sha256:${"a".repeat(64)}`)).json["attestations"])).toHaveLength(2);
  const dispatch = { event_type: "build-chain", client_payload: { version: "v1" } };
  await ask(sandbox, `POST ${repo}/dispatches`, { as: token, body: dispatch });
  await sandbox.idle();
  const id = sandbox.runs[0]?.id ?? 0;
  const since = new Date(Date.now() - 60_000).toISOString();
  await get(`${repo}/actions/runs?event=repository_dispatch&created=${encodeURIComponent(`>=${since}`)}&per_page=100`);
  await ask(sandbox, `POST ${repo}/actions/runs/${id}/rerun-failed-jobs`, { as: token });
  const queued = await get(`${repo}/actions/runs/${id}/jobs?filter=all`);
  expect(list(queued.json["jobs"])).toHaveLength(4);
  const [compiled, tested] = list((await get(`${repo}/actions/runs/${id}/attempts/1/jobs`)).json["jobs"]);
  await get(`${repo}/actions/jobs/${String(tested?.["id"])}/logs`);
  expect(compiled).toMatchObject({ name: "compile", conclusion: "success", steps: [{ conclusion: "success" }] });
  expect(tested).toMatchObject({ name: "test", conclusion: "failure", steps: [{ status: "in_progress" }] });
  const notes = await get(`${repo}/check-runs/${String(tested?.["id"])}/annotations?per_page=100`);
  expect(list(notes.json)).toMatchObject([{ annotation_level: "failure", message: LOST }]);
  await sandbox.idle();
  await ask(sandbox, `POST ${repo}/actions/runs/${id}/rerun`, { as: token });
  await ask(sandbox, `POST ${repo}/actions/runs/${id}/cancel`, { as: token });
  await sandbox.idle();
  const details = { ref: "main", inputs: { machine: "qemu" }, return_run_details: true };
  const path = `${repo}/actions/workflows/build.yml`;
  const started = await ask(sandbox, `POST ${path}/dispatches`, { as: token, body: details });
  await ask(sandbox, `POST ${repo}/actions/runs/${String(started.json["workflow_run_id"])}/force-cancel`, {
    as: token,
  });
  await ask(sandbox, `POST ${path}/dispatches`, { as: token, body: { ref: "main", inputs: { machine: "qemu" } } });
  await sandbox.idle();
  const artifacts = await get(`${repo}/actions/runs/${id}/artifacts?per_page=2`);
  expect(artifacts.headers.get("link")).toContain('rel="next"');
  for (const artifact of list((await get(`${repo}/actions/runs/${id}/artifacts`)).json["artifacts"])) {
    const zip = await get(`${repo}/actions/artifacts/${String(artifact["id"])}/zip`);
    expect(zip.status).toBe(artifact["name"] === "gone" ? 410 : 302);
    await get(`${repo}/actions/artifacts/${String(artifact["id"])}`);
  }
  for (const path of ["/runs", "/workflows", "/workflows/build.yml", "/workflows/build.yml/runs?status=success"]) {
    await get(`${repo}/actions${path}`);
  }
  for (const path of ["", "/attempts/1", "/logs", "/attempts/1/logs"]) await get(`${repo}/actions/runs/${id}${path}`);
}

async function tourReleases({ sandbox, token, get }: Visitor): Promise<void> {
  const hub = "/repos/acme/hub";
  const body = { tag_name: "v1", target_commitish: "main", name: "One", body: "Text", draft: true };
  const made = await ask(sandbox, `POST ${hub}/releases`, { as: token, body });
  const id = String(made.json["id"]);
  const upload = String(made.json["upload_url"]).replace("{?name,label}", "?name=a%20file.bin&label=A");
  const headers = { "content-type": "application/octet-stream" };
  const asset = await ask(sandbox, `POST ${upload}`, { as: token, bytes: Buffer.from("asset"), headers });
  expect(asset.json["name"]).toBe("a.file.bin");
  await ask(sandbox, `PATCH ${hub}/releases/${id}`, { as: token, body: { draft: false, body: "More" } });
  const assetPath = `${hub}/releases/assets/${String(asset.json["id"])}`;
  await get(assetPath);
  await ask(sandbox, `GET ${assetPath}`, { as: token, headers: { accept: "application/octet-stream" } });
  await ask(sandbox, `PATCH ${assetPath}`, { as: token, body: { label: "B" } });
  for (const path of ["", "?per_page=1", "/latest", "/tags/v1", `/${id}`, `/${id}/assets?per_page=100`]) {
    await get(`${hub}/releases${path}`);
  }
  await ask(sandbox, `DELETE ${assetPath}`, { as: token });
  await ask(sandbox, `DELETE ${hub}/releases/${id}`, { as: token });
}

async function tourChecks({ sandbox, token, get }: Visitor): Promise<void> {
  const head = sandbox.head("acme/hub");
  const hub = "/repos/acme/hub";
  const output = { title: "Building", summary: "**1** of 2" };
  const actions = [{ label: "Cancel", description: "Stop the release run", identifier: "cancel" }];
  const body = { name: "chain", head_sha: head, external_id: "run-1", status: "in_progress", output, actions };
  const made = await ask(sandbox, `POST ${hub}/check-runs`, { as: token, body });
  const path = `${hub}/check-runs/${String(made.json["id"])}`;
  const annotation = {
    path: "a.yml",
    start_line: 3,
    end_line: 3,
    start_column: 1,
    end_column: 2,
    annotation_level: "failure",
    message: "wrong",
  };
  const refused = async (change: JsonObject): Promise<number> =>
    (await ask(sandbox, `PATCH ${path}`, { as: token, body: change })).status;
  expect(await refused({ output: { ...output, summary: "x".repeat(65_536) } })).toBe(422);
  expect(await refused({ actions: [{ ...actions[0], label: "x".repeat(21) }] })).toBe(422);
  expect(await refused({ actions: Array(4).fill(actions[0]) })).toBe(422);
  expect(await refused({ output: { ...output, annotations: [{ ...annotation, end_line: 4 }] } })).toBe(422);
  const done = { conclusion: "failure", output: { ...output, annotations: [annotation] } };
  await ask(sandbox, `PATCH ${path}`, { as: token, body: done });
  await ask(sandbox, `PATCH ${path}`, { as: token, body: { status: "in_progress" } });
  expect((await get(path)).json).toMatchObject({ status: "completed", conclusion: "failure" });
  expect(list((await get(`${path}/annotations`)).json)).toMatchObject([{ start_line: 3, message: "wrong" }]);
  await ask(sandbox, `POST ${hub}/check-runs`, { as: token, body });
  const all = await get(`${hub}/commits/main/check-runs?check_name=chain&filter=all&per_page=100`);
  expect(list(all.json["check_runs"])).toHaveLength(2);
  expect(list((await get(`${hub}/commits/main/check-runs`)).json["check_runs"])).toHaveLength(1);
  const [first, second] = sandbox.checkRuns;
  sandbox.people.press(second?.id ?? 0, "cancel", "ada");
  sandbox.people.rerunCheck(first?.id ?? 0, "ada");
}

async function tourIssues({ sandbox, token, get }: Visitor): Promise<void> {
  const hub = "/repos/acme/hub";
  const issue = { title: "v1 was not released", body: "why" };
  const made = await ask(sandbox, `POST ${hub}/issues`, { as: token, body: issue });
  const path = `${hub}/issues/${String(made.json["number"])}`;
  const long = { ...issue, body: "x".repeat(65_537) };
  expect((await ask(sandbox, `POST ${hub}/issues`, { as: token, body: long })).status).toBe(422);
  sandbox.people.comment("acme/hub", Number(made.json["number"]), "/release-chain retry", "ada");
  const [comment] = list((await get(`${path}/comments`)).json);
  const reactions = `${hub}/issues/comments/${String(comment?.["id"])}/reactions`;
  for (const status of [201, 200]) {
    const reacted = await ask(sandbox, `POST ${reactions}`, { as: token, body: { content: "rocket" } });
    expect(reacted.status).toBe(status);
  }
  expect(list((await get(reactions)).json)).toHaveLength(1);
  await ask(sandbox, `POST ${path}/comments`, { as: token, body: { body: "Done." } });
  await ask(sandbox, `PATCH ${path}`, { as: token, body: { state: "closed" } });
  expect((await get(path)).json).toMatchObject({ state: "closed", comments: 2 });
  expect(list((await get(`${hub}/issues?state=open&creator=release-chain%5Bbot%5D`)).json)).toEqual([]);
  sandbox.commit("acme/hub", "change", { "a.yml": "a: 1\n" });
  const number = sandbox.people.openPull("acme/hub", "change", "ada");
  sandbox.commit("acme/hub", "change", { "b.yml": "b: 1\n" });
  sandbox.people.pushPull("acme/hub", number);
  const files = list((await get(`${hub}/pulls/${number}/files?per_page=100`)).json);
  expect(files.map((file) => file["filename"])).toEqual(["a.yml", "b.yml"]);
}

async function tourPerson({ sandbox, get }: Visitor): Promise<void> {
  const { GITHUB_CLIENT_ID: client = "", GITHUB_CLIENT_SECRET: secret = "" } = sandbox.signInEnvironment();
  const back = "https://release-chain.example/back";
  sandbox.signInAs("ada");
  const query = new URLSearchParams({ client_id: client, redirect_uri: back, state: "s" });
  const page = await ask(sandbox, `GET ${sandbox.url}/login/oauth/authorize?${query.toString()}`);
  const code = new URL(page.headers.get("location") ?? "").searchParams.get("code") ?? "";
  const form = new URLSearchParams({ client_id: client, client_secret: secret, redirect_uri: back, code });
  const bytes = Buffer.from(form.toString());
  const made = await ask(sandbox, `POST ${sandbox.url}/login/oauth/access_token`, { bytes });
  const person = String(made.json["access_token"]);
  expect((await get("/user", person)).json).toMatchObject({ login: "ada" });
  const authorization = `Basic ${Buffer.from(`${client}:${secret}`).toString("base64")}`;
  const revoked = await ask(sandbox, `DELETE /applications/${client}/token`, {
    body: { access_token: person },
    headers: { authorization },
  });
  expect(revoked.status).toBe(204);
  expect((await get("/user", person)).status).toBe(401);
}

async function tourRefusals({ sandbox, token, jwt, get }: Visitor): Promise<void> {
  expect(await get("/repos/acme/nothing")).toMatchObject({ status: 404 });
  expect(await get(repo, "ghs_wrong")).toMatchObject({ status: 401 });
  expect(await get(`${repo}/commits/nothing`)).toMatchObject({ status: 422 });
  expect(await get("/repos/eve/private")).toMatchObject({ status: 404 });
  expect(await get(`${repo}/compare/main...nothing`)).toMatchObject({ status: 404 });
  expect(await get("/orgs/ada/installation", jwt)).toMatchObject({ status: 404 });
  const done = sandbox.runs[0]?.id ?? 0;
  expect(await ask(sandbox, `POST ${repo}/actions/runs/${done}/cancel`, { as: token })).toMatchObject({ status: 409 });
}
