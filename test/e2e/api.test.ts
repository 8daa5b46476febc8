/** What docs and description of the API promise, asked of a real server. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { EXAMPLES } from "../../src/http/openapi/examples.js";
import { RUN, SHA256, TOKEN, TWIN_RUN_ID } from "../../src/http/openapi/example-values.js";
import { readPage } from "../docs/markdown.js";
import { answerProblems } from "../http/described-answers.js";
import { httpReceiver } from "../notices/receivers.js";
import { signingKey } from "../signing-keys.js";
import { callApi } from "./api-client.js";
import { examplesOf, replay, type Document } from "./examples.js";
import { dispatchBeside } from "./foreign-runs.js";
import { artifactOf, HUB, startScenario, TAG, type ProductSpec, type Scenario } from "./harness.js";

/** Of the examples. */
const EXAMPLE_TAG = "v1.2.0";
const NEVER = 120_000;

const product: ProductSpec = {
  config: `
defaults: {find-timeout: 5s, retry: {max-attempts: 1, backoff: {initial: 50ms, jitter: none}}}
monitor: {poll-interval: 300ms}
notify: [{when: failure, to: slack-releases}]`,
  components: {
    base: {},
    twin: {
      needs: ["base"],
      echoes: false,
      script: ({ execution }) => ({ runningMs: execution <= 2 ? NEVER : 20, artifacts: [artifactOf("twin")] }),
    },
    docs: { script: { conclusion: "failure", artifacts: [artifactOf("docs")] } },
    extra: {
      more: "optional: true",
      script: ({ execution }) => ({ runningMs: execution === 1 ? NEVER : 20, artifacts: [artifactOf("extra")] }),
    },
  },
};

/** A server with all that the examples speak of. */
async function startStory(): Promise<Scenario> {
  const receiver = await httpReceiver();
  onTestFinished(() => receiver.close());
  const hook = { kind: "slack", url: `${receiver.url}/slack`, "allow-private": true };
  const { privateKey } = await signingKey();
  const env = {
    SIGNING_KEY: privateKey.replaceAll("\n", "\\n"),
    NOTICE_TARGETS: JSON.stringify({ "slack-releases": hook }),
  };
  const scenario = await startScenario(product, { env, publicUrl: true });
  const { sandbox } = scenario;
  // Release runs are started over the API here.
  sandbox.webhookFaults.add({ kind: "drop", match: ({ event }) => event === "release" });
  dispatchBeside(sandbox, "acme/twin");
  return scenario;
}

it("every documented example is answered as it is documented", async () => {
  const scenario = await startStory();
  const { sandbox, server, release, run, completed } = scenario;
  release(EXAMPLE_TAG);
  const document = (await (await callApi(server, "openapi.json")).json()) as Document;
  const documented = examplesOf(document);
  const here = new Map<unknown, unknown>();
  const called = (value: unknown): unknown => here.get(value) ?? value;

  /** What has to have happened before, and what is to be known afterwards. */
  const before: Record<string, () => Promise<unknown>> = {
    "adoptWorkflowRun adopted": async () => {
      await run(
        ({ components: [, twin, docs, extra] }) =>
          twin?.attempts[0]?.candidates.length === 2 &&
          docs?.conclusion === "failure" &&
          extra?.status === "in_progress",
        EXAMPLE_TAG,
      );
      const own = sandbox.dispatches.find(({ repo, payload }) => repo === "acme/twin" && "chain" in payload);
      here.set(TWIN_RUN_ID, own?.runIds[0]);
    },
    "cancelRun already": () => completed(EXAMPLE_TAG),
    "retryComponent again": () => completed(EXAMPLE_TAG),
    "skipComponent skipped": () => completed(EXAMPLE_TAG),
    "listRuns page": () => completed(EXAMPLE_TAG),
  };
  const after: Record<string, (answer: { id?: string; items?: { sha256: string }[] }) => unknown> = {
    "startRun started": ({ id }) => here.set(RUN, id),
    "listArtifacts page": ({ items = [] }) => here.set(SHA256, items[0]?.sha256),
    "createToken made": ({ id }) => here.set(TOKEN, id),
  };

  let sent = 0;
  for (const [operationId, named] of Object.entries(EXAMPLES))
    for (const name of Object.keys(named)) {
      const step = `${operationId} ${name}`;
      await before[step]?.();
      const example = documented.find((one) => one.operationId === operationId && one.name === name);
      if (example === undefined) throw new Error(`The document has no example ${step}.`);
      const answer = await replay(server.localUrl, example, called);
      after[step]?.(answer as { id?: string });
      sent += 1;
    }
  expect(sent).toBe(documented.length);
  expect((await completed(EXAMPLE_TAG)).conclusion).toBe("success");

  release(TAG);
  for (const { method, path, output } of await curlOfTheDocs(server.dataDir, String(here.get(RUN)))) {
    const isStream = path.endsWith("/events");
    const status = method === "POST" && path === "/api/v1/runs" ? 201 : 200;
    const type = isStream ? "text/event-stream" : "application/json";
    const body: unknown = isStream ? output : JSON.parse(output);
    expect(answerProblems(method, path, { status, type, body })).toEqual([]);
    if (isStream) expect(output).toContain("event: end");
  }
  expect((await completed()).hub).toBe(HUB);
});

/** What docs/api.md has people type, each command by itself in a folder as they have it, and what the real curl prints. */
async function curlOfTheDocs(dataDir: string, runId: string) {
  const folder = await mkdtemp(join(tmpdir(), "rc-curl-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await symlink(dataDir, join(folder, "data"));
  const lines = readPage("docs/api.md")
    .blocks.filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.split("\n"));
  const defined = lines.filter((line) => line.startsWith("rc()")).join("\n");
  const commands = lines.filter((line) => line.startsWith("rc "));
  expect([defined, commands.length]).toEqual([expect.stringContaining("curl"), expect.toSatisfy((n) => Number(n) > 5)]);
  const printed = [];
  for (const command of commands) {
    const [, path = ""] = /http:\/\/localhost([^'" ]+)/.exec(command) ?? [];
    const script = `${defined}\n${command.replaceAll("RUN", runId)}`;
    const { stdout } = await promisify(execFile)("bash", ["--noprofile", "--norc", "-euc", script], { cwd: folder });
    const method = /-X (\w+)/.exec(command)?.[1] ?? "GET";
    printed.push({ method, path: path.replaceAll("RUN", runId), output: stdout });
  }
  return printed;
}
