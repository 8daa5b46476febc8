/**
 * What HOST:PORT answers to the world: webhooks, probes and signed addresses to anybody; the API to those who have a token or signed in;
 * sign-in and the dashboard only where people can sign in.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { refuseBody } from "./body.js";
import { HAND_OFF_PATHS, type HandOffHandler } from "./hand-off.js";
import type { Handler } from "./listener.js";
import type { createProbes } from "./probes.js";
import { SIGN_IN_PATHS } from "./sign-in.js";
import { WEBHOOK_PATH, type RequestHandler } from "./webhooks.js";

export interface PublicEntrance {
  webhooks: RequestHandler;
  probes: ReturnType<typeof createProbes>;
  handOff: HandOffHandler;
  api: Handler;
  /** Files without a signature, and metrics. */
  ownedFiles: Handler;
  /** null: nobody can sign in. */
  people: { signIn: Handler; dashboard: Handler } | null;
}

export function createPublicEntrance(entrance: PublicEntrance): Handler {
  const { webhooks, probes, handOff, api, ownedFiles, people } = entrance;
  return async (request, response) => {
    const path = pathOf(request);
    if (path === WEBHOOK_PATH)
      return request.method === "POST" ? webhooks(request, response) : notAllowed(request, response);
    if (await probes(request, response, path)) return;
    if (isHandOff(path)) {
      if (saysWho(request)) return ownedFiles(request, response);
      if (await handOff(request, response, path, "signed")) return;
    }
    if (path === "/metrics" && saysWho(request)) return ownedFiles(request, response);
    if (path === "/api/v1" || path.startsWith("/api/v1/")) return api(request, response);
    if (people === null) return refuseBody(request, response, 404, "There is nothing here.");
    await (SIGN_IN_PATHS.includes(path) ? people.signIn : people.dashboard)(request, response);
  };
}

const HAND_OFF = HAND_OFF_PATHS.map((path) => new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`));

/** Of those, the API's own paths are not among them. */
export function isHandOff(path: string): boolean {
  return HAND_OFF.some((pattern) => pattern.test(path)) && !/^\/api\/v1\/artifacts\/(check|prune)$/.test(path);
}

/** Whether a request comes with a token or a session, and without a signature. */
function saysWho({ url = "", headers }: IncomingMessage): boolean {
  if (/[?&]handoff=/.test(url)) return false;
  return headers.authorization !== undefined || /release-chain-session=/.test(headers.cookie ?? "");
}

async function notAllowed(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader("allow", "POST");
  await refuseBody(request, response, 405, "GitHub posts webhooks here; nothing else is answered.");
}

/** Without query and slashes at the end. */
export function pathOf(request: IncomingMessage): string {
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
