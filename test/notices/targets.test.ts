import { describe, expect, it } from "vitest";
import { readNoticeTargets } from "../../src/notices/targets.js";

const SECRET = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;
const env = { SLACK: "https://hooks.slack.com/services/T/B/hidden", PASSWORD: "p%40ss", HOOK: SECRET };
const noFile = (): string => {
  throw new Error("no file");
};

const TEXT = `
slack: {kind: slack, url: "\${SLACK}"}
mail: {kind: email, smtp: "smtps://chain:\${PASSWORD}@mail.test", from: Chain <c@acme.test>, to: ops@acme.test, hubs: [acme/*]}
hook: {kind: webhook, url: https://deploy.test/x?key=k3y, secret: "\${HOOK}"}
local: {kind: webhook, url: http://127.0.0.1:8080/, secret: [${SECRET}], allow-private: true}
`;

it("reads targets from text and from a file, as YAML and as JSON", () => {
  const { targets, problems, secrets } = readNoticeTargets(TEXT, env, noFile);
  expect(problems).toEqual([]);
  expect(targets).toEqual([
    { name: "slack", kind: "slack", url: env.SLACK, hubs: null, allowPrivate: false },
    {
      name: "mail",
      kind: "email",
      smtp: "smtps://chain:p%40ss@mail.test",
      from: "Chain <c@acme.test>",
      to: ["ops@acme.test"],
      hubs: ["acme/*"],
      allowPrivate: false,
    },
    {
      name: "hook",
      kind: "webhook",
      url: "https://deploy.test/x?key=k3y",
      secrets: [SECRET],
      hubs: null,
      allowPrivate: false,
    },
    {
      name: "local",
      kind: "webhook",
      url: "http://127.0.0.1:8080/",
      secrets: [SECRET],
      hubs: null,
      allowPrivate: true,
    },
  ]);
  expect(secrets).toEqual(
    expect.arrayContaining([env.SLACK, "/services/T/B/hidden", "p%40ss", "p@ss", SECRET, "key=k3y"]),
  );
  expect(readNoticeTargets("targets.yml", env, () => TEXT).targets).toEqual(targets);
  const json = JSON.stringify({ slack: { kind: "slack", url: "${SLACK}" } });
  expect(readNoticeTargets(json, env, noFile).targets).toEqual(targets.slice(0, 1));
});

describe("what is wrong", () => {
  it("is told all at once, by target and key, and quotes no value", () => {
    const text = `
issue: {kind: slack, url: "https://hooks.slack.com/hidden-1"}
"bad name": {kind: slack, url: "https://hooks.slack.com/hidden-2"}
plain: {kind: slack, url: "http://hooks.slack.com/hidden-3"}
user: {kind: slack, url: "https://u:hidden-4@hooks.slack.com/x"}
weak: {kind: webhook, url: "https://x.test", secret: whsec_hidden5}
none: {kind: webhook, url: "https://x.test"}
unset: {kind: webhook, url: "https://x.test", secret: "\${NOT_THERE}"}
mail: {kind: email, smtp: "https://hidden-6.test", from: "a\\r\\nb@x.test", to: []}
other: {kind: pager}
more: {kind: slack, url: "https://x.test/", webhook: hidden-7, hubs: [acme]}
text: hidden-8
`;
    const { problems } = readNoticeTargets(text, {}, noFile);
    expect(problems.join("\n")).not.toContain("hidden");
    expect(problems.map((line) => /^NOTICE_TARGETS, ([^:]+): /.exec(line)?.[1])).toEqual([
      "issue",
      "bad name",
      "plain.url",
      "user.url",
      "weak.secret",
      "none.secret",
      "unset",
      "mail.smtp",
      "mail.from",
      "mail.to",
      "other.kind",
      "more.hubs.0",
      "more",
      "text",
    ]);
    expect(problems.find((line) => line.includes("unset"))).toBe(
      "NOTICE_TARGETS, unset: the environment variable NOT_THERE is not set.",
    );
  });

  it.each([
    ["", "x.yml"],
    ["{a: [", "{a: ["],
    ["no", "- a: b\n"],
    ["empty", "{}"],
  ])("is also %s no mapping of targets", (_, text) => {
    const { problems, targets } = readNoticeTargets(text, {}, noFile);
    expect(problems).toEqual([expect.stringMatching(/^NOTICE_TARGETS/)]);
    expect(targets).toEqual([]);
  });
});
