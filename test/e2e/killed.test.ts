import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunView } from "../../src/chain/run-view.js";
import { drawFrom } from "../simulation/random.js";
import {
  artifactOf,
  contentOf,
  HUB,
  runsOf,
  startScenario,
  TAG,
  until,
  type ProductSpec,
  type Scenario,
} from "./harness.js";
import { expectVerified } from "./release.js";

const KILLS = 4;
/** At each named step the server is killed in crash-points.test.ts. Another seed, other moments: SEED=7 npx vitest run test/e2e/killed.test.ts */
const SEED = Number(process.env["SEED"] ?? Date.now() % 100_000);

const builds = { runningMs: 700 };

const product: ProductSpec = {
  config: `
defaults:
  find-timeout: 8s
  retry: {backoff: {initial: 100ms}}
monitor: {poll-interval: 500ms}
`,
  components: {
    consensus: { script: { ...builds, artifacts: [artifactOf("consensus", 400_000)] } },
    sdk: { echoes: false, script: { ...builds, artifacts: [artifactOf("sdk", 400_000)] } },
    protocol: {
      needs: ["consensus"],
      script: { ...builds, conclusion: ["failure", "success"], artifacts: [artifactOf("protocol", 400_000)] },
    },
    node: {
      needs: ["protocol", "consensus"],
      echoes: false,
      script: { ...builds, artifacts: [artifactOf("node", 400_000)] },
    },
    umbrella: { needs: ["node"], script: { ...builds, artifacts: [artifactOf("umbrella", 400_000)] } },
    commons: { needs: ["sdk"], script: { ...builds, artifacts: [artifactOf("commons", 400_000)] } },
  },
};

const IDS = Object.keys(product.components);

async function newest({ server }: Scenario, tag: string): Promise<RunView | null> {
  const [run] = await runsOf(server, tag).catch(() => []);
  return run ?? null;
}

async function begun(scenario: Scenario, tag: string): Promise<void> {
  scenario.release(tag);
  await until(() => newest(scenario, tag));
}

describe("a server that is killed", () => {
  it(
    `${KILLS} times at random moments (seed ${SEED}) goes on each time, builds nothing twice, and publishes the same bytes`,
    { timeout: 300_000 },
    async () => {
      const { next: random } = drawFrom(SEED);
      const scenario = await startScenario(product, { ownProcess: true });
      const { sandbox, server } = scenario;
      const tags = [TAG];
      await begun(scenario, TAG);
      for (let kills = 0; kills < KILLS; kills++) {
        await new Promise((resolve) => setTimeout(resolve, random() * 600));
        const run = await newest(scenario, tags.at(-1) ?? TAG);
        if (run?.status === "completed") {
          // The chain was quicker than the axe: another one.
          tags.push(`v1.0.${tags.length}`);
          await begun(scenario, tags.at(-1) ?? TAG);
        }
        await server.kill();
        await server.start();
      }
      for (const tag of tags) {
        const run = await scenario.completed(tag);
        expect(run).toMatchObject({ conclusion: "success", reason: null });
        const dispatched = sandbox.dispatches.filter(({ payload }) => payload["version"] === tag);
        expect(dispatched.map(({ repo }) => repo).sort()).toEqual(IDS.map((id) => `acme/${id}`).sort());
        const published = sandbox.release(HUB, tag);
        await expectVerified(published);
        for (const id of IDS)
          expect(
            published?.assets.find(({ name }) => name === `${id}.img`)?.content.equals(contentOf(id, 400_000)),
          ).toBe(true);
      }
      // The first build of protocol failed: one rerun, of the same run, and not a second one.
      expect(sandbox.runs).toHaveLength(tags.length * IDS.length);
      expect(sandbox.runs.filter(({ repo }) => repo === "acme/protocol").map(({ attempt }) => attempt)[0]).toBe(2);
    },
  );

  it("leaves nothing behind that keeps the next one from the database", async () => {
    const { server } = await startScenario({ components: { base: {} } }, { ownProcess: true });
    await server.kill();
    await server.start();
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });
});

describe("a second server", () => {
  it("on the same database is refused with a clear word, and the first goes on", async () => {
    const { sandbox, server } = await startScenario({ components: { base: {} } }, { ownProcess: true });
    const second = spawn(process.execPath, [fileURLToPath(new URL("../../dist/main.js", import.meta.url)), "serve"], {
      env: {
        PATH: process.env["PATH"],
        ...sandbox.environment(),
        PORT: "0",
        DATABASE_URL: `file:${join(server.dataDir, "release-chain.db")}`,
        DATA_DIR: join(server.dataDir, "second"),
      },
    });
    let words = "";
    second.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
    const code = await new Promise((resolve) => second.once("exit", resolve));
    expect(code).toBe(1);
    expect(words).toMatch(/another release-chain server/i);
    expect(words).not.toMatch(/\n\s+at /);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });
});

describe("a server that is told to stop", () => {
  it("hands back what is in hand within 10 s, exits 0, and goes on at the next start", async () => {
    const { sandbox, server, release, run, completed } = await startScenario(
      {
        components: {
          base: { script: { runningMs: 1_500, artifacts: [artifactOf("base")] } },
          top: { needs: ["base"] },
        },
      },
      { ownProcess: true },
    );
    release();
    await run(({ components }) => components[0]?.status === "in_progress");
    const asked = Date.now();
    expect(await server.stop()).toBe(0);
    expect(Date.now() - asked).toBeLessThan(10_000);
    await server.start();
    expect((await completed()).conclusion).toBe("success");
    expect(sandbox.dispatches).toHaveLength(2);
  });
});
