/** `GET /healthz` (the process lives) and `GET /readyz` (it can work), on every listener. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Operations } from "../coordinator/operations.js";
import type { Log } from "../coordinator/ports.js";
import { within } from "./deadline.js";

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
        await within(readyWithin, operations.ready(), `The database did not answer within ${readyWithin} ms.`);
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
