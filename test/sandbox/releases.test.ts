import { afterEach, beforeEach, expect, test } from "vitest";
import { startSandbox, type JsonObject, type Sandbox } from "../../src/sandbox/sandbox.js";
import { ask, installationToken, list, type Answer } from "./client.js";

let sandbox: Sandbox;
let as: string;

beforeEach(async () => {
  sandbox = await startSandbox();
  sandbox.addRepository({ fullName: "acme/hub" });
  sandbox.addRepository({ fullName: "acme/frozen", immutableReleases: true });
  as = await installationToken(sandbox, "acme/hub");
});

afterEach(async () => {
  await sandbox.close();
});

async function upload(repo: string, id: number, name: string, content = "x"): Promise<Answer> {
  const line = `POST /api/uploads/repos/${repo}/releases/${id}/assets?name=${encodeURIComponent(name)}`;
  return ask(sandbox, line, { as, bytes: Buffer.from(content) });
}

test("names are made safe, and what collides or is empty is refused", async () => {
  const { id } = sandbox.publishRelease({ repo: "acme/hub", tag: "v1", author: "ada" });
  const names = ["büild (1).bin", "fake.   file%%!!.txt", "a~b+c@d.deb", ".hidden", "cédille"];
  for (const name of names) expect((await upload("acme/hub", id, name)).status).toBe(201);
  expect(sandbox.release("acme/hub", "v1")?.assets.map((asset) => asset.name)).toEqual([
    "build.1.bin",
    "fake.file.txt",
    "a.b+c@d.deb",
    "default.hidden",
    "default.cedille",
  ]);
  expect(await upload("acme/hub", id, "build.1.bin")).toMatchObject({
    status: 422,
    json: { message: "Validation Failed", errors: [{ resource: "ReleaseAsset", code: "already_exists" }] },
  });
  expect(await upload("acme/hub", id, "empty", "")).toMatchObject({
    status: 422,
    json: { errors: [{ field: "size" }] },
  });
});

test("an upload without a length is refused", async () => {
  const { id } = sandbox.publishRelease({ repo: "acme/hub", tag: "v1", author: "ada" });
  const answer = await fetch(`${sandbox.url}/api/uploads/repos/acme/hub/releases/${id}/assets?name=a`, {
    method: "POST",
    headers: { authorization: `token ${as}` },
    body: new Blob(["abc"]).stream(),
    duplex: "half",
  });
  expect(answer.status).toBe(400);
});

test("drafts are known by id and in the list, by tag only once published", async () => {
  const draft = sandbox.publishRelease({ repo: "acme/hub", tag: "v1", author: "ada", draft: true });
  const byTag = async () => (await ask(sandbox, "GET /repos/acme/hub/releases/tags/v1", { as })).status;
  expect(await byTag()).toBe(404);
  expect((await ask(sandbox, `GET /repos/acme/hub/releases/${draft.id}`, { as })).status).toBe(200);
  expect((await ask(sandbox, `GET /repos/acme/hub/releases/${draft.id}`)).status).toBe(404);
  expect(list(JSON.parse((await ask(sandbox, "GET /repos/acme/hub/releases", { as })).text))).toHaveLength(1);
  expect(list(JSON.parse((await ask(sandbox, "GET /repos/acme/hub/releases")).text))).toHaveLength(0);
  await ask(sandbox, `PATCH /repos/acme/hub/releases/${draft.id}`, { as, body: { draft: false } });
  expect(await byTag()).toBe(200);
  expect(sandbox.release("acme/hub", "v1")).toMatchObject({ draft: false, author: "ada" });
});

test("an immutable release takes nothing more, and burns its tag", async () => {
  const { id } = sandbox.publishRelease({ repo: "acme/frozen", tag: "v1", author: "ada" });
  expect(await upload("acme/frozen", id, "late.bin")).toMatchObject({
    status: 422,
    json: { message: "Cannot upload assets to an immutable release." },
  });
  await ask(sandbox, `DELETE /repos/acme/frozen/releases/${id}`, { as });
  const again = await ask(sandbox, "POST /repos/acme/frozen/releases", { as, body: { tag_name: "v1" } });
  expect(again).toMatchObject({ status: 422, json: { errors: [{ field: "tag_name" }] } });
});

test("a draft makes no tag; publishing it makes one at its commit, and what is deleted takes it along only by name", async () => {
  const sha = sandbox.head("acme/hub");
  const body = { tag_name: "v2", target_commitish: sha, draft: true };
  const draft = (await ask(sandbox, "POST /repos/acme/hub/releases", { as, body })).json;
  const line = `/repos/acme/hub/releases/${String(draft["id"])}`;
  expect(draft["html_url"]).toMatch(/\/releases\/tag\/untagged-/);
  expect(sandbox.taggedCommit("acme/hub", "v2")).toBeNull();
  const published = await ask(sandbox, `PATCH ${line}`, { as, body: { draft: false } });
  expect(published.json["html_url"]).toMatch(/\/releases\/tag\/v2$/);
  expect(sandbox.taggedCommit("acme/hub", "v2")).toBe(sha);
  expect((await ask(sandbox, "DELETE /repos/acme/hub/git/refs/tags/v2", { as })).status).toBe(204);
  expect(sandbox.release("acme/hub", "v2")).toMatchObject({ draft: true });
  expect((await ask(sandbox, "DELETE /repos/acme/hub/git/refs/tags/v2", { as })).status).toBe(422);
  expect((await ask(sandbox, `DELETE ${line}`, { as })).status).toBe(204);
  expect(sandbox.releases("acme/hub")).toEqual([]);

  const sealed = (
    await ask(sandbox, "POST /repos/acme/frozen/releases", { as, body: { ...body, target_commitish: "main" } })
  ).json;
  expect((await upload("acme/frozen", Number(sealed["id"]), "early.bin")).status).toBe(201);
  const change = { as, body: { draft: false } };
  const now = await ask(sandbox, `PATCH /repos/acme/frozen/releases/${String(sealed["id"])}`, change);
  expect(now.json).toMatchObject({ draft: false, immutable: true });
  expect((await upload("acme/frozen", Number(sealed["id"]), "late.bin")).status).toBe(422);
  expect((await ask(sandbox, "DELETE /repos/acme/frozen/git/refs/tags/v2", { as })).status).toBe(422);
});

test("the latest release is the one made so, or the highest version, and never a draft or prerelease", async () => {
  const make = async (tag: string, more: JsonObject = {}): Promise<number> => {
    const body = { tag_name: tag, ...more };
    return (await ask(sandbox, "POST /repos/acme/hub/releases", { as, body })).status;
  };
  const latest = async (): Promise<unknown> =>
    (await ask(sandbox, "GET /repos/acme/hub/releases/latest", { as })).json["tag_name"];
  await make("v2.0.0");
  await make("v1.0.1", { make_latest: "legacy" });
  expect(await latest()).toBe("v2.0.0");
  await make("v3.0.0-rc.1", { prerelease: true });
  expect(await make("v3.0.0-rc.2", { prerelease: true, make_latest: "true" })).toBe(422);
  expect(await latest()).toBe("v2.0.0");
  await make("v2.1.0", { make_latest: "legacy" });
  expect(await latest()).toBe("v2.1.0");
  await make("v2.0.1", { make_latest: "false" });
  expect(await latest()).toBe("v2.1.0");
  await make("v1.0.2");
  expect(await latest()).toBe("v1.0.2");
});

test("storage URLs want no token, end after a minute, and open nothing else", async () => {
  const { id } = sandbox.publishRelease({ repo: "acme/hub", tag: "v1", author: "ada" });
  const asset = (await upload("acme/hub", id, "a.bin", "content")).json;
  const line = `GET /repos/acme/hub/releases/assets/${String(asset["id"])}`;
  const redirect = await ask(sandbox, line, { as, headers: { accept: "application/octet-stream" } });
  const location = redirect.headers.get("location") ?? "";
  expect(new URL(location).origin).toBe(sandbox.storageUrl);
  expect(sandbox.storageUrl).not.toBe(sandbox.url);
  expect((await ask(sandbox, `GET ${location}`)).text).toBe("content");
  expect(sandbox.violations).toEqual([]);

  expect((await ask(sandbox, `GET ${location}`, { as })).status).toBe(401);
  expect((await ask(sandbox, `GET ${location}x`)).status).toBe(403);
  expect(sandbox.violations.map((one) => one.kind)).toEqual(["token-sent-to-storage", "storage-url-misused"]);
  sandbox.advanceClock(61_000);
  expect((await ask(sandbox, `GET ${location}`)).status).toBe(403);
});

test("pages are linked to each other, and no more than a hundred long", async () => {
  const { id } = sandbox.publishRelease({ repo: "acme/hub", tag: "v1", author: "ada" });
  for (let index = 0; index < 103; index += 1) await upload("acme/hub", id, `file-${index}`);
  const names: string[] = [];
  let next: string | undefined = `${sandbox.apiUrl}/repos/acme/hub/releases/${id}/assets?per_page=200`;
  while (next !== undefined) {
    const answer = await ask(sandbox, `GET ${next}`, { as });
    names.push(...list(JSON.parse(answer.text)).map((asset: JsonObject) => String(asset["name"])));
    next = /<([^>]+)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
  }
  expect(names).toEqual(Array.from({ length: 103 }, (_, index) => `file-${index}`));
});
