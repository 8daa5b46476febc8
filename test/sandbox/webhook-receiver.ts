/** A server that takes the sandbox's webhooks and remembers them. */
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "../../src/sandbox/sandbox.js";

export interface Received {
  headers: Record<string, string>;
  body: string;
  payload: JsonObject;
}

export interface WebhookReceiver {
  url: string;
  received: Received[];
  /** The status of the answers from now on. */
  answerWith(status: number): void;
  /** `release.published` and so on, in order of arrival. */
  names(): string[];
  close(): Promise<void>;
}

export async function startReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = [];
  let status = 202;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      received.push({ headers, body, payload: JSON.parse(body) as JsonObject });
      response.writeHead(status).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`,
    received,
    answerWith: (next) => {
      status = next;
    },
    names: () =>
      received.map(({ headers, payload }) => {
        const action = payload["action"];
        return `${headers["x-github-event"] ?? ""}${typeof action === "string" ? `.${action}` : ""}`;
      }),
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
