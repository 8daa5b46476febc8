/** Which release gets the files: one that release-chain makes, as a draft until the end, and what becomes of it. */
import { expect, it } from "vitest";
import type { RunView } from "../../src/chain/run-view.js";
import { callApi } from "./api-client.js";
import { HUB, runsOf, startScenario, type ProductSpec } from "./harness.js";
import { assetNames, expectVerified } from "./release.js";

const RELEASES = "acme/releases";
const FILES = ["SHA256SUMS", "core.img", "provenance.intoto.jsonl", "release-chain.lock.json"];
const CHANGED = /^PATCH \/repos\/acme\/\w+\/releases\/\d+$/;

function configured(config: string): string {
  return `
defaults: {find-timeout: 4s, retry: {max-attempts: 1}}
monitor: {poll-interval: 1s}
${config}`;
}

it("a pushed tag starts a chain that makes the release: a draft until all is in it, then sealed, and its components tagged", async () => {
  const tag = "v2.0.0-rc.1";
  const product: ProductSpec = {
    immutable: true,
    components: { core: {}, layer: { more: "build: false" }, old: { more: "build: false" } },
    config: configured('on: {create: {tags: ["v*"]}}\npublish: {tag-components: true}'),
  };
  const { sandbox, completed } = await startScenario(product, { env: { DELIVERY_SCAN_INTERVAL: "1s" } });
  const elsewhere = sandbox.commit("acme/old", "main", { "NEWS.md": "old\n" });
  sandbox.tag("acme/old", tag, { sha: elsewhere, actor: "ada" });
  sandbox.commit("acme/old", "main", { "NEWS.md": "new\n" });
  sandbox.webhookFaults.add({ kind: "lose", match: ({ event, repo }) => event === "create" && repo === HUB, times: 1 });
  // After the notes what publishes it: it takes effect, and nobody hears of it.
  sandbox.faults.add({ kind: "status-after-effect", match: CHANGED, after: 1, times: 1 });
  sandbox.tag(HUB, tag, { actor: "ada" });
  const run = await completed(tag);

  expect(run).toMatchObject({ conclusion: "success", trigger: "webhook", release: { repo: HUB, tag, draft: false } });
  expect(run.reason).toMatch(/^untagged: acme\/old has a tag v2\.0\.0-rc\.1 at /);
  const released = sandbox.release(HUB, tag);
  const made = { draft: false, prerelease: true, immutable: true, author: "release-chain[bot]" };
  expect(released).toMatchObject(made);
  expect(run.release?.id).toBe(released?.id);
  expect(sandbox.releases(HUB)).toHaveLength(1);
  expect(assetNames(released)).toEqual(FILES);
  expect(released?.body).toContain("### Built by release-chain");
  await expectVerified(released);
  const tags = ["core", "layer", "old"].map((id) => sandbox.taggedCommit(`acme/${id}`, tag));
  expect(tags).toEqual([sandbox.head("acme/core"), sandbox.head("acme/layer"), elsewhere]);
  await sandbox.idle();
  expect(sandbox.dispatches).toHaveLength(1);
  expect(sandbox.violations).toEqual([]);

  // Whatever is left of the bot's own doing starts nothing, and a release that is sealed takes nothing.
  sandbox.publishRelease({ repo: HUB, tag: "v2.0.0", author: "ada" });
  const refused = await completed("v2.0.0");
  expect(refused.reason).toMatch(/^release_immutable: .*publish\.to.*on\.create\.tags.*switch off/s);
});

it("another release gets the files: made where it is not there, and gone with its tag where the chain does not come through", async () => {
  const product: ProductSpec = {
    components: { core: {} },
    config: configured('publish: {to: {repo: releases, tag: "${version}"}}'),
  };
  const { sandbox, server, release, run, completed } = await startScenario(product);
  sandbox.addRepository({ fullName: RELEASES, permissions: { ada: "read" } });
  const post = (path: string): Promise<Response> =>
    callApi(server, path, { method: "POST", headers: { "content-type": "application/json" } });
  const page = async (tag: string): Promise<RunView | undefined> => (await runsOf(server, tag))[0];

  release("v2.0.0");
  expect((await completed("v2.0.0")).reason).toMatch(/^author_rights: ada, who made the release, .*acme\/releases/);
  sandbox.setRole(RELEASES, "ada", "write");
  const draft = sandbox.publishRelease({ repo: RELEASES, tag: "2.1.0", author: "eve", draft: true });
  release("v2.1.0");
  expect((await completed("v2.1.0")).reason).toMatch(/^release_draft: .*made by eve/);
  expect(sandbox.releases(RELEASES)).toMatchObject([{ id: draft.id, assets: [] }]);
  sandbox.people.deleteRelease(RELEASES, draft.id, "eve");

  // Cancelled when its files are up, and even when it is public already.
  for (const [tag, match] of [
    ["v2.2.0", /^POST \/uploads\/.*/],
    ["v2.3.0", CHANGED],
  ] as const) {
    const cancel = async (): Promise<void> => {
      await post(`runs/${(await page(tag))?.id ?? ""}/cancel`);
    };
    sandbox.faults.add({ kind: "status-after-effect", match, after: 1, times: 1, meanwhile: cancel });
    release(tag);
    const ended = await completed(tag);
    expect([ended.conclusion, ended.release?.assets]).toEqual(["cancelled", []]);
    expect(sandbox.releases(RELEASES)).toEqual([]);
    expect(sandbox.taggedCommit(RELEASES, tag.slice(1))).toBeNull();
  }
  release("v2.4.0");
  await completed("v2.4.0");
  release("v1.9.9");
  expect(await completed("v1.9.9")).toMatchObject({ conclusion: "success", release: { tag: "1.9.9" } });
  sandbox.publishRelease({ repo: HUB, tag: "v2.5.0-rc.1", author: "ada", prerelease: true });
  expect(await completed("v2.5.0-rc.1")).toMatchObject({ conclusion: "success" });
  expect(sandbox.release(RELEASES, "2.5.0-rc.1")).toMatchObject({ draft: false, prerelease: true });
  // Neither an older line nor a prerelease takes the place of the newest.
  expect(sandbox.latest(RELEASES)).toBe("2.4.0");
  const released = sandbox.release(RELEASES, "2.4.0");
  expect(assetNames(released)).toEqual(FILES);
  expect(sandbox.taggedCommit(RELEASES, "2.4.0")).toBe(sandbox.head(RELEASES));
  expect(sandbox.release(HUB, "v2.4.0")).toMatchObject({ assets: [], body: "By hand.\r\n" });
  // Started again, it is there already, and made by us: it is used.
  const again = await callApi(server, `runs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ hub: HUB, tag: "v2.4.0" }),
  });
  expect(again.status).toBe(201);
  const { id } = (await again.json()) as RunView;
  const second = await run((newest) => newest.id === id && newest.status === "completed", "v2.4.0");
  expect(second).toMatchObject({ conclusion: "success", release: { id: released?.id } });
});
