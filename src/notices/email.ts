/** A notice as an e-mail. */
import { hostname } from "node:os";
import { noticeAsText } from "../chain/notice-text.js";
import type { StoredNotice } from "../coordinator/notices-port.js";
import type { NoticeTarget } from "./targets.js";

/** For connecting, and for each answer of the mail server; in ms. */
const PATIENCE = 10_000;

/**
 * Sends it by SMTP. A password goes over TLS only, unless the target may be private. Rejects where the mail server
 * refuses or does not answer; what it rejects with may hold the server's own words. nodemailer is loaded when it is first used.
 */
export async function sendMail(
  target: Extract<NoticeTarget, { kind: "email" }>,
  { id, content }: Pick<StoredNotice, "id" | "content">,
  signal: AbortSignal,
): Promise<void> {
  const { createTransport } = await import("nodemailer");
  const { protocol, hostname: host, port, username, password } = new URL(target.smtp);
  const secure = protocol === "smtps:";
  const transport = createTransport({
    host: host.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && username !== "" && !target.allowPrivate,
    ...(username !== "" && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: PATIENCE,
    greetingTimeout: PATIENCE,
    socketTimeout: PATIENCE,
    dnsTimeout: PATIENCE,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const close = (): void => {
    transport.close();
  };
  signal.addEventListener("abort", close);
  try {
    await transport.sendMail({
      from: target.from,
      to: target.to,
      subject: content.title,
      text: noticeAsText(content),
      date: new Date(content.at),
      // The same for each delivery, so that a mail program shows it once; one thread for each release run.
      messageId: `<${id}@${senderHost(target.from)}>`,
      references: `<${content.run.id}@${senderHost(target.from)}>`,
      headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
    });
  } finally {
    signal.removeEventListener("abort", close);
    transport.close();
  }
}

function senderHost(from: string): string {
  return /@([\w.-]+)>?$/.exec(from)?.[1] ?? hostname();
}
