import { beforeEach, describe, expect, it } from "vitest";
import { Webhook } from "standardwebhooks";
import { noticeContent, type NoticeContent } from "../../src/chain/notice-text.js";
import type { NoticeEvent } from "../../src/chain/notices.js";
import type { Delivered } from "../../src/coordinator/notices-port.js";
import type { OutgoingDeps } from "../../src/notices/outgoing-request.js";
import { createNoticeSender } from "../../src/notices/sender.js";
import { slackMessage } from "../../src/notices/slack.js";
import { readNoticeTargets } from "../../src/notices/targets.js";
import { expectGolden } from "../chain/golden-file.js";
import { aComponentRun, aFoundAttempt, aPlan, aRun, EPOCH } from "../contract/run-fixture.js";
import { useReceivers } from "./receivers.js";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const OLD = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
const failed: NoticeEvent = { kind: "failed", key: "failed x", components: [] };

/** Of a release run whose names were chosen by somebody who means no good. */
function content(tag = "v1<!channel>&`x`\u202e"): NoticeContent {
  const run = aRun({
    tag,
    status: "completed",
    conclusion: "failure",
    completedAt: EPOCH,
    reason: "component_failed: <https://evil.example|click> & more",
    plan: aPlan({ tag }),
    components: [
      aComponentRun({ status: "completed", conclusion: "failure", reason: "it failed", attempts: [aFoundAttempt(17)] }),
    ],
  });
  return noticeContent(run, failed, { now: EPOCH, publicUrl: "https://chain.example.com" });
}

const receivers = useReceivers();
beforeEach(() => {
  receivers.http.received.length = 0;
  receivers.mail.received.length = 0;
});

function senderOf(yaml: string, outgoing?: OutgoingDeps) {
  const { targets, problems } = readNoticeTargets(yaml, {}, () => "");
  expect(problems).toEqual([]);
  return createNoticeSender({
    targets,
    clock: { now: () => Date.now() },
    userAgent: "release-chain/1",
    ...(outgoing !== undefined && { outgoing }),
  });
}

const send = (yaml: string, text = content(), outgoing?: OutgoingDeps): Promise<Delivered> =>
  senderOf(yaml, outgoing).send("t", { id: "msg_1", content: text }, new AbortController().signal);

const hook = (path = ""): string =>
  `t: {kind: webhook, url: "${receivers.http.url}${path}", secret: [${SECRET}, ${OLD}], allow-private: true}`;

describe("a webhook", () => {
  it("is signed as Standard Webhooks says, by each of its secrets", async () => {
    expect(await send(hook("/chain?x=1"))).toEqual({ kind: "sent" });
    const [{ path, headers, body }] = receivers.http.received as [(typeof receivers.http.received)[0]];
    expect([path, headers["webhook-id"], headers["content-type"]]).toEqual(["/chain?x=1", "msg_1", "application/json"]);
    for (const secret of [SECRET, OLD])
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
        type: "release-run.failed",
        timestamp: "2026-01-01T00:00:00.000Z",
        data: { run: { hub: "acme/product", conclusion: "failure" }, components: [{ id: "meta-acme" }] },
      });
    expect(() => new Webhook(SECRET).verify(`${body} `, headers as Record<string, string>)).toThrow();
  });

  it.each([
    [429, { "retry-after": "90" }, { detail: "it answered 429", retryAfter: 90_000 }],
    [503, { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() }, { detail: "it answered 503" }],
    [503, { "retry-after": "soon" }, { detail: "it answered 503", retryAfter: null }],
    [307, { location: "http://169.254.169.254/" }, { detail: "it answered 307, a redirect, which is not followed" }],
    [404, {}, { detail: "it answered 404", retryAfter: null }],
  ])(
    "that is answered with %s is not delivered, and the answer's words are nobody's",
    async (status, headers, expected) => {
      receivers.http.answers.push(
        (response) => void response.writeHead(status, headers).end(`the secret is ${SECRET}`),
      );
      const result = await send(hook());
      expect(result).toMatchObject({ kind: "failed", ...expected });
      expect(JSON.stringify(result)).not.toContain("secret");
      expect(receivers.http.received).toHaveLength(1);
      if (result.kind === "failed" && JSON.stringify(headers).includes("GMT"))
        expect(result.retryAfter).toBeGreaterThan(3_500_000);
    },
  );

  it("whose receiver is silent, or answers without an end, is given up or taken", async () => {
    const quick: OutgoingDeps = { resolve: () => Promise.resolve([]), timeout: 150 };
    receivers.http.answers.push(() => undefined);
    expect(await send(hook(), content(), quick)).toMatchObject({
      kind: "failed",
      detail: expect.stringContaining("it did not answer within 0.15 s") as string,
    });
    receivers.http.answers.push((response) => {
      response.writeHead(200);
      const more = (): void => {
        if (!response.destroyed) response.write("x".repeat(65_536), more);
      };
      more();
    });
    expect(await send(hook())).toEqual({ kind: "sent" });
  });
});

describe("a message for Slack", () => {
  it("is what the golden file says, and nothing in it calls a channel or hides a link", async () => {
    expect(await send(`t: {kind: slack, url: "${receivers.http.url}/services/T/B/x", allow-private: true}`)).toEqual({
      kind: "sent",
    });
    const body = receivers.http.received[0]?.body ?? "";
    expectGolden("test/notices/golden/slack.json", `${JSON.stringify(JSON.parse(body), null, 2)}\n`);
    expect(body).not.toMatch(/<[!@#]|<https:\/\/evil/);
  });

  it("keeps to Slack's limits", () => {
    const huge = { ...content(), title: "t".repeat(999), lines: Array.from({ length: 99 }, () => "x".repeat(400)) };
    const { blocks } = JSON.parse(slackMessage(huge)) as { blocks: { type: string; text?: { text: string } }[] };
    const lengths = blocks.map(({ type, text }) => [type, text?.text.length ?? 0] as const);
    expect(lengths.every(([type, length]) => length <= (type === "header" ? 150 : 3_000))).toBe(true);
  });
});

describe("an e-mail", () => {
  const target = (more = ""): string =>
    `t: {kind: email, smtp: "smtp://127.0.0.1:${receivers.mail.port}", from: "Chain <chain@acme.test>", to: [a@acme.test, b@acme.test]${more}}`;

  it("goes to all, with its text, and the same Message-ID each time", async () => {
    const text = content("v1\r\nBcc: eve@evil.test");
    expect(await send(target(), text)).toEqual({ kind: "sent" });
    expect(await send(target(), text)).toEqual({ kind: "sent" });
    const [{ commands, message }] = receivers.mail.received as [(typeof receivers.mail.received)[0]];
    expect(commands).toEqual(expect.arrayContaining(["RCPT TO:<a@acme.test>", "RCPT TO:<b@acme.test>"]));
    expect(commands.filter((line) => line.startsWith("RCPT"))).toHaveLength(2);
    expect(message).toContain("Message-ID: <msg_1@acme.test>");
    expect(message).toContain("What to do:");
    expect(message).not.toMatch(/^Bcc:/m);
  });

  it("that the mail server refuses is not delivered, and its words are nobody's", async () => {
    receivers.mail.refusals.push("451 try later, with hidden words");
    expect(await send(target())).toEqual({
      kind: "failed",
      detail: "the mail server did not take it (EENVELOPE, 451)",
      retryAfter: null,
    });
  });

  it("sends no password without TLS, unless it may", async () => {
    const withPassword = target().replace("smtp://", "smtp://chain:hidden@");
    expect(await send(withPassword)).toMatchObject({ kind: "failed" });
    expect(receivers.mail.received).toEqual([]);
    expect(await send(withPassword.replace(/\}$/, ", allow-private: true}"))).toEqual({ kind: "sent" });
    expect(receivers.mail.received[0]?.commands.some((line) => line.startsWith("AUTH PLAIN"))).toBe(true);
  });
});

it("tells hubs apart, and does not deliver to what is not there", async () => {
  const sender = senderOf(`${hook().replace("}", ", hubs: [acme/*]}")}\nany: {kind: slack, url: "https://x.test/y"}`);
  expect(["acme/product", "other/product"].map((hub) => sender.accepts("t", hub))).toEqual([true, false]);
  expect([sender.targets("acme/product"), sender.targets("other/x")]).toEqual([["any", "t"], ["any"]]);
  expect(await sender.send("gone", { id: "x", content: content() }, new AbortController().signal)).toMatchObject({
    kind: "failed",
  });
});
