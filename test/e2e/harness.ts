/** A sandbox GitHub, a product on it, and the real server, over HTTP: what every scenario starts from. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { SigstoreTrust } from "../../src/artifacts/attestation-signature.js";
import { systemClock, systemRandom } from "../../src/run-server.js";
import { serve, type Serving } from "../../src/serve.js";
import { readSettings } from "../../src/settings.js";
import { freePorts } from "../../src/cli/demo-server.js";
import type { RunView } from "../../src/chain/run-view.js";
import { startSandbox, type Sandbox, type SandboxOptions, type WorkflowScript } from "../../src/sandbox/sandbox.js";
import { until as untilAnswered } from "../until.js";
import { callApi } from "./api-client.js";

export const HUB = "acme/product";
export const TAG = "v1.0.0";
const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface ComponentSpec {
  needs?: string[];
  /** Default build.yml. */
  workflow?: string;
  /** Whether its workflow echoes the dispatch id. Default true. */
  echoes?: boolean;
  script?: WorkflowScript;
  /** More keys of the component, as YAML flow, e.g. `optional: true`. */
  more?: string;
  private?: boolean;
  role?: "write" | "read";
  installed?: boolean;
  trigger?: "repository_dispatch" | "workflow_dispatch";
}

export interface ProductSpec {
  components: Record<string, ComponentSpec>;
  /** Lines of top-level YAML. */
  config?: string;
  /** The hub's releases are sealed when they are published. */
  immutable?: boolean;
}

/** Quick enough for tests; everything else as by default. */
const DEFAULTS = `
defaults:
  find-timeout: 4s
  retry: {backoff: {initial: 50ms, jitter: none}}
monitor: {poll-interval: 1s}
`;

/** Puts a product's repositories and its configuration on the sandbox. */
export function setUpProduct(sandbox: Sandbox, product: ProductSpec): void {
  sandbox.addUser("ada");
  for (const [id, spec] of Object.entries(product.components)) {
    const workflow = `.github/workflows/${spec.workflow ?? "build.yml"}`;
    sandbox.addRepository({
      fullName: `acme/${id}`,
      private: spec.private ?? false,
      installed: spec.installed ?? true,
      files: { "README.md": `# ${id}\n`, [workflow]: workflowText(spec) },
      permissions: { ada: spec.role ?? "write" },
    });
    sandbox.script(`acme/${id}`, workflow, spec.script ?? { artifacts: [artifactOf(id)] });
  }
  sandbox.addRepository({
    fullName: HUB,
    immutableReleases: product.immutable ?? false,
    files: { ".github/release-chain.yml": configText(product) },
    permissions: { ada: "write" },
  });
}

export function workflowText(spec: ComponentSpec): string {
  const title =
    spec.echoes === false ? "" : 'run-name: "build [${{ github.event.client_payload.chain.dispatch_id }}]"\n';
  const on =
    spec.trigger === "workflow_dispatch"
      ? "workflow_dispatch: {inputs: {version: {}, release-chain: {}}}"
      : "repository_dispatch: {types: [build-chain]}";
  return `name: Build\n${title}on: {${on}}\njobs: {build: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n`;
}

export function configText({ components, config }: ProductSpec): string {
  const lines = Object.entries(components).map(([id, { needs = [], trigger, more }]) => {
    const parts = [`repo: ${id}`, `needs: [${needs.join(", ")}]`];
    if (trigger !== undefined) parts.push(`trigger: ${trigger}`);
    if (more !== undefined) parts.push(more);
    return `  - {${parts.join(", ")}}`;
  });
  return `version: 1\n${config ?? DEFAULTS}\ncomponents:\n${lines.join("\n")}\n`;
}

/** An artifact with one file of known content, and its checksum file. */
export function artifactOf(id: string, size = 2_000): { name: string; files: Record<string, Buffer> } {
  return { name: `${id}-image`, files: { [`${id}.img`]: contentOf(id, size) } };
}

export function contentOf(id: string, size = 2_000): Buffer {
  return Buffer.from(`${id} `.repeat(Math.ceil(size / (id.length + 1)))).subarray(0, size);
}

export interface Server {
  /** `http://127.0.0.1:PORT` of webhooks and probes. */
  url: string;
  /** The listener with the API. */
  localUrl: string;
  dataDir: string;
  start: () => Promise<void>;
  /** At once, as when the power fails. */
  kill: () => Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop: () => Promise<number | null>;
  /** All that it has printed so far, over all starts. */
  log: () => Promise<string>;
}

export interface Scenario {
  sandbox: Sandbox;
  server: Server;
  /** A person makes the release. */
  release: (tag?: string) => void;
  /** The newest run of a tag, once it satisfies the condition. */
  run: (condition: (run: RunView) => boolean, tag?: string) => Promise<RunView>;
  completed: (tag?: string) => Promise<RunView>;
}

/** Starts everything, the server in a process of its own if that is asked for; all of it is taken down when the test ends, and the server's log printed if the test failed. */
export async function startScenario(
  product: ProductSpec,
  options: {
    env?: Record<string, string>;
    sandbox?: SandboxOptions;
    ownProcess?: boolean;
    /** Of attestations; not for a process of its own. */
    trust?: SigstoreTrust;
    /** The server knows its own address. */
    publicUrl?: boolean;
    /** People can sign in at that address. */
    signIn?: boolean;
  } = {},
): Promise<Scenario> {
  const sandbox = await startSandbox({ app: { webhookSecret: "e2e-secret" }, ...options.sandbox });
  setUpProduct(sandbox, product);
  const { env = {}, ownProcess = false } = options;
  const server = await prepareServer(sandbox, env, ownProcess, options);
  onTestFinished(async ({ task }) => {
    await server.kill();
    if (task.result?.state === "fail") console.error(await server.log());
    await sandbox.close();
    await rm(server.dataDir, { recursive: true, force: true });
  });
  await server.start();
  const run = async (condition: (run: RunView) => boolean, tag = TAG): Promise<RunView> =>
    until(
      async () => {
        const [newest] = await runsOf(server, tag);
        return newest !== undefined && condition(newest) ? newest : null;
      },
      async () => JSON.stringify(await runsOf(server, tag), null, 1),
    );
  return {
    sandbox,
    server,
    release: (tag = TAG) => void sandbox.publishRelease({ repo: HUB, tag, author: "ada", body: "By hand.\r\n" }),
    run,
    completed: (tag) => run(({ status }) => status === "completed", tag),
  };
}

export async function runsOf(server: Server, tag: string): Promise<RunView[]> {
  const query = new URLSearchParams({ hub: HUB, tag });
  const answer = await callApi(server, `runs?${query.toString()}`);
  return ((await answer.json()) as { items: RunView[] }).items;
}

/** The first answer that is not null; a server that does not answer, or not yet, is asked again. `state` goes into the error. */
export function until<T>(ask: () => Promise<T | null>, state?: () => Promise<string>): Promise<T> {
  return untilAnswered(() => ask().catch(() => null), state && { state });
}

/** A server for the sandbox, to which its webhooks go from now on; not started. */
export async function prepareServer(
  sandbox: Sandbox,
  env: Record<string, string>,
  ownProcess: boolean,
  { trust, publicUrl = false, signIn = false }: { trust?: SigstoreTrust; publicUrl?: boolean; signIn?: boolean } = {},
): Promise<Server> {
  const dataDir = await mkdtemp(join(tmpdir(), "release-chain-e2e-"));
  const [port, localPort] = (await freePorts(2)) as [number, number];
  const url = `http://127.0.0.1:${port}`;
  const localUrl = `http://127.0.0.1:${localPort}`;
  sandbox.setWebhookUrl(`${url}/api/github/webhooks`);
  const environment = {
    PATH: process.env["PATH"],
    ...sandbox.environment(),
    HOST: "127.0.0.1",
    PORT: String(port),
    LOCAL_PORT: String(localPort),
    ...((publicUrl || signIn) && { PUBLIC_URL: url }),
    ...(signIn && sandbox.signInEnvironment()),
    DATABASE_URL: `file:${join(dataDir, "release-chain.db")}`,
    DATA_DIR: dataDir,
    LOG_FORMAT: "json",
    WRITES_PER_MINUTE: "100000",
    WRITES_PER_HOUR: "100000",
    WRITE_BURST: "1000",
    ...env,
  };
  const place = { url, localUrl, dataDir };
  return ownProcess ? serverProcess(place, environment) : serverHere(place, environment, trust);
}

type Place = Pick<Server, "url" | "localUrl" | "dataDir">;
type Environment = Record<string, string | undefined>;

/** The same server within the test's process, which is quicker to start; it can be stopped, but not be killed. */
function serverHere(place: Place, environment: Environment, trust: SigstoreTrust | undefined): Server {
  const lines: string[] = [];
  let serving: Serving | null = null;
  async function stop(): Promise<number> {
    await serving?.stop();
    serving = null;
    return 0;
  }
  return {
    ...place,
    log: () => Promise.resolve(lines.join("")),
    async start() {
      const read = readSettings(environment, (path) => readFileSync(path, "utf8"));
      if (!read.ok || read.settings.mode === "setup") throw new Error("the scenario's environment is wrong");
      const destination = { write: (line: string) => lines.push(line) };
      serving = await serve(read.settings, systemClock(), systemRandom(), destination, trust);
    },
    stop,
    kill: async () => {
      await stop();
    },
  };
}

function serverProcess(place: Place, environment: Environment): Server {
  if (!existsSync(MAIN)) throw new Error("dist/main.js is missing: run npm run build first (npm test does)");
  const logFile = join(place.dataDir, "server.log");
  let child: ChildProcess | null = null;

  function spawnServer(): ChildProcess {
    const log = createWriteStream(logFile, { flags: "a" });
    const spawned = spawn(process.execPath, [MAIN, "serve"], {
      cwd: place.dataDir,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    spawned.stdout.pipe(log, { end: false });
    spawned.stderr.pipe(log, { end: false });
    return spawned;
  }

  function ended(of: ChildProcess): Promise<number | null> {
    if (of.exitCode !== null || of.signalCode !== null) return Promise.resolve(of.exitCode);
    return new Promise((resolve) => of.once("exit", resolve));
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const old = child;
    child = null;
    if (old === null) return null;
    old.kill(signal);
    return ended(old);
  }

  const log = (): Promise<string> => readFile(logFile, "utf8").catch(() => "");
  return {
    ...place,
    log,
    async start() {
      const started = spawnServer();
      child = started;
      await until(async () => {
        if (started.exitCode !== null) throw new Error("ended");
        return (await fetch(`${place.url}/readyz`)).ok || null;
      }, log);
    },
    kill: async () => {
      await end("SIGKILL");
    },
    stop: () => end("SIGTERM"),
  };
}
