import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { aDatabase, NO_POSTGRESQL } from "../postgresql/database.js";
import { PASSWORD } from "../postgresql/server.js";
import { artifactOf, HUB, prepareServer, runsOf, startScenario, TAG, until, type ProductSpec } from "./harness.js";
import { expectVerified } from "./release.js";

const builds = (id: string) => ({ script: { runningMs: 600, artifacts: [artifactOf(id, 50_000)] } });

/** One that goes on until it is let go. */
function heldBuild(id: string) {
  let letGo: () => void = () => undefined;
  const end = new Promise<void>((resolve) => (letGo = resolve));
  return { build: { script: { artifacts: [artifactOf(id, 50_000)], work: () => end } }, letGo };
}

const base = heldBuild("base");
const image = heldBuild("image");

const product: ProductSpec = {
  config: "\ndefaults:\n  find-timeout: 6s\nmonitor: {poll-interval: 500ms}\n",
  components: {
    base: base.build,
    sdk: { ...builds("sdk"), echoes: false },
    image: { needs: ["base", "sdk"], ...image.build },
    apps: { needs: ["image"], ...builds("apps") },
  },
};

/** As the file system that servers share: each has the artifacts of all. */
async function dataDirs(count: number): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), "rc-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, "shared"));
  const folders = Array.from({ length: count }, (_, index) => join(root, String(index)));
  for (const folder of folders) {
    await mkdir(folder);
    await symlink(join(root, "shared"), join(folder, "artifacts"));
  }
  return folders;
}

describe("two servers on one PostgreSQL database", () => {
  it("build a chain once: webhooks reach the one that has it through the other, and the other goes on when it is killed", async ({
    skip,
  }) => {
    const database = await aDatabase();
    if (database === null) return skip(NO_POSTGRESQL);
    onTestFinished(() => database.drop());
    const [mine = "", theirs = ""] = await dataDirs(2);
    const env = { DATABASE_URL: database.url, LEASE_TERM: "2s" };
    const { sandbox, server, release, run } = await startScenario(product, {
      ownProcess: true,
      env: { ...env, DATA_DIR: mine },
    });
    release();
    await run(({ components }) => components[0]?.status === "in_progress");
    const other = await prepareServer(sandbox, { ...env, DATA_DIR: theirs }, false);
    onTestFinished(async () => {
      await other.stop();
      await rm(other.dataDir, { recursive: true, force: true });
    });
    await other.start();
    base.letGo();
    await run(({ components }) => components.find(({ id }) => id === "image")?.status === "in_progress");
    expect(await other.log()).not.toContain("component in_progress");
    await server.kill();
    image.letGo();
    const ended = await until(
      async () => (await runsOf(other, TAG)).find(({ status }) => status === "completed") ?? null,
      () => other.log(),
    );
    expect(ended).toMatchObject({ conclusion: "success", reason: null });
    expect(sandbox.dispatches).toHaveLength(Object.keys(product.components).length);
    expect(sandbox.runs.map(({ attempt }) => attempt)).toStrictEqual([1, 1, 1, 1]);
    await expectVerified(sandbox.release(HUB, TAG));
    expect((await server.log()) + (await other.log())).not.toContain(PASSWORD);
  });
});
