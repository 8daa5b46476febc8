/**
 * A chain whose server is killed (SIGKILL) at each named step in turn: when GitHub has received a request and it has had
 * no effect, when it has had its effect and nothing was answered, and in the middle of what is sent or received.
 */
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { announcementPoint, crashAt, requestPoint, type CrashPoint } from "./crash-points.js";
import { artifactOf, contentOf, HUB, startScenario, TAG, type ProductSpec, type Scenario } from "./harness.js";
import { assetNames, expectVerified } from "./release.js";

/** More than the buffers between the two sides hold, and nothing that compresses. */
const IMAGE = createHash("shake256", { outputLength: 6_000_000 }).update("base").digest();

const product: ProductSpec = {
  config: `
defaults:
  find-timeout: 2s
  retry: {backoff: {initial: 50ms, jitter: none}}
monitor: {poll-interval: 400ms}
`,
  components: {
    base: {
      script: {
        runningMs: 50,
        conclusion: ["failure", "success"],
        artifacts: [{ name: "base", files: { "base.img": IMAGE } }],
      },
    },
    slow: {
      needs: ["base"],
      more: "timeout: 600ms",
      script: ({ execution }) => ({ runningMs: execution === 1 ? 60_000 : 50, artifacts: [artifactOf("slow")] }),
    },
    mute: { needs: ["slow"], echoes: false },
    flow: { needs: ["mute"], trigger: "workflow_dispatch" },
  },
};

const IDS = Object.keys(product.components);
const BY_HAND = { name: "readme.txt", content: Buffer.from("by hand") };
const OWN = ["provenance.intoto.jsonl", "release-chain.lock.json"];
const ASSETS = [...IDS.map((id) => `${id}.img`), ...OWN].sort();

const uploaded = ({ sandbox }: Scenario): number =>
  sandbox.release(HUB, TAG)?.assets.filter(({ state, uploader }) => state === "uploaded" && uploader !== "ada")
    .length ?? 0;
const of = (method: string, repo: string, rest: string): RegExp =>
  new RegExp(`^${method} /repos/acme/${repo}/${rest}$`);
const UPLOAD = /^POST \/uploads\//;
const LISTED = of("GET", "product", "releases/\\d+/assets");

const POINTS: CrashPoint[] = [
  announcementPoint("the release's webhook, sent whole and not answered", "sent"),
  announcementPoint("the release's webhook, answered a moment ago", "answered"),
  requestPoint("plan: read the configuration", of("GET", "product", "contents/.+"), "drop"),
  requestPoint("dispatch: before it takes effect", of("POST", "base", "dispatches"), "drop"),
  requestPoint("dispatch: after it took effect", of("POST", "base", "dispatches"), "drop-after-effect"),
  requestPoint("list workflow runs", of("GET", "base", "actions/runs"), "drop"),
  requestPoint("read the jobs of a failed run", of("GET", "base", "actions/runs/\\d+/(attempts/\\d+/)?jobs"), "drop"),
  requestPoint("rerun: before it takes effect", of("POST", "base", "actions/runs/\\d+/rerun.*"), "drop"),
  requestPoint("rerun: after it took effect", of("POST", "base", "actions/runs/\\d+/rerun.*"), "drop-after-effect"),
  requestPoint("read a workflow run", of("GET", "base", "actions/runs/\\d+"), "drop"),
  requestPoint("list artifacts", of("GET", "base", "actions/runs/\\d+/artifacts"), "drop"),
  requestPoint("artifact: follow the redirect", of("GET", "base", "actions/artifacts/\\d+/zip"), "drop-after-effect"),
  requestPoint("artifact: half of it downloaded", /^GET \/blobs\//, "truncate"),
  requestPoint("cancel: before it takes effect", of("POST", "slow", "actions/runs/\\d+/cancel"), "drop"),
  requestPoint("cancel: after it took effect", of("POST", "slow", "actions/runs/\\d+/cancel"), "drop-after-effect"),
  requestPoint("dispatch: after effect, no title names it", of("POST", "mute", "dispatches"), "drop-after-effect"),
  requestPoint("workflow_dispatch: after it took effect", of("POST", "flow", ".*/dispatches"), "drop-after-effect"),
  requestPoint("publish: look at the release before", LISTED, "drop"),
  requestPoint("upload: before it takes effect", UPLOAD, "drop"),
  requestPoint("upload: in the middle", UPLOAD, "starter"),
  requestPoint("delete an asset: before it takes effect", of("DELETE", "product", "releases/assets/\\d+"), "drop"),
  requestPoint("delete an asset: after", of("DELETE", "product", "releases/assets/\\d+"), "drop-after-effect"),
  requestPoint("upload: after it took effect", UPLOAD, "drop-after-effect"),
  requestPoint("read back before SHA256SUMS", LISTED, "drop", (scenario) => uploaded(scenario) === ASSETS.length),
  requestPoint("read back all", LISTED, "drop", (scenario) => uploaded(scenario) === ASSETS.length + 1),
  requestPoint("notes: before they take effect", of("PATCH", "product", "releases/\\d+"), "drop"),
  requestPoint("notes: after they took effect", of("PATCH", "product", "releases/\\d+"), "drop-after-effect"),
];

it(`a server killed at each of ${POINTS.length} steps goes on, does nothing twice, and publishes the whole release`, async () => {
  const scenario = await startScenario(product, { ownProcess: true });
  const { sandbox, release, completed } = scenario;
  const crashes = crashAt(POINTS, scenario);
  release();
  const released = sandbox.release(HUB, TAG);
  sandbox.people.attach(HUB, released?.id ?? 0, BY_HAND, "ada");
  await crashes.done;
  const run = await completed();
  expect(crashes.rows.map(([step]) => step)).toEqual(POINTS.map(({ step }) => step));
  expect(run).toMatchObject({ conclusion: "success", reason: null });

  expect(sandbox.dispatches.map(({ repo }) => repo)).toEqual(IDS.map((id) => `acme/${id}`));
  expect(sandbox.runs.map(({ repo, attempt, conclusion }) => [repo, attempt, conclusion])).toEqual([
    ["acme/base", 2, "success"],
    ["acme/slow", 2, "success"],
    ["acme/mute", 1, "success"],
    ["acme/flow", 1, "success"],
  ]);
  const published = sandbox.release(HUB, TAG);
  expect(assetNames(published)).toEqual([...ASSETS, "SHA256SUMS", BY_HAND.name].sort());
  const content = (name: string): Buffer | undefined => published?.assets.find((one) => one.name === name)?.content;
  for (const id of IDS) expect(content(`${id}.img`)?.equals(id === "base" ? IMAGE : contentOf(id))).toBe(true);
  expect(content(BY_HAND.name)).toEqual(BY_HAND.content);
  expect(published?.body).toMatch(/^By hand\.\r\n/);
  expect(published?.body?.match(/release-chain:begin/g)).toHaveLength(1);
  await expectVerified(
    published && { ...published, assets: published.assets.filter(({ uploader }) => uploader !== "ada") },
  );
  expect(sandbox.violations).toEqual([]);
  console.info(table(crashes.rows));
}, 300_000);

/** Where release-chain makes the release: what took effect, and was not stored any more. */
const MADE_POINTS: CrashPoint[] = [
  requestPoint("make the draft: after it took effect", of("POST", "product", "releases"), "drop-after-effect"),
  requestPoint("publish the draft: after", of("PATCH", "product", "releases/\\d+"), "drop-after-effect", hasNotes),
  requestPoint("tag a component: after it took effect", of("POST", "core", "git/refs"), "drop-after-effect"),
];

function hasNotes({ sandbox }: Scenario): boolean {
  return sandbox.releases(HUB).some(({ body }) => body?.includes("### Built by release-chain"));
}

it(`a server killed at each of ${MADE_POINTS.length} steps of making a release makes one, whole, and tags its components`, async () => {
  const scenario = await startScenario(
    {
      config: `${product.config ?? ""}\non: {create: {tags: ["v*"]}}\npublish: {tag-components: true}\n`,
      components: { core: {}, layer: { more: "build: false" } },
    },
    { ownProcess: true },
  );
  const { sandbox, completed } = scenario;
  const crashes = crashAt(MADE_POINTS, scenario);
  sandbox.tag(HUB, TAG, { actor: "ada" });
  await crashes.done;
  const run = await completed();
  expect(crashes.rows.map(([step]) => step)).toEqual(MADE_POINTS.map(({ step }) => step));
  expect(run).toMatchObject({ conclusion: "success", reason: null });

  const [made, ...others] = sandbox.releases(HUB);
  expect([made, others]).toMatchObject([{ id: run.release?.id, draft: false, tag: TAG }, []]);
  expect(made && assetNames(made)).toEqual(["SHA256SUMS", "core.img", ...OWN]);
  expect(made?.body?.match(/release-chain:begin/g)).toHaveLength(1);
  await expectVerified(made ?? null);
  const tags = ["core", "layer"].map((id) => sandbox.taggedCommit(`acme/${id}`, TAG));
  expect(tags).toEqual([sandbox.head("acme/core"), sandbox.head("acme/layer")]);
  // Nothing was made a second time, and then removed.
  const asked = (line: RegExp): number =>
    sandbox.requests.filter(({ method, path }) => line.test(`${method} ${path}`)).length;
  expect(asked(of("POST", "product", "releases"))).toBe(1);
  expect(asked(of("POST", "core", "git/refs"))).toBe(1);
  expect(asked(of("DELETE", "product", "releases/\\d+"))).toBe(0);
  expect(sandbox.dispatches.map(({ repo }) => repo)).toEqual(["acme/core"]);
  expect(sandbox.violations).toEqual([]);
  console.info(table(crashes.rows));
}, 120_000);

function table(rows: readonly [step: string, readyAfter: number][]): string {
  const width = Math.max(...rows.map(([step]) => step.length));
  const lines = rows.map(([step, ms]) => `${step.padEnd(width)}  killed, ready again after ${ms} ms, recovered`);
  return `\n${lines.join("\n")}\n`;
}
