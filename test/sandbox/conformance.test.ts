/** Every endpoint and webhook of the sandbox, judged by GitHub's own descriptions. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox, type JsonObject, type Sandbox } from "../../src/sandbox/sandbox.js";
import { ask } from "./client.js";
import { exchangeProblems, operationName, webhookProblems } from "./openapi-validation.js";
import { addSights, repo, tourEverything, visitorOf, type Visitor } from "./tours.js";
import { startReceiver, type WebhookReceiver } from "./webhook-receiver.js";

const events = [
  "release",
  "create",
  "workflow_run",
  "repository_dispatch",
  "check_run",
  "issue_comment",
  "pull_request",
];

let sandbox: Sandbox;
let receiver: WebhookReceiver;
let visitor: Visitor;

beforeAll(async () => {
  receiver = await startReceiver();
  sandbox = await startSandbox({ webhookUrl: receiver.url, recordExchanges: true, app: { events } });
  addSights(sandbox);
  visitor = await visitorOf(sandbox);
});

afterAll(async () => {
  await sandbox.close();
  await receiver.close();
});

test("every endpoint answers, and asks, as GitHub describes it", async () => {
  await tourEverything(visitor);
  await sandbox.idle();

  expect(exchangeProblems(sandbox.exchanges)).toEqual([]);
  const answered = new Set(sandbox.exchanges.filter((one) => one.status < 400).map(operationName));
  // Those are pages of its web site, which the description of its API leaves out.
  const served = sandbox.endpoints.filter((line) => !/ \/login\/oauth\/|\/releases\/download\//.test(line));
  const documented = served.map((line) => sameParameters(line.replace(" /uploads/", " /")));
  const toured = new Set([...answered].map((name) => sameParameters(name ?? "")));
  expect(documented.filter((line) => !toured.has(line))).toEqual([]);
  expect(sandbox.violations).toEqual([]);
});

test("every webhook has the shape that GitHub describes", async () => {
  const draft = sandbox.publishRelease({ repo: "acme/hub", tag: "v9", author: "ada", draft: true, body: "Draft" });
  sandbox.editRelease("acme/hub", draft.id, { draft: false, prerelease: true }, "ada");
  sandbox.editRelease("acme/hub", draft.id, { body: "Better", name: "Nine" }, "ada");
  sandbox.editRelease("acme/hub", draft.id, { prerelease: false }, "ada");
  sandbox.editRelease("acme/hub", draft.id, { draft: true }, "ada");
  await ask(sandbox, `DELETE /repos/acme/hub/releases/${draft.id}`, { as: visitor.token });
  sandbox.suspend("eve", true);
  sandbox.suspend("eve", false);
  sandbox.uninstall("acme/hub");
  sandbox.install("acme/hub");
  sandbox.uninstall("eve/private");
  await sandbox.idle();

  expect(webhookProblems(sandbox.deliveries)).toEqual([]);
  expect(new Set(receiver.names())).toEqual(
    new Set([
      "check_run.completed",
      "check_run.created",
      "check_run.requested_action",
      "check_run.rerequested",
      "create",
      "installation.created",
      "installation.deleted",
      "installation.suspend",
      "installation.unsuspend",
      "installation_repositories.added",
      "installation_repositories.removed",
      "issue_comment.created",
      "pull_request.opened",
      "pull_request.synchronize",
      "release.created",
      "release.deleted",
      "release.edited",
      "release.prereleased",
      "release.published",
      "release.released",
      "release.unpublished",
      "repository_dispatch.build-chain",
      "workflow_run.completed",
      "workflow_run.in_progress",
      "workflow_run.requested",
    ]),
  );
});

test("the judges find what is wrong", () => {
  const sent = sandbox.exchanges.find((one) => one.path === repo && one.status === 200);
  const delivery = sandbox.deliveries.find((one) => one.event === "workflow_run");
  if (sent === undefined || delivery === undefined) throw new Error("The tests above ask for a repository and run.");
  const incomplete = { ...(sent.responseBody as JsonObject), id: undefined };
  expect(exchangeProblems([{ ...sent, responseBody: incomplete }]).join()).toContain("required property 'id'");
  expect(exchangeProblems([{ ...sent, query: { colour: "red" } }]).join()).toContain("unknown parameter colour");
  expect(exchangeProblems([{ ...sent, status: 206 }]).join()).toContain("not documented");
  expect(exchangeProblems([{ ...sent, path: "/repos/acme" }]).join()).toContain("no such operation");
  expect(webhookProblems([{ ...delivery, payload: { ...delivery.payload, extra: 1 } }]).join()).toContain("extra");
  expect(webhookProblems([{ ...delivery, action: "resting" }]).join()).toContain("no webhook of GitHub's");
});

/** Names of parameters differ; what they stand for does not. */
function sameParameters(line: string): string {
  return line.replace(/\{\w+\}/g, "{}").replace(/\/zip$/, "/{}");
}
