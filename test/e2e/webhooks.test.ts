import { randomUUID } from "node:crypto";
import { Webhooks } from "@octokit/webhooks";
import { describe, expect, it } from "vitest";
import { callApi } from "./api-client.js";
import { HUB, runsOf, startScenario, TAG, until } from "./harness.js";
import { expectVerified } from "./release.js";

/** Those that are lost, doubled, late or out of order: hard-cases.test.ts. */
describe("webhooks", () => {
  it("with a wrong signature or a broken body are refused, and the server goes on", async () => {
    const { sandbox, server, release, completed } = await startScenario({ components: { base: {} } });
    const body = JSON.stringify({ action: "published" });
    const post = (signature: string, text: string): Promise<Response> =>
      fetch(`${server.url}/api/github/webhooks`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-github-event": "release",
          "x-github-delivery": randomUUID(),
          "x-hub-signature-256": signature,
        },
        body: text,
      });
    expect((await post(`sha256=${"0".repeat(64)}`, body)).status).toBe(401);
    expect((await post(await new Webhooks({ secret: "e2e-secret" }).sign("{broken"), "{broken")).status).toBe(400);
    expect(await server.log()).toMatch(/"level":"warn".*signature/i);
    sandbox.webhookFaults.add({ kind: "wrong-signature", times: 1, match: ({ event }) => event === "workflow_run" });
    release();
    expect((await completed()).conclusion).toBe("success");
  });

  it("that tell all as it happens make a component cost five requests", async () => {
    const { sandbox, release, completed } = await startScenario({ components: { base: {} } });
    sandbox.script("acme/base", ".github/workflows/build.yml", { queuedMs: 300, runningMs: 300 });
    release();
    expect((await completed()).conclusion).toBe("success");
    const ofRun = /^\/repos\/acme\/base\/(dispatches|actions\/(runs|artifacts).*)$/;
    const asked = sandbox.requests.flatMap(({ method, path }) => {
      const [, what] = ofRun.exec(path) ?? [];
      return what === undefined ? [] : [`${method} ${what.replace(/\d+/, "N")}`];
    });
    expect(asked.length).toBeLessThanOrEqual(5);
    expect(asked[0]).toBe("POST dispatches");
    expect(asked.slice(-2)).toEqual(["GET actions/runs/N/artifacts", "GET actions/artifacts/N/zip"]);
    expect(new Set(asked.slice(1, -2))).toEqual(new Set(["GET actions/runs/N"]));
  });

  it("that came while the server was down are asked for again when it starts, and while it runs", async () => {
    const env = { DELIVERY_SCAN_INTERVAL: "300ms" };
    const { sandbox, server, release, completed } = await startScenario({ components: { base: {} } }, { env });
    const ofRuns = ({ event }: { event: string }): boolean => event === "workflow_run";
    sandbox.webhookFaults.add({ kind: "lose", match: ofRuns });
    await server.stop();
    release();
    await sandbox.idle();
    await server.start();
    expect((await completed()).conclusion).toBe("success");
    const published = sandbox.deliveries.filter(({ event, action }) => event === "release" && action === "published");
    expect(published.map(({ redelivery, status }) => ({ redelivery, status }))).toEqual([
      { redelivery: false, status: "failed to connect to host" },
      { redelivery: true, status: "OK" },
    ]);
    expect(new Set(published.map(({ guid }) => guid)).size).toBe(1);
    const again = await until(() =>
      Promise.resolve(sandbox.deliveries.find((each) => ofRuns(each) && each.status === "OK") ?? null),
    );
    expect(again.redelivery).toBe(true);
    await expectVerified(sandbox.release(HUB, TAG));
  });

  it("are answered at once, also while GitHub does not answer", async () => {
    const { sandbox, release, server } = await startScenario({ components: { base: {} } });
    let letGo = (): void => undefined;
    const silent = new Promise<void>((resolve) => (letGo = resolve));
    sandbox.faults.add({ match: /^GET|^POST \/app/, kind: "delay", ms: 0, meanwhile: () => silent });
    release();
    await until(() =>
      Promise.resolve(sandbox.deliveries.find(({ event, status }) => event === "release" && status === "OK") ?? null),
    );
    expect(await runsOf(server, TAG)).toEqual([]);
    sandbox.faults.clear();
    letGo();
  });

  it("about releases that the app made, drafts, and hubs without a configuration start nothing", async () => {
    const { sandbox, server } = await startScenario({ components: { base: {} } });
    sandbox.publishRelease({ repo: HUB, tag: "v2", author: `${sandbox.app.slug}[bot]` });
    sandbox.publishRelease({ repo: HUB, tag: "v3", author: "ada", draft: true });
    sandbox.publishRelease({ repo: "acme/base", tag: "v4", author: "ada" });
    await sandbox.idle();
    await until(async () => (/release v4 of acme\/base starts no chain/.test(await server.log()) ? true : null));
    expect(await server.log()).toMatch(/release v2 of acme\/product starts no chain/);
    expect(sandbox.dispatches).toEqual([]);
    const answer = await callApi(server, `runs`);
    expect(await answer.json()).toMatchObject({ items: [] });
  });
});
