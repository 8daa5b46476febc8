/** What people read of a release run: its section of the release, what is under way, and a command that follows it. */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import type { ReleasePlan } from "../../src/chain/plan.js";
import type { RunView } from "../../src/chain/run-view.js";
import { callApi } from "./api-client.js";
import { configText, contentOf, HUB, runsOf, startScenario, TAG, until, type ProductSpec } from "./harness.js";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const CONFIG = ".github/release-chain.yml";
const TEMPLATE = ".github/notes.md";
const NEXT = "v1.1.0";

interface Watcher {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  ended: Promise<number | null>;
}

function watch(dataDir: string, ...args: string[]): Watcher {
  const env = { PATH: process.env["PATH"], DATA_DIR: dataDir };
  const child = spawn(process.execPath, [MAIN, "watch", ...args, "--interval", "200ms"], { env, cwd: dataDir });
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.err += chunk.toString()));
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, out: () => said.out, err: () => said.err, ended };
}

it("fills the hub's own template, and tells how sizes changed since the release before", async () => {
  const product: ProductSpec = {
    config: `publish: {notes: {template: "${TEMPLATE}"}}\nmonitor: {poll-interval: 1s}`,
    components: {
      bsp: {
        script: ({ payload }) => {
          const again = payload["version"] === NEXT;
          const files = { [`core-${String(payload["version"])}.img`]: contentOf("core", again ? 3_000 : 2_000) };
          const more = again ? { "sdk.sh": contentOf("sdk") } : { "old.txt": contentOf("old", 500) };
          return { artifacts: [{ name: "images", files: { ...files, ...more } }] };
        },
      },
    },
  };
  const { sandbox, server, release, completed } = await startScenario(product);
  release();
  const refused = await completed();
  expect(refused.conclusion).toBe("failure");
  expect(refused.reason).toContain(`notes_template: ${HUB} has no ${TEMPLATE}`);

  const text = "## Firmware ${version}\r\n\r\nBy `us`, $${NOT} filled.\r\n\r\n${sizes}\r\n\r\n${fiels}\r\n";
  sandbox.commit(HUB, "main", { [TEMPLATE]: text });
  sandbox.publishRelease({ repo: HUB, tag: "v1.0.1", author: "ada" });
  expect((await completed("v1.0.1")).reason).toContain(`${TEMPLATE}:7:1: unknown placeholder \${fiels}`);

  sandbox.commit(HUB, "main", { [TEMPLATE]: text.replace("fiels", "files"), [CONFIG]: configText(product) });
  release("v1.0.2");
  expect((await completed("v1.0.2")).conclusion).toBe("success");
  release(NEXT);
  const run = await completed(NEXT);
  expect(run.conclusion).toBe("success");
  const body = sandbox.release(HUB, NEXT)?.body ?? "";
  expect(body).toMatch(
    /^By hand\.\r\n\r\n\r\n<!-- release-chain:begin -->\n## Firmware 1\.1\.0\n\nBy `us`, \$\{NOT\} filled\.\n/,
  );
  expect(body).toContain("### Sizes against `v1.0.2`");
  expect(body).toMatch(/\| `core-v1\.1\.0\.img` \| 2\.0 KiB \| 2\.9 KiB \| \+1000 B \(\+50\.0 %\) \|/);
  expect(body).toMatch(
    /\| `sdk\.sh` \|  \| 2\.0 KiB \| new \|\n\| `core-v1[^\n]*\n\| `old\.txt` \| 500 B \|  \| gone \|/,
  );
  expect(body).not.toContain("### Verify");
  const answer = await callApi(server, `runs/${run.id}/plan`);
  expect(((await answer.json()) as ReleasePlan).notesTemplate).toContain("## Firmware ${version}");
});

it("tells how far transfers are, and follows a release run through a restart of the server", async () => {
  const script = { artifacts: [{ name: "image", files: { "image.wic": noise(300_000) } }] };
  const { sandbox, server, release, run, completed } = await startScenario(
    { components: { bsp: { script } } },
    { ownProcess: true },
  );
  const seen: RunView[] = [];
  const look = async (matches: (run: RunView) => boolean): Promise<void> => {
    const found = async (): Promise<RunView | null> => (await runsOf(server, TAG)).find(matches) ?? null;
    seen.push(await until(found));
  };
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  sandbox.faults.add({
    kind: "truncate",
    times: 1,
    match: /^GET \/blobs\//,
    meanwhile: async () => {
      await look(({ components }) => (components[0]?.transfer?.bytesDone ?? 0) > 0);
      await held;
    },
  });
  release();
  const { id } = await run(({ components }) => components[0]?.transfer?.file === "image");

  const follower = watch(server.dataDir, `${HUB}@${TAG}`);
  const json = watch(server.dataDir, id, "--json");
  const left = watch(server.dataDir, id);
  const said = (words: string, text: () => string): Promise<true> =>
    until(
      () => Promise.resolve(text().includes(words) || null),
      () => Promise.resolve(text()),
    );
  sandbox.faults.add({
    kind: "starter",
    times: 1,
    match: /^POST \/uploads\//,
    meanwhile: async () => {
      await look(({ release }) => (release?.transfer?.bytesDone ?? 0) > 0);
      await said("publishing", follower.out);
    },
  });
  await said("collecting", left.out);
  left.child.kill("SIGINT");
  expect(await left.ended).toBe(130);
  expect(left.err()).toContain(`release run ${id} goes on`);

  await said("collecting", follower.out);
  await said("collecting", json.out);
  await server.kill();
  await said("tries again", follower.err);
  letGo();
  await server.start();
  expect((await completed()).conclusion).toBe("success");
  expect(await follower.ended).toBe(0);
  expect(await json.ended).toBe(0);

  expect(follower.err()).toMatch(/No server answers .*\n.*answers again/);
  expect(follower.out()).toMatch(
    /bsp +collecting .*downloads image: [^]*publishing .*publishes: \d of \d+ files, [^]*success/,
  );
  const documents = json
    .out()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RunView);
  expect(documents.map(({ status }) => status)).toContain("building");
  expect(documents.at(-1)).toMatchObject({ id, status: "completed", conclusion: "success" });

  const [down, up] = seen;
  const download = down?.components[0];
  expect(download?.transfer).toMatchObject({ file: "image", filesDone: 0, filesTotal: 1 });
  expect(download?.transfer?.bytesDone).toBeLessThan(download?.transfer?.bytesTotal ?? 0);
  expect(download?.why).toMatch(/^downloads image: \d[\d.]* (?:of|KiB of) \d/);
  expect(up?.release?.transfer).toMatchObject({ file: expect.any(String) as string });
  expect(up?.why).toMatch(/^publishes: \d of \d+ files, /);
  expect((await runsOf(server, TAG))[0]).toMatchObject({
    components: [{ transfer: null }],
    release: { transfer: null },
  });
});

/** Bytes that do not get smaller in a ZIP. */
function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 1;
  for (let index = 0; index < size; index++) bytes[index] = (state = (state * 48_271) % 2_147_483_647) & 255;
  return bytes;
}
