import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { callApi } from "./api-client.js";
import { contentOf, HUB, startScenario, TAG, type ProductSpec } from "./harness.js";
import { assetNames, expectVerified } from "./release.js";

/** The shape of a real product: two roots, a diamond, a chain. */
const product: ProductSpec = {
  components: {
    consensus: { workflow: "ci.yml" },
    sdk: {},
    protocol: { needs: ["consensus"] },
    node: { needs: ["protocol", "consensus"], echoes: false },
    umbrella: { needs: ["node"], workflow: "ci.yml" },
    commons: { needs: ["sdk"], echoes: false },
  },
};

const IDS = Object.keys(product.components);

describe("a chain in which all goes well", () => {
  it("is built in order, collected, published and verified", async () => {
    const { sandbox, release, completed } = await startScenario(product, { sandbox: { recordExchanges: true } });
    release();
    const run = await completed();
    expect(run).toMatchObject({ hub: HUB, tag: TAG, status: "completed", conclusion: "success", reason: null });

    expect(sandbox.dispatches.map(({ repo }) => repo).sort()).toEqual(IDS.map((id) => `acme/${id}`).sort());
    const at = new Map(sandbox.dispatches.map((dispatch) => [dispatch.repo, dispatch.at]));
    for (const [id, { needs = [] }] of Object.entries(product.components))
      for (const need of needs) {
        const needed = sandbox.runs.find(({ repo }) => repo === `acme/${need}`);
        expect(at.get(`acme/${id}`)).toBeGreaterThanOrEqual(needed?.createdAt ?? Infinity);
      }

    const published = sandbox.release(HUB, TAG);
    const files = IDS.map((id) => `${id}.img`);
    expect(assetNames(published)).toEqual(
      [...files, "SHA256SUMS", "provenance.intoto.jsonl", "release-chain.lock.json"].sort(),
    );
    for (const id of IDS)
      expect(published?.assets.find(({ name }) => name === `${id}.img`)?.content).toEqual(contentOf(id));
    await expectVerified(published);
    expect(published?.body).toMatch(/^By hand\.\r\n/);
    expect(published?.body).toContain("<!-- release-chain:begin -->");
    expect(run.release?.assets.map(({ name }) => name).sort()).toEqual(assetNames(published));
    expect(sandbox.violations).toEqual([]);
  });

  it("sends each workflow what it needs to know", async () => {
    const { sandbox, release, completed } = await startScenario(product);
    release();
    const run = await completed();
    const payload = sandbox.dispatches.find(({ repo }) => repo === "acme/node")?.payload;
    const sha = (id: string): string => sandbox.head(`acme/${id}`);
    expect(payload).toEqual({
      version: TAG,
      chain: {
        id: run.id,
        dispatch_id: run.components.find(({ id }) => id === "node")?.attempts[0]?.dispatchId,
        hub: HUB,
        tag: TAG,
        component: "node",
      },
      source: { repo: "acme/node", ref: "main", sha: sha("node") },
      lock: {
        consensus: { repo: "acme/consensus", ref: "main", sha: sha("consensus") },
        protocol: { repo: "acme/protocol", ref: "main", sha: sha("protocol") },
      },
      upstream: ["consensus", "protocol"].map((id) => ({
        component: id,
        artifact: `${id}-image`,
        file: `${id}.img`,
        size: 2_000,
        sha256: createHash("sha256").update(contentOf(id)).digest("hex"),
        url: null,
      })),
      inputs: {},
    });
  });

  it("starts one release run, however often and in whatever words the release is announced", async () => {
    const { sandbox, server, release, completed } = await startScenario(product);
    sandbox.webhookFaults.add({ kind: "duplicate", copies: 3, match: ({ event }) => event === "release" });
    release();
    await completed();
    for (const { id } of sandbox.deliveries.filter(({ event }) => event === "release")) sandbox.redeliver(id);
    await sandbox.idle();
    const answer = await callApi(server, `runs`);
    expect(((await answer.json()) as { items: unknown[] }).items).toHaveLength(1);
    expect(sandbox.dispatches).toHaveLength(IDS.length);
  });

  it("uses workflow_dispatch where it is configured, and knows the run from the answer", async () => {
    const { sandbox, release, completed } = await startScenario({
      components: { sdk: { trigger: "workflow_dispatch" } },
    });
    release();
    const run = await completed();
    expect(run.conclusion).toBe("success");
    const [dispatch] = sandbox.dispatches;
    expect(dispatch).toMatchObject({ kind: "workflow_dispatch", inputs: { version: TAG } });
    expect(JSON.parse(String(dispatch?.inputs["release-chain"]))).toMatchObject({ chain: { component: "sdk" } });
  });

  it("holds back a group until the ones before it have ended, with order: groups", async () => {
    const { sandbox, release, completed } = await startScenario({
      config: "schedule: {order: groups}\nmonitor: {poll-interval: 1s}",
      components: {
        slow: { script: { runningMs: 600 } },
        quick: {},
        after: { needs: ["quick"] },
      },
    });
    release();
    expect((await completed()).conclusion).toBe("success");
    const slow = sandbox.runs.find(({ repo }) => repo === "acme/slow");
    const after = sandbox.dispatches.find(({ repo }) => repo === "acme/after");
    expect(after?.at).toBeGreaterThanOrEqual((slow?.createdAt ?? Infinity) + 600);
  });
});
