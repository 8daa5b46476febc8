/** What appears in GitHub of a chain, and what people do there to steer it. */
import { expect, it } from "vitest";
import type { CheckSummary } from "../../src/sandbox/sandbox.js";
import { exchangeProblems } from "../sandbox/openapi-validation.js";
import { configText, HUB, startScenario, TAG } from "./harness.js";

it("shows a chain as one check run on its commit, tried again by its button", async () => {
  const { sandbox, release, completed, run } = await startScenario(
    {
      components: {
        core: { script: { conclusion: ["failure", "failure", "failure", "success"] } },
        bsp: { needs: ["core"] },
      },
    },
    { sandbox: { recordExchanges: true } },
  );
  sandbox.setRole(HUB, "mia", "maintain");
  sandbox.setRole(HUB, "rex", "read");
  release();
  expect(await completed()).toMatchObject({ conclusion: "failure" });
  await sandbox.until(() => sandbox.checkRuns.some(({ status }) => status === "completed"));
  const [first] = sandbox.checkRuns;
  expect(sandbox.checkRuns).toHaveLength(1);
  expect(first).toMatchObject({
    repo: HUB,
    name: `release-chain ${TAG}`,
    headSha: sandbox.head(HUB),
    conclusion: "failure",
    title:
      'component_failed: core failed: the job "build" failed in step "Build" (attempt 3 of 3); nothing was published',
  } satisfies Partial<CheckSummary>);
  expect(first?.summary).toContain("```mermaid");

  sandbox.people.press(first?.id ?? 0, "retry", "rex");
  await sandbox.until(() =>
    sandbox.deliveries.some(({ action, status }) => action === "requested_action" && status === "OK"),
  );
  expect(await completed()).toMatchObject({ conclusion: "failure" });
  sandbox.people.press(first?.id ?? 0, "retry", "ada");
  expect(await run(({ conclusion }) => conclusion === "success")).toMatchObject({ status: "completed" });
  await sandbox.until(() => sandbox.checkRuns.at(-1)?.conclusion === "success");
  // GitHub keeps a completed check run completed: the one that goes on has a second.
  expect(sandbox.checkRuns).toHaveLength(2);
  expect(sandbox.checkRuns[1]).toMatchObject({
    externalId: first?.externalId,
    title: "Released: 5 files",
    actions: [],
  });
  expect(exchangeProblems(sandbox.exchanges)).toEqual([]);
  expect(sandbox.violations).toEqual([]);
});

/** What a job writes to its log; the server's own webhook secret is in it. */
const SAID = ["| make: *** [all] Error 1", "```", "the key is e2e-secret"];

it("opens an issue about a failure, obeys commands in it, and closes it with the success", async () => {
  const { sandbox, release, completed, run } = await startScenario({
    components: {
      core: {
        script: {
          conclusion: ["failure", "success"],
          jobs: [{ name: "make", annotations: ["no space left"], log: SAID }],
        },
      },
    },
    config: "defaults: {retry: {max-attempts: 1}}\nnotify: [{when: failure, to: issue}]\n",
  });
  sandbox.setRole(HUB, "rex", "read");
  release();
  expect(await completed()).toMatchObject({ conclusion: "failure" });
  await sandbox.until(() => sandbox.issues.length === 1);
  const [issue] = sandbox.issues;
  expect(issue).toMatchObject({ title: `Release ${TAG} was not published`, state: "open" });
  expect(issue?.body).toContain("no space left\n| make: *** [all] Error 1\n```\nthe key is [redacted]\n##[error]no space left\n````\n");
  const number = issue?.number ?? 0;
  const reactions = (): (string[] | undefined)[] =>
    (sandbox.issues[0]?.comments ?? [])
      .filter(({ author }) => author !== "release-chain[bot]")
      .map((comment) => comment.reactions);
  sandbox.people.comment(HUB, number, "/release-chain retry", "rex");
  sandbox.people.comment(HUB, number, "/release-chain retry", "other[bot]");
  sandbox.people.comment(HUB, number, "> /release-chain cancel", "ada");
  sandbox.people.comment(HUB, number, "/release-chain dance", "ada");
  await sandbox.until(() => reactions().some((given) => given?.includes("confused")));
  expect(reactions()).toEqual([["-1"], [], [], ["confused"]]);
  sandbox.people.comment(HUB, number, "Mended.\n/release-chain retry core", "ada");
  await run(({ conclusion }) => conclusion === "success");
  await sandbox.until(() => sandbox.issues[0]?.state === "closed");
  expect(reactions().at(-1)).toEqual(["+1"]);
  const said = sandbox.issues[0]?.comments.filter(({ author }) => author === "release-chain[bot]") ?? [];
  expect(said.map(({ body }) => body.split("\n")[0])).toEqual([
    "That is no command. There are:",
    "`core` is tried again.",
    expect.stringContaining("The release has succeeded: "),
  ]);
  expect(sandbox.issues).toHaveLength(1);
});

it("ends a chain well where GitHub refuses all that would show it", async () => {
  const { sandbox, release, completed, server } = await startScenario({ components: { core: {} } });
  sandbox.faults.add({ match: /check-runs|issues/, kind: "status", status: 403 });
  release();
  expect(await completed()).toMatchObject({ conclusion: "success" });
  await sandbox.until(() => (sandbox.faults.struck["status"] ?? 0) > 0);
  expect(sandbox.checkRuns).toEqual([]);
  expect(await server.log()).not.toContain("an action failed");
});

it("checks a configuration that a pull request changes, with its plan, and a fork's without", async () => {
  const { sandbox } = await startScenario({ components: { core: {}, bsp: { needs: ["core"] } } });
  const path = ".github/release-chain.yml";
  sandbox.commit(HUB, "better", { [path]: configText({ components: { core: {} } }) });
  const number = sandbox.people.openPull(HUB, "better", "ada");
  await sandbox.until(() => sandbox.checkRuns.length === 1);
  expect(sandbox.checkRuns[0]).toMatchObject({
    name: "release-chain configuration",
    conclusion: "success",
    title: "1 component to build in 1 group",
  });
  sandbox.commit(HUB, "better", { [path]: "version: 1\ncomponents:\n  - {repo: core, triger: x}\n" });
  sandbox.people.pushPull(HUB, number);
  await sandbox.until(() => sandbox.checkRuns.length === 2);
  expect(sandbox.checkRuns[1]).toMatchObject({
    conclusion: "failure",
    title: "1 problem",
    annotations: [{ path, start_line: 3, annotation_level: "failure" }],
  });
  sandbox.commit(HUB, "other", { "README.md": "# Other\n" });
  sandbox.people.openPull(HUB, "other", "ada");
  sandbox.addRepository({
    fullName: "eve/product",
    installed: false,
    files: { [path]: configText({ components: { core: {} } }) },
  });
  sandbox.people.openPull(HUB, "main", "eve", "eve/product");
  await sandbox.until(() => sandbox.checkRuns.length === 3);
  expect(sandbox.checkRuns[2]).toMatchObject({ conclusion: "success", title: "Valid: 1 component" });
  expect(sandbox.dispatches).toEqual([]);
});
