import { describe, expect, it } from "vitest";
import { lockFile } from "../../src/chain/lock-file.js";
import { planOf, runOf } from "./release-fixture.js";

describe("release-chain.lock.json", () => {
  it("says what was built, from which commit, by which run", async () => {
    await expect(lockFile(planOf(), runOf())).toMatchFileSnapshot("golden/release-chain.lock.json");
  });

  it("has the same bytes whatever the times, versions, and order of components, artifacts and files", () => {
    const run = runOf();
    const plan = planOf();
    const later = runOf({
      rowVersion: 99,
      status: "completed",
      createdAt: 1000,
      completedAt: 2000,
      components: [...run.components].reverse().map((component) => ({
        ...component,
        completedAt: 5000,
        artifacts: component.artifacts.map((artifact) => ({
          ...artifact,
          createdAt: 7,
          files: [...artifact.files].reverse(),
        })),
      })),
    });
    const other = planOf({ createdAt: "2030-01-01T00:00:00.000Z", components: [...plan.components].reverse() });
    expect(lockFile(other, later)).toBe(lockFile(plan, run));
  });

  it("names the run that succeeded, not a later one", () => {
    const run = runOf();
    const attempts = run.components[1]?.attempts ?? [];
    const components = run.components.map((component) => ({ ...component, attempts: [...attempts].reverse() }));
    const lock = JSON.parse(lockFile(planOf(), { ...run, components })) as { components: { attempt: number }[] };
    expect(lock.components.map((component) => component.attempt)).toEqual([2, 2, 2]);
  });

  it("is JSON with a newline at the end, and holds components that never began", () => {
    const text = lockFile(planOf(), runOf({ components: [] }));
    expect(text.endsWith("}\n")).toBe(true);
    expect(JSON.parse(text)).toMatchObject({
      version: 1,
      components: [{}, { id: "meta-bsp", sha: "b".repeat(40) }, {}],
    });
  });
});
