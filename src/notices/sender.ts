/** Delivers notices to the targets of the settings, each in its own way. */
import { matchesAnyName } from "../chain/globs.js";
import type { Delivered, NoticeSender, StoredNotice } from "../coordinator/notices-port.js";
import type { Clock } from "../coordinator/ports.js";
import { sendMail } from "./email.js";
import { OutgoingError, post, systemOutgoing, type OutgoingAnswer, type OutgoingDeps } from "./outgoing-request.js";
import { slackMessage } from "./slack.js";
import { signedWebhook } from "./standard-webhook.js";
import type { NoticeTarget } from "./targets.js";

export interface SenderOptions {
  targets: readonly NoticeTarget[];
  clock: Clock;
  /** Of outgoing requests: `release-chain/1.2.3`. */
  userAgent: string;
  outgoing?: OutgoingDeps;
}

export function createNoticeSender({ targets, clock, userAgent, outgoing }: SenderOptions): NoticeSender {
  const byName = new Map(targets.map((target) => [target.name, target]));
  const deps = outgoing ?? systemOutgoing();

  function mayUse({ hubs }: NoticeTarget, hub: string): boolean {
    return hubs === null || matchesAnyName(hubs, hub);
  }

  async function request(
    { url, allowPrivate }: { url: string; allowPrivate: boolean },
    { headers, body }: { headers: Record<string, string>; body: string },
    signal: AbortSignal,
  ): Promise<Delivered> {
    const sent = { url: new URL(url), headers: { ...headers, "user-agent": userAgent }, body, allowPrivate, signal };
    return judged(await post(sent, deps), clock.now());
  }

  async function deliver(
    target: NoticeTarget,
    notice: Pick<StoredNotice, "id" | "content">,
    signal: AbortSignal,
  ): Promise<Delivered> {
    switch (target.kind) {
      case "slack":
        return request(
          target,
          { headers: { "content-type": "application/json" }, body: slackMessage(notice.content) },
          signal,
        );
      case "webhook":
        return request(target, signedWebhook(notice, target.secrets, clock.now()), signal);
      case "email":
        await sendMail(target, notice, signal);
        return { kind: "sent" };
    }
  }

  return {
    accepts(name, hub) {
      const target = byName.get(name);
      return target !== undefined && mayUse(target, hub);
    },
    targets: (hub) =>
      targets
        .filter((target) => mayUse(target, hub))
        .map(({ name }) => name)
        .sort(),
    async send(name, notice, signal) {
      const target = byName.get(name);
      if (target === undefined) return failed(`the server has no target ${name} any more`);
      try {
        return await deliver(target, notice, signal);
      } catch (cause) {
        return failed(cause instanceof OutgoingError ? cause.message : mailFailure(cause));
      }
    },
  };
}

/** What a receiver answers is no text for people: its status alone is told. */
function judged({ status, retryAfter }: OutgoingAnswer, now: number): Delivered {
  if (status >= 200 && status < 300) return { kind: "sent" };
  if (status >= 300 && status < 400) return failed(`it answered ${status}, a redirect, which is not followed`);
  return { kind: "failed", detail: `it answered ${status}`, retryAfter: waitOf(retryAfter, now) };
}

/** RFC 9110: seconds, or a date. */
function waitOf(retryAfter: string | null, now: number): number | null {
  if (retryAfter === null) return null;
  if (/^\d{1,9}$/.test(retryAfter.trim())) return Number(retryAfter) * 1_000;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** nodemailer's code, and SMTP's, tell enough; the words of the mail server may quote what was sent. */
function mailFailure(cause: unknown): string {
  const { code, responseCode } = typeof cause === "object" && cause !== null ? (cause as Record<string, unknown>) : {};
  const parts = [
    ...(typeof code === "string" ? [code] : []),
    ...(typeof responseCode === "number" ? [String(responseCode)] : []),
  ];
  return `the mail server did not take it (${parts.join(", ") || "it gave no reason"})`;
}

function failed(detail: string): Delivered {
  return { kind: "failed", detail, retryAfter: null };
}
