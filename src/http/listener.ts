/** One `http.Server` with timeouts, plain words for what keeps it from listening, and an end within a bound. */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { ListenOptions, Socket } from "node:net";
import type { Log } from "../coordinator/ports.js";

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The server cannot listen: what, where, and what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

export interface Listener {
  server: Server;
  /**
   * Stops accepting, cuts connections without a request in hand, and waits for the others; after `grace` ms cuts them
   * too. Safe to call twice.
   */
  close(grace: number): Promise<void>;
}

/** Milliseconds: for the headers and for the whole of a request, and how long an idle connection is kept. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 60_000;
const KEEP_ALIVE_TIMEOUT = 5_000;

/**
 * Starts a listener. `where` names it in the errors. `bind` wraps the call that binds, for what must hold while it does.
 * Throws ListenError.
 */
export async function listen(
  options: ListenOptions,
  where: string,
  handler: Handler,
  log: Log,
  bind: (listen: () => void) => void = (start) => {
    start();
  },
): Promise<Listener> {
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    connectionsCheckingInterval: 5_000,
  });
  const close = closing(server);
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    handler(request, response).catch((error: unknown) => {
      log.error({ err: error, method: request.method }, "A request could not be answered.");
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "text/plain" }).end("The server failed to answer. See its log.\n");
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      reject(new ListenError(explain(error, where), { cause: error }));
    });
    bind(() => {
      server.listen(options, resolve);
    });
  });
  server.removeAllListeners("error");
  server.on("error", (error) => {
    log.error({ err: error }, `The listener on ${where} met an error.`);
  });
  return { server, close };
}

function explain(error: Error, where: string): string {
  const code = "code" in error ? String(error.code) : "";
  switch (code) {
    case "EADDRINUSE":
      return `${where} is in use. Stop the program that listens there, or choose another.`;
    case "EACCES":
      return `${where} may not be used by this user: a port below 1024 takes a privilege, a socket a folder that can be written to.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${where} is no address of this machine. Set HOST to one, or to 0.0.0.0 for all.`;
    default:
      return `${where} cannot be listened on (${code === "" ? error.message : code}).`;
  }
}

function closing(server: Server): Listener["close"] {
  const requests = new Map<Socket, number>();
  let stopping = false;
  let closed: Promise<void> | null = null;

  function settle(socket: Socket): void {
    const left = (requests.get(socket) ?? 1) - 1;
    if (requests.has(socket)) requests.set(socket, left);
    // end, not destroy: the last answer may still be in the socket's buffer
    if (stopping && left === 0) socket.end();
  }
  server.on("connection", (socket: Socket) => {
    requests.set(socket, 0);
    socket.once("close", () => requests.delete(socket));
  });
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    requests.set(socket, (requests.get(socket) ?? 0) + 1);
    if (stopping) response.setHeader("connection", "close");
    response.once("close", () => {
      settle(socket);
    });
  });

  async function stop(grace: number): Promise<void> {
    stopping = true;
    const finished = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    for (const [socket, inHand] of requests) if (inHand === 0) socket.destroy();
    const timer = setTimeout(() => {
      for (const socket of requests.keys()) socket.destroy();
    }, grace);
    await finished;
    clearTimeout(timer);
  }
  return (grace) => (closed ??= stop(grace));
}
