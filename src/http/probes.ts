/** `GET /healthz` (the process lives) and `GET /readyz` (it can work), on every listener. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Operations } from "../coordinator/operations.js";
import type { Log } from "../coordinator/ports.js";

const READY_WITHIN = 3_000;

/** A handler that answers the probes and gives true, or gives false for any other path. */
export function createProbes({
  operations,
  log,
  readyWithin = READY_WITHIN,
}: {
  operations: Pick<Operations, "ready">;
  log: Log;
  /** Milliseconds after which a silent database counts as not ready. */
  readyWithin?: number;
}): (request: IncomingMessage, response: ServerResponse, path: string) => Promise<boolean> {
  return async (request, response, path) => {
    if (path !== "/healthz" && path !== "/readyz") return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      say(response, 405, "Only GET and HEAD are answered here.");
    } else if (path === "/healthz") {
      say(response, 200, "ok");
    } else {
      await readiness();
    }
    return true;

    async function readiness(): Promise<void> {
      try {
        await answered(operations.ready(), readyWithin);
        say(response, 200, "ready");
      } catch (error) {
        log.warn({ err: error }, "The server is not ready.");
        say(response, 503, "Not ready: the database does not answer, or its migrations are not applied. See the log.");
      }
    }
  };
}

function say(response: ServerResponse, status: number, sentence: string): void {
  response
    .writeHead(status, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" })
    .end(`${sentence}\n`);
}

async function answered(ready: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`The database did not answer within ${milliseconds} ms.`));
    }, milliseconds);
  });
  try {
    await Promise.race([ready, silence]);
  } finally {
    clearTimeout(timer);
  }
}
