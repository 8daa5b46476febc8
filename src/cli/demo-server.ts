import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { failure } from "./cli-io.js";
import type { CliIo, Environment } from "./cli-io.js";

export interface ServerProcess {
  /** Null while it runs; how it ended, in words, once it did. */
  ended(): string | null;
  /** SIGTERM, and SIGKILL where that does not help within 10 s. Resolves once it is gone. */
  stop(): Promise<void>;
}

const STOP_PATIENCE = 10_000;
/** What the child needs of our environment: nothing that could point it at a real GitHub. */
const INHERITED = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "LANG", "NODE_EXTRA_CA_CERTS"];

/** Ports on 127.0.0.1 that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => {
            resolve((server.address() as AddressInfo).port);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Starts `node mainPath serve` in `cwd`, where no `.env` of the user is read; all it prints goes to `logFile`. */
export function startServer(
  mainPath: string,
  { cwd, logFile, env, inherit }: { cwd: string; logFile: string; env: Record<string, string>; inherit: Environment },
): ServerProcess {
  const inherited = INHERITED.flatMap((name) => (inherit[name] === undefined ? [] : [[name, inherit[name]]]));
  const child = spawn(process.execPath, [mainPath, "serve"], {
    cwd,
    env: { ...(Object.fromEntries(inherited) as Record<string, string>), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = createWriteStream(logFile, { mode: 0o600 });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  let end: string | null = null;
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      end = `it could not be started: ${error.message}`;
      log.end(resolve);
    });
    child.once("close", (code, signal) => {
      end ??= signal === null ? `it ended with exit code ${code ?? "unknown"}` : `it was ended by ${signal}`;
      log.end(resolve);
    });
  });
  return {
    ended: () => end,
    stop: async () => {
      if (end === null) child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_PATIENCE);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** Waits until `GET {origin}/readyz` answers 200. Throws a failure where the server ends or `signal` fires first. */
export async function untilReady(origin: string, server: ServerProcess, io: CliIo, signal: AbortSignal): Promise<void> {
  for (;;) {
    const end = server.ended();
    if (end !== null) throw failure(`The server did not start: ${end}.`);
    if (signal.aborted) throw failure("The server was not ready in time.");
    if (await answersOk(`${origin}/readyz`, signal)) return;
    await io.sleep(50, signal);
  }
}

async function answersOk(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    // Not listening yet: the caller asks again.
    return false;
  }
}
