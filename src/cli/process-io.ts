import { setTimeout as delay } from "node:timers/promises";
import type { CliIo } from "./cli-io.js";

/** The command line's view of a real process. A reader that hangs up (`| head`) ends the process quietly, a full disk not. */
export function processIo(process: NodeJS.Process): CliIo {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    process.stderr.write(`release-chain: the output cannot be written (${error.code ?? error.message}).\n`);
    process.exit(1);
  });
  // Nobody is left to be told.
  process.stderr.on("error", () => undefined);
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    stdin: () => textOf(process.stdin),
    isTerminal: process.stdout.isTTY,
    get columns() {
      return process.stdout.isTTY ? sizeOf(process.stdout.columns) : undefined;
    },
    get rows() {
      return process.stdout.isTTY ? sizeOf(process.stdout.rows) : undefined;
    },
    env: process.env,
    cwd: process.cwd(),
    now: () => Date.now(),
    sleep: async (ms, signal) => {
      // An abort ends the wait; who waits looks at the signal.
      await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    },
    onInterrupt: (listener) => {
      process.on("SIGINT", listener);
      process.on("SIGTERM", listener);
      return () => {
        process.off("SIGINT", listener);
        process.off("SIGTERM", listener);
      };
    },
  };
}

/** A pseudo terminal whose size nobody has set says that it has none: 0. */
function sizeOf(said: number): number | undefined {
  return said > 0 ? said : undefined;
}

/** More than any file that is read so may have. */
const LARGEST_INPUT = 16 * 1024 * 1024;

/** Up to LARGEST_INPUT bytes and a little: what is longer is refused by who reads it. */
async function textOf(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    chunks.push(bytes);
    size += bytes.length;
    if (size > LARGEST_INPUT) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}
