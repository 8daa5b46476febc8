/**
 * The server: webhooks, probes and signed addresses of files for everybody on HOST:PORT; probes, files, the API and the
 * dashboard on the control socket, and on loopback where LOCAL_PORT says so. A proxy on this machine opens the first to the world, and never the other two.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import type { Operations } from "../coordinator/operations.js";
import type { ArtifactStore, Clock, Log } from "../coordinator/ports.js";
import type { AccessEnv, Way } from "./access-env.js";
import { createApi, type SigningKey } from "./api.js";
import { listenOnControlSocket } from "./control-socket.js";
import { createDashboard } from "./dashboard/dashboard.js";
import { createEventStreams, type EventStreams } from "./event-streams.js";
import type { Grants } from "./grants.js";
import { createHandOff } from "./hand-off.js";
import type { Metrics } from "./metrics.js";
import { listen } from "./listener.js";
import type { Handler, Listener } from "./listener.js";
import { localRefusal } from "./local-guard.js";
import { createOwnedFiles } from "./owned-files.js";
import type { Access } from "./principal.js";
import { sendProblem } from "./problem.js";
import { createProbes } from "./probes.js";
import { createPublicEntrance, isHandOff, pathOf } from "./public-entrance.js";
import { asPage } from "./refusal-page.js";
import { loginAddress } from "./sign-in.js";
import { withSecurityHeaders } from "./security-headers.js";
import type { RequestHandler } from "./webhooks.js";

export interface ServerOptions {
  settings: {
    host: string;
    /** 0: any free port. */
    port: number;
    /** null: no listener on loopback; 0: any free port. */
    localPort: number | null;
    dataDir: string;
    /** HOST:PORT is reached by https only, through a proxy. */
    https?: boolean;
  };
  operations: Operations;
  access: Access;
  /** From createSignIn; absent: nobody can sign in. */
  signIn?: Hono<AccessEnv>;
  artifactStore: Pick<ArtifactStore, "open" | "size">;
  grants: Grants;
  /** The server's OpenPGP key; absent: it has none. */
  signingKey?: SigningKey;
  /** From createWebhookHandler. */
  webhooks: RequestHandler;
  /** Absent: nobody can scrape. */
  metrics?: Pick<Metrics, "scrape">;
  /** Absent: those of this server alone. */
  streams?: EventStreams;
  clock: Clock;
  log: Log;
  /** Milliseconds that `close` leaves to requests in hand. */
  closeGrace?: number;
}

export interface RunningServer {
  urls: {
    /** `http://HOST:PORT`, with the port that was really taken. */
    public: string;
    /** The path of the control socket. */
    control: string;
    /** `http://127.0.0.1:PORT`; null where there is none. */
    local: string | null;
  };
  /** Stops accepting, lets requests in hand end, cuts what is left after the grace. Never rejects for a slow client. */
  close(): Promise<void>;
}

/** Opens all listeners, or none. Throws ListenError with a sentence for a person. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { settings, log, closeGrace = 5_000 } = options;
  const { streams = createEventStreams(options) } = options;
  const { publicHandler, controlHandler, localHandler } = createHandlers(options, streams);
  const opened: Listener[] = [];
  async function close(): Promise<void> {
    streams.close();
    await Promise.all(opened.map((listener) => listener.close(closeGrace)));
  }
  try {
    // first, because it tells whether another server has this DATA_DIR
    const control = await listenOnControlSocket(settings.dataDir, controlHandler, log);
    opened.push(control);
    const [host, port] = [settings.host.replace(/^\[(.*)\]$/, "$1"), settings.port];
    const open = await listen({ host, port }, `HOST:PORT ${authority(host, port)}`, publicHandler, log);
    opened.push(open);
    let local: Listener | null = null;
    if (settings.localPort !== null) {
      const address = { host: "127.0.0.1", port: settings.localPort };
      local = await listen(address, `LOCAL_PORT 127.0.0.1:${settings.localPort}`, localHandler, log);
      opened.push(local);
    }
    const urls = {
      public: `http://${authority(host, portOf(open))}`,
      control: control.path,
      local: local === null ? null : `http://127.0.0.1:${portOf(local)}`,
    };
    log.info(urls, "The server listens.");
    return { urls, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function createHandlers(
  options: ServerOptions,
  streams: EventStreams,
): Record<"publicHandler" | "controlHandler" | "localHandler", Handler> {
  const { webhooks, settings, signIn } = options;
  const probes = createProbes(options);
  const api = createApi({ ...options, streams });
  const pages = { ...options, anonymous: (address: string) => redirectTo(loginAddress(address)), refusal: asPage };
  const dashboard = createDashboard(pages);
  const handOff = createHandOff(options);
  async function metrics(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    if (path !== "/metrics" || !["GET", "HEAD"].includes(request.method ?? "") || options.metrics === undefined)
      return false;
    const { type, text } = await options.metrics.scrape();
    response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(text);
    return true;
  }
  function openHandler(way: Way): Handler {
    const [answer, page] = [listenerOf(api, way), listenerOf(dashboard, way)];
    const owned = listenerOf(createOwnedFiles(options, handOff, options.metrics), way);
    return async (request, response) => {
      const path = pathOf(request);
      // A token that is sent counts here as well: decision 0063.
      const hasToken = request.headers.authorization !== undefined;
      if (hasToken && (path === "/metrics" || isHandOff(path))) return owned(request, response);
      if (await metrics(request, response, path)) return;
      if (await handOff(request, response, path, "open")) return;
      await (/^\/api(\/|$)/.test(path) ? answer : page)(request, response);
    };
  }
  const [controlApi, localApi] = [openHandler("control socket"), openHandler("local listener")];
  const publicHandler = createPublicEntrance({
    ...{ webhooks, probes, handOff },
    api: listenerOf(api, "public"),
    ownedFiles: listenerOf(createOwnedFiles(options, handOff, options.metrics), "public"),
    people:
      signIn === undefined
        ? null
        : { signIn: listenerOf(signIn, "public"), dashboard: listenerOf(dashboard, "public") },
  });
  return {
    publicHandler: withSecurityHeaders(publicHandler, settings.https ?? false),
    controlHandler: withSecurityHeaders(async (request, response) => {
      if (!(await probes(request, response, pathOf(request)))) await controlApi(request, response);
    }, false),
    localHandler: withSecurityHeaders(async (request, response) => {
      if (await probes(request, response, pathOf(request))) return;
      const refusal = localRefusal(request.method ?? "", pathOf(request), request.headers);
      if (refusal === null) await localApi(request, response);
      else await sendProblem(response, [refusal.status, refusal.code, refusal.detail]);
    }, false),
  };
}

function redirectTo(address: string): Response {
  return new Response(null, { status: 303, headers: { location: address } });
}

interface Answering {
  fetch(request: Request, env: { way: Way }): Response | Promise<Response>;
}

/** Gives an app its requests as those that came in by a listener. */
function listenerOf(app: Answering, way: Way): Handler {
  const listener = getRequestListener((request, env) => app.fetch(request, { ...env, way }), {
    overrideGlobalObjects: false,
  });
  return async (request, response) => {
    await listener(request, response);
  };
}

function authority(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function portOf({ server }: Listener): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
