/** `release-chain serve`: the server as a process, from its environment to its exit code. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { SigningError, type Clock, type Log, type Random } from "./coordinator/ports.js";
import type { Environment } from "./environment.js";
import { createLog } from "./http/log.js";
import { serve } from "./serve.js";
import { readSettings, type Settings } from "./settings.js";

/** A stop that takes longer than this is cut short: what is open goes on at the next start. */
const STOP_WITHIN = 9_000;
/** For what is still to be written to the log, in ms. */
const LINGER = 300;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID_LENGTH = 24;

/**
 * Runs until SIGTERM or SIGINT; resolves with the exit code. `env` is the process's own environment, with `.env` applied.
 * `complain` gets one sentence a line.
 */
export async function runServer(env: Environment, complain: (line: string) => void): Promise<number> {
  const read = readSettings(env, (path) => readFileSync(path, "utf8"));
  if (!read.ok) {
    for (const problem of read.problems) complain(problem);
    return 2;
  }
  const { logLevel: level, logFormat: format, secrets } = read.settings;
  endOnUnexpected(process, createLog({ level, format, secrets }), () => process.exit(1));
  const stopping = stopSignal();
  let serving: { stop(): Promise<void> };
  try {
    serving = await open(read.settings, env);
  } catch (cause) {
    if (!(cause instanceof SigningError)) throw cause;
    complain(cause.message);
    return 2;
  }
  await stopping;
  const timer = setTimeout(() => process.exit(0), STOP_WITHIN);
  await serving.stop();
  clearTimeout(timer);
  // All is stored. A request that GitHub does not answer would keep the process alive until it is given up.
  setTimeout(() => process.exit(0), LINGER).unref();
  return 0;
}

/**
 * What nobody caught leaves the process in a state that nobody knows: it is logged, without secrets, and the process ends.
 * Started again, it goes on where it was.
 */
export function endOnUnexpected(
  process: { on(event: string, listener: (error: unknown) => void): unknown },
  log: Pick<Log, "error">,
  end: () => void,
): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const)
    process.on(event, (err: unknown) => {
      log.error({ err, event }, "The server met a fault of its own and ends. Start it again: it goes on where it was.");
      end();
    });
}

async function open(settings: Settings, env: Environment): Promise<{ stop(): Promise<void> }> {
  if (settings.mode === "serve") return serve(settings, systemClock(), systemRandom());
  const { setUp } = await import("./set-up.js");
  return setUp(settings, env);
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => {
      resolve();
    });
    process.once("SIGINT", () => {
      resolve();
    });
  });
}

/** The real clock. */
export function systemClock(): Clock {
  return { now: () => Date.now() };
}

/** Real chance. */
export function systemRandom(): Random {
  return { id: randomId };
}

/** 24 characters of 62: 142 bits. Bytes of 248 and more are thrown away, so that all characters are equally likely. */
function randomId(): string {
  let id = "";
  while (id.length < ID_LENGTH)
    for (const byte of randomBytes(ID_LENGTH))
      if (byte < 248 && id.length < ID_LENGTH) id += ALPHABET.charAt(byte % 62);
  return id;
}
