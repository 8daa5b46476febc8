/** The App of the tests: its key, webhooks as GitHub sends them, and what takes them in. */
import { createHmac, generateKeyPairSync, randomUUID } from "node:crypto";
import type { DeliveryIntake } from "../../src/coordinator/operations.js";
import type { Delivery } from "../../src/coordinator/ports.js";
import { createApp } from "../../src/app.js";
import { createWebhookHandler } from "../../src/http/webhooks.js";
import type { RequestHandler, WebhookOptions } from "../../src/http/webhooks.js";
import { clock } from "./sample-runs.js";

export const SECRET = "a-webhook-secret-for-tests";

export const privateKey: string = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
}).privateKey;

/** Headers of a webhook as GitHub sends them. */
export function webhookHeaders(
  event: string,
  body: string | Buffer,
  guid: string = randomUUID(),
): Record<string, string> {
  return {
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/0000000",
    "x-github-event": event,
    "x-github-delivery": guid,
    "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`,
  };
}

/** Remembers deliveries by GUID, as the store does. */
export class FakeIntake implements DeliveryIntake {
  readonly stored: Delivery[] = [];
  failure: Error | null = null;
  hangs = false;

  async receive(delivery: Delivery): Promise<"stored" | "known" | "dropped"> {
    if (this.hangs) await new Promise(() => undefined);
    if (this.failure !== null) throw this.failure;
    if (this.stored.some((known) => known.guid === delivery.guid)) return "known";
    this.stored.push(delivery);
    return "stored";
  }
}

/** Takes webhooks signed with the secret; `more`: what is to be otherwise. */
export function webhookHandler(
  intake: DeliveryIntake,
  log: WebhookOptions["log"],
  more: Partial<WebhookOptions> = {},
): Promise<RequestHandler> {
  const app = createApp(intake, { log, clock });
  const apiUrl = "https://api.github.com";
  return createWebhookHandler({ appId: 1, privateKey, webhookSecret: SECRET, apiUrl, app, log, ...more });
}
