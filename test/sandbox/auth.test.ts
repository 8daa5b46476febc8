import { generateKeyPairSync } from "node:crypto";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.js";
import { appJwt, ask, installationToken } from "./client.js";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ app: { permissions: { contents: "read", actions: "write", metadata: "read" } } });
  sandbox.addRepository({ fullName: "acme/open" });
  sandbox.addRepository({ fullName: "acme/secret", private: true });
  sandbox.addRepository({ fullName: "other/open" });
  sandbox.addRepository({ fullName: "other/foreign", installed: false });
  sandbox.addRepository({ fullName: "other/hidden", private: true, installed: false });
});

afterAll(async () => {
  await sandbox.close();
});

test.each([
  ["an expired", { exp: 1 }, undefined],
  ["a far too long", { exp: Math.floor(Date.now() / 1000) + 3600 }, undefined],
  ["a future", { iat: Math.floor(Date.now() / 1000) + 300 }, undefined],
  ["another app's", { iss: 1 }, undefined],
  ["a badly signed", {}, generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey],
])("%s App JWT is refused", async (_, claims, key) => {
  const pem = key?.export({ type: "pkcs1", format: "pem" }).toString();
  expect(await ask(sandbox, "GET /app", { as: appJwt(sandbox, claims, pem) })).toMatchObject({ status: 401 });
});

test("a good App JWT, by id or client id, is let in", async () => {
  for (const iss of [sandbox.app.id, String(sandbox.app.id), sandbox.app.clientId]) {
    expect(await ask(sandbox, "GET /app", { as: appJwt(sandbox, { iss }) })).toMatchObject({
      status: 200,
      json: { slug: sandbox.app.slug },
    });
  }
});

test("Octokit with its own App authentication reads and writes", async () => {
  const auth = { appId: sandbox.app.id, privateKey: sandbox.app.privateKey };
  const app = new Octokit({ baseUrl: sandbox.apiUrl, authStrategy: createAppAuth, auth });
  const { data } = await app.request("GET /repos/{owner}/{repo}/installation", { owner: "acme", repo: "secret" });
  const octokit = new Octokit({
    baseUrl: sandbox.apiUrl,
    authStrategy: createAppAuth,
    auth: { ...auth, installationId: data.id },
  });
  const repository = await octokit.request("GET /repos/{owner}/{repo}", { owner: "acme", repo: "secret" });
  expect(repository.data.full_name).toBe("acme/secret");
});

test("an installation reads what is public and its own, and writes only within its permissions", async () => {
  const as = await installationToken(sandbox, "acme/open");
  const statuses = await Promise.all(
    [
      "GET /repos/acme/secret",
      "GET /repos/other/foreign",
      "GET /repos/other/hidden",
      "POST /repos/acme/open/releases",
      "POST /repos/other/open/actions/runs/1/rerun",
      "GET /repos/acme/open/collaborators/nobody/permission",
      "GET /repos/other/open/collaborators/acme/permission",
    ].map(async (line) => (await ask(sandbox, line, { as })).status),
  );
  expect(statuses).toEqual([200, 200, 404, 403, 403, 404, 403]);
  const refused = await ask(sandbox, "POST /repos/acme/open/dispatches", { as, body: { event_type: "x" } });
  expect(refused.json).toMatchObject({ message: "Resource not accessible by integration", status: "403" });
  expect(sandbox.dispatches).toEqual([]);
});

test("a token can be narrowed to repositories and permissions, and not widened", async () => {
  const as = await installationToken(sandbox, "acme/open", {
    repositories: ["open"],
    permissions: { actions: "read" },
  });
  expect((await ask(sandbox, "GET /repos/acme/secret", { as })).status).toBe(404);
  expect((await ask(sandbox, "GET /repos/acme/open/contents/README.md", { as })).status).toBe(403);
  await expect(installationToken(sandbox, "acme/open", { permissions: { contents: "write" } })).rejects.toThrow("422");
  await expect(installationToken(sandbox, "acme/open", { repositories: ["foreign"] })).rejects.toThrow("422");
});

test("tokens end after an hour, and with a suspended installation", async () => {
  const clock = { now: () => Date.now() + offset };
  let offset = 0;
  const own = await startSandbox({ clock });
  own.addRepository({ fullName: "acme/open" });
  const as = await installationToken(own, "acme/open");
  own.suspend("acme", true);
  expect((await ask(own, "GET /repos/acme/open", { as })).status).toBe(403);
  own.suspend("acme", false);
  offset = 3_590_000;
  expect((await ask(own, "GET /repos/acme/open", { as })).status).toBe(200);
  offset = 3_601_000;
  expect(await ask(own, "GET /repos/acme/open", { as })).toMatchObject({
    status: 401,
    json: { message: "Bad credentials" },
  });
  await own.close();
});

test("an installation that has used up its hour is told when to come back", async () => {
  const own = await startSandbox({ rateLimit: 2 });
  own.addRepository({ fullName: "acme/open" });
  const as = await installationToken(own, "acme/open");
  const answers = [];
  for (let index = 0; index < 3; index += 1) answers.push(await ask(own, "GET /repos/acme/open", { as }));
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 403]);
  expect(answers.map((answer) => answer.headers.get("x-ratelimit-remaining"))).toEqual(["1", "0", "0"]);
  expect(Number(answers[2]?.headers.get("x-ratelimit-reset"))).toBeGreaterThan(Date.now() / 1000);
  await own.close();
});

test("without a token only public things can be read", async () => {
  expect((await ask(sandbox, "GET /repos/acme/open")).status).toBe(200);
  expect((await ask(sandbox, "GET /repos/acme/secret")).status).toBe(404);
  expect((await ask(sandbox, "POST /repos/acme/open/dispatches", { body: { event_type: "x" } })).status).toBe(401);
  expect((await ask(sandbox, "GET /app")).status).toBe(401);
});

test("a repository without the app has no installation", async () => {
  const answer = await ask(sandbox, "GET /repos/other/foreign/installation", { as: appJwt(sandbox) });
  expect(answer.status).toBe(404);
});
