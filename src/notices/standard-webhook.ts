/** A notice as an outgoing webhook: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
import { Webhook } from "standardwebhooks";
import type { NoticeContent } from "../chain/notice-text.js";
import type { StoredNotice } from "../coordinator/notices-port.js";

export interface SignedWebhook {
  headers: Record<string, string>;
  body: string;
}

/** `secrets`: each as `whsec_…`; each signs. `now` in ms: a receiver refuses what is older than a few minutes. */
export function signedWebhook(
  { id, content }: Pick<StoredNotice, "id" | "content">,
  secrets: readonly string[],
  now: number,
): SignedWebhook {
  const body = webhookBody(content);
  const signatures = secrets.map((secret) => new Webhook(secret).sign(id, new Date(now), body));
  return {
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now / 1000)),
      "webhook-signature": signatures.join(" "),
    },
    body,
  };
}

/** `type`, `timestamp` and `data`, as the specification proposes. */
export function webhookBody({ kind, at, title, lines, todo, links, run, components }: NoticeContent): string {
  return JSON.stringify({
    type: `release-run.${kind}`,
    timestamp: at,
    data: { title, details: lines, todo, links, run, components },
  });
}
