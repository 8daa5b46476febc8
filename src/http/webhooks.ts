/**
 * `POST /api/github/webhooks`: reads a bounded body, lets Probot verify it and hand it to its app, and answers.
 *
 * Of Probot's own middleware only the way in is left out. That one has no limit on a body, waits for ever for one that
 * breaks off, answers 202 after 9 s for what is not stored yet, puts an error's message into its answer, and logs the
 * whole payload where a signature is wrong (@octokit/webhooks 14, `middleware/create-middleware.js`).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Probot, ProbotOctokit } from "probot";
import type { ApplicationFunction } from "probot";
import type { EmitterWebhookEvent } from "@octokit/webhooks";
import type { Logger } from "pino";
import { readBody, refuseBody } from "./body.js";

export const WEBHOOK_PATH = "/api/github/webhooks";
/** GitHub's own cap on a payload. */
const BODY_LIMIT = 25 * 1024 * 1024;

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface WebhookOptions {
  appId: number;
  /** PEM. */
  privateKey: string;
  webhookSecret: string;
  /** GitHub's REST root. */
  apiUrl: string;
  app: ApplicationFunction;
  log: Logger;
  /** What Probot's Octokit sends requests with; the global fetch if not given. Receiving a webhook sends none. */
  fetch?: typeof fetch;
}

interface Envelope {
  id: string;
  name: string;
  signature: string;
}

/** Loads the app into a Probot and makes the handler of its one route. Rejects where the app cannot be loaded. */
export async function createWebhookHandler(options: WebhookOptions): Promise<RequestHandler> {
  const { log } = options;
  const probot = new Probot({
    appId: options.appId,
    privateKey: options.privateKey,
    secret: options.webhookSecret,
    baseUrl: options.apiUrl,
    log,
    Octokit: ProbotOctokit.defaults((defaults: object) => ({
      ...defaults,
      // the pace is kept elsewhere, and no write may ever be repeated behind our back
      throttle: { enabled: false },
      retry: { enabled: false },
    })),
    ...(options.fetch === undefined ? {} : { request: { fetch: options.fetch } }),
  });
  await probot.ready();
  await probot.load(options.app);

  return async (request, response) => {
    const envelope = readEnvelope(request);
    if (typeof envelope === "string") {
      log.warn({ from: request.socket.remoteAddress, status: 400 }, `A webhook is refused: ${envelope}`);
      await refuseBody(request, response, 400, envelope);
      return;
    }
    const about = { delivery: envelope.id, event: envelope.name, from: request.socket.remoteAddress };
    const refuse = async (status: number, sentence: string): Promise<void> => {
      log.warn({ ...about, status }, `A webhook is refused: ${sentence}`);
      await refuseBody(request, response, status, sentence);
    };

    const body = await readBody(request, BODY_LIMIT);
    switch (body.kind) {
      case "aborted":
        log.warn(about, "A webhook broke off before its body was whole. GitHub may deliver it again.");
        return;
      case "too-large":
        await refuse(413, "The body is larger than 25 MB, more than GitHub ever sends.");
        return;
      case "whole":
        break;
    }
    const text = body.bytes.toString("utf8");
    // Octokit takes an empty body for a mistake of its caller
    if (text !== "" && !(await probot.webhooks.verify(text, envelope.signature))) {
      await refuse(401, "The signature does not match the body and WEBHOOK_SECRET.");
      return;
    }
    const payload = readObject(text);
    if (payload === null) {
      await refuse(400, "The body is no JSON object.");
      return;
    }
    try {
      // Names and payloads are GitHub's, whatever the types know of: the app checks what it uses.
      await probot.webhooks.receive({ id: envelope.id, name: envelope.name, payload } as EmitterWebhookEvent);
    } catch (error) {
      log.error({ ...about, status: 500, err: error }, "A webhook could not be handled.");
      answer(response, 500, "The delivery could not be handled. The cause is in the server's log.");
      return;
    }
    answer(response, 200, "ok");
  };
}

/** The headers that Probot needs, or a sentence about what is wrong with them. */
function readEnvelope(request: IncomingMessage): Envelope | string {
  const header = (name: string): string => {
    const value = request.headers[name];
    return typeof value === "string" ? value : "";
  };
  if (!/^application\/json\s*(;|$)/i.test(header("content-type"))) {
    return "The Content-Type is not application/json. Choose it in the settings of the GitHub App's webhook.";
  }
  const signature = header("x-hub-signature-256");
  if (!/^sha256=[0-9a-f]{64}$/.test(signature)) {
    return "X-Hub-Signature-256 is missing or no SHA-256. Set a webhook secret in the GitHub App.";
  }
  const [id, name] = [header("x-github-delivery"), header("x-github-event")];
  if (!/^[\w-]{1,100}$/.test(id) || !/^[a-z][a-z0-9_]{0,99}$/.test(name)) {
    return "X-GitHub-Delivery or X-GitHub-Event is missing or malformed.";
  }
  return { id, name, signature };
}

/** null: it is no JSON object; the caller says so, in the answer and in the log. */
function readObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function answer(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${sentence}\n`);
}
