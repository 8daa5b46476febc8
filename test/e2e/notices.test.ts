/** Notices of a real server, over a kill, to receivers that are not always there. */
import { expect, it } from "vitest";
import { Webhook } from "standardwebhooks";
import { useReceivers, type HttpReceiver } from "../notices/receivers.js";
import { callApi } from "./api-client.js";
import { startScenario, until } from "./harness.js";

const SECRET = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
const MAIL_PASSWORD = "hidden-mail-password";

const receivers = useReceivers();

it("tells each target of a failure once, and of the success after it, over a kill and a receiver that is busy", async () => {
  const targets = {
    slack: { kind: "slack", url: `${receivers.http.url}/services/hidden-slack`, "allow-private": true },
    hook: { kind: "webhook", url: `${receivers.http.url}/hook`, secret: "${HOOK_SECRET}", "allow-private": true },
    mail: {
      kind: "email",
      smtp: `smtp://chain:${MAIL_PASSWORD}@127.0.0.1:${receivers.mail.port}`,
      from: "chain@acme.test",
      to: "ops@acme.test",
      "allow-private": true,
    },
  };
  const { server, release, completed } = await startScenario(
    {
      config: `defaults: {retry: {max-attempts: 1}}
monitor: {poll-interval: 500ms}
notify: [{when: failure, to: slack}, {when: always, to: hook}, {when: change, to: mail}, {when: always, to: nobody}]`,
      components: { base: { script: ({ execution }) => ({ conclusion: execution === 1 ? "failure" : "success" }) } },
    },
    { ownProcess: true, env: { NOTICE_TARGETS: JSON.stringify(targets), HOOK_SECRET: SECRET } },
  );
  const hooks = () => receivers.http.received.filter(({ path }) => path === "/hook");
  const slacks = () => receivers.http.received.filter(({ path }) => path === "/services/hidden-slack");
  receivers.http.answers.push(
    ...[1, 2].map(
      () => (response: Parameters<HttpReceiver["answers"][0]>[0]) =>
        void response.writeHead(429, { "retry-after": "1" }).end("slow down"),
    ),
  );
  release();
  const failed = await completed();
  expect(failed.conclusion).toBe("failure");
  // Two receivers were busy the first time.
  const tries = async () => (await server.log()).match(/"msg":"a notice (was delivered|could not be)/g)?.length ?? 0;
  await until(async () => (await tries()) >= 3 || null);
  await server.kill();
  await server.start();
  await until(
    () => Promise.resolve((hooks().length >= 2 && slacks().length >= 2 && receivers.mail.received.length >= 1) || null),
    server.log,
  );
  expect(new Set(hooks().map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  const [last] = hooks().slice(-1);
  const told = new Webhook(SECRET).verify(last?.body ?? "", last?.headers as Record<string, string>);
  expect(told).toMatchObject({ type: "release-run.failed", data: { run: { id: failed.id, reason: failed.reason } } });
  expect(receivers.mail.received[0]?.message).toContain("Subject: acme/product@v1.0.0 failed");

  await callApi(server, `runs/${failed.id}/retry`, {
    method: "POST",
    headers: { "content-type": "application/json" },
  });
  await completed();
  await until(() => Promise.resolve((hooks().length >= 3 && receivers.mail.received.length >= 2) || null), server.log);
  expect(JSON.parse(hooks().at(-1)?.body ?? "")).toMatchObject({ type: "release-run.succeeded" });
  expect(receivers.mail.received.map(({ message }) => /^Subject: (.*)$/m.exec(message)?.[1]?.trim())).toEqual([
    "acme/product@v1.0.0 failed",
    "acme/product@v1.0.0 is published",
  ]);
  expect(slacks()).toHaveLength(2);
  const log = await server.log();
  expect(log).toContain("a notice was delivered");
  for (const secret of ["hidden-slack", MAIL_PASSWORD, SECRET]) expect(log).not.toContain(secret);
});
