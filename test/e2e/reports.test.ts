/** What appears in GitHub of a chain. */
import { expect, it } from "vitest";
import type { CheckSummary } from "../../src/sandbox/sandbox.js";
import { HUB, startScenario, TAG } from "./harness.js";

it("shows a chain as one check run on its commit, from its begin to its end", async () => {
  const { sandbox, release, completed } = await startScenario({
    components: { core: {}, bsp: { needs: ["core"] } },
  });
  release();
  await completed();
  await sandbox.until(() => sandbox.checkRuns.some(({ status }) => status === "completed"));
  expect(sandbox.checkRuns).toMatchObject([
    {
      repo: HUB,
      name: `release-chain ${TAG}`,
      headSha: sandbox.head(HUB),
      conclusion: "success",
      title: "Released: 5 files",
      actions: [],
    } satisfies Partial<CheckSummary>,
  ]);
  expect(sandbox.violations).toEqual([]);
});
