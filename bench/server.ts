/** The real server as a process of its own, with a sandbox in this one for its GitHub. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, closeSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePorts } from "../src/cli/demo-server.js";
import { readImageStart } from "./image-start.js";
import { startSandbox, type Sandbox } from "../src/sandbox/sandbox.js";

/** `npm run bench` builds it, and starts in the package's folder. */
const MAIN = resolve("dist/main.js");

export interface BenchServer {
  sandbox: Sandbox;
  pid: number;
  /** From the start of the process to its first 200 at /readyz, in ms. */
  readyAfter: number;
  /** Where the API answers. */
  controlSocket: string;
  /** SIGTERM; milliseconds until the process has ended. */
  stop(): Promise<number>;
  close(): Promise<void>;
}

/** What is to be there before the server starts. */
export type Prepare = (sandbox: Sandbox, databaseUrl: string) => Promise<void>;

/** Starts both; the pace of writes is set so high that it does not hold anything up. Throws with the log where that fails. */
export async function startBenchServer(prepare?: Prepare): Promise<BenchServer> {
  if (!existsSync(MAIN)) throw new Error("dist/main.js is missing: run npm run build first");
  const dataDir = await mkdtemp(join(tmpdir(), "release-chain-bench-"));
  const sandbox = await startSandbox({ app: { webhookSecret: "bench-secret" } });
  const [port] = (await freePorts(1)) as [number];
  const url = `http://127.0.0.1:${port}`;
  sandbox.setWebhookUrl(`${url}/api/github/webhooks`);
  const logFile = join(dataDir, "server.log");
  const databaseUrl = `file:${join(dataDir, "release-chain.db")}`;
  await prepare?.(sandbox, databaseUrl);
  const begun = performance.now();
  const child = spawnServer(logFile, {
    ...sandbox.environment(),
    HOST: "127.0.0.1",
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    LOG_FORMAT: "json",
    WRITES_PER_MINUTE: "100000",
    WRITES_PER_HOUR: "100000",
    WRITE_BURST: "1000",
  });
  async function stop(): Promise<number> {
    const asked = performance.now();
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    return performance.now() - asked;
  }
  async function close(): Promise<void> {
    await stop();
    await sandbox.close();
    await rm(dataDir, { recursive: true, force: true });
  }
  try {
    await untilReady(url, child);
  } catch (cause) {
    const log = await readFile(logFile, "utf8");
    await close();
    throw new Error(`The server did not start: ${log}`, { cause });
  }
  const controlSocket = join(dataDir, "control.sock");
  return { sandbox, pid: child.pid ?? 0, readyAfter: performance.now() - begun, controlSocket, stop, close };
}

function spawnServer(logFile: string, env: Record<string, string>): ChildProcess {
  const log = openSync(logFile, "a", 0o600);
  try {
    const image = readImageStart(readFileSync(resolve("Dockerfile"), "utf8"));
    const flags = (process.env["BENCH_NODE_FLAGS"] ?? "").split(" ").filter((flag) => flag !== "");
    return spawn(process.execPath, [...image.flags, ...flags, MAIN, "serve"], {
      cwd: resolve(logFile, ".."),
      env: { PATH: process.env["PATH"], ...image.memory, ...env },
      stdio: ["ignore", log, log],
    });
  } finally {
    closeSync(log);
  }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const end = performance.now() + 30_000;
  for (;;) {
    const ready = await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    if (child.exitCode !== null || performance.now() > end) throw new Error("not ready");
    await wait(5);
  }
}
