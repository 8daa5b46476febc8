import { describe, expect, it } from "vitest";
import { parseChainConfig } from "../../../src/chain/config-file/parse-config.js";
import { entryOf } from "../../../src/chain/lock/source-lock.js";
import { TARGET } from "../layered-plan.js";
import { makePlan, refusalReason, type PlanResult } from "../../../src/chain/make-plan.js";
import type { ComponentFindings } from "../../../src/chain/plan-component.js";
import type { SourceLock } from "../../../src/chain/run.js";
import { aSha } from "../../contract/run-fixture.js";
import { expectGolden } from "../golden-file.js";

const OLD = aSha("old");

const hub = {
  hub: "acme/product",
  tag: "v1.0.1",
  sha: aSha("hub"),
  private: false,
  configPath: ".github/release-chain.yml",
  release: {
    id: 5,
    url: "https://github.example/acme/product/releases/5",
    prerelease: false,
    author: "rosa",
  },
  mayPublishPrivate: false,
  authorDid: "made the release",
};

/** Plans a chain given as YAML below `components:`. Of each repository all is well, save what `findings` says. */
function plan(
  components: string,
  lock: SourceLock,
  findings: Record<string, { text?: string; sha?: null; head?: string; fullName?: string }> = {},
): PlanResult {
  const parsed = parseChainConfig(`version: 1\ncomponents:\n${components}`, { file: "x.yml", hubOwner: "acme" });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join("\n"));
  const entries = parsed.config.components.map((component) => {
    const {
      text = "run-name: ${{ github.event.client_payload.chain.dispatch_id }}\non: repository_dispatch\n# client_payload.source.sha\n",
      sha,
      head = OLD,
      fullName,
    } = findings[component.id] ?? {};
    const repo = component.source.kind === "github" ? (fullName ?? component.source.repo) : null;
    const entry = entryOf(component, repo, lock);
    const found: ComponentFindings = {
      repository: repo === null ? null : { fullName: repo, defaultBranch: "main", private: false, archived: false },
      permissions: { contents: "write", actions: "write" },
      sha: sha === null ? null : entry.kind === "named" ? entry.source.sha : aSha(component.id),
      workflows: [{ id: 1, name: "build", path: ".github/workflows/build.yml", state: "active", text }],
      authorMayWrite: true,
      ...(entry.kind === "named" && { locked: { ...entry.source, head } }),
    };
    return [component.id, found] as const;
  });
  return makePlan(parsed.config, {
    hub,
    target: TARGET,
    components: new Map(entries),
    notes: [],
    lock,
    createdAt: "2026-01-01T00:00:00.000Z",
  });
}

function lockOf(components: SourceLock["components"], change: Partial<SourceLock> = {}): SourceLock {
  return { hub: "acme/product", tag: "v1.0.0-rc3", components, ...change };
}

const at = (repo: string, ref = "main"): SourceLock["components"][string] => ({ repo, ref, sha: OLD });
const BUILDS_HEAD = {
  text: "run-name: ${{ github.event.client_payload.chain.dispatch_id }}\non: {repository_dispatch: {types: [build-chain]}}",
};

describe("a plan from a lock", () => {
  it("has the lock's commits and refs, and builds nothing that moved since", () => {
    const lock = lockOf({ a: at("acme/a", "scarthgap"), b: at("ACME/B"), url: at("https://git.example/x.git", "v3") });
    const result = plan(
      `  - {repo: a, ref: next}\n  - {repo: b}\n  - {id: url, build: false, repo: {url: "https://git.example/x.git", ref: ${aSha("pin")}}}\n`,
      lock,
      { b: BUILDS_HEAD },
    );
    if (result.kind === "refused") throw new Error(refusalReason(result.problems));
    expect(result.plan).toMatchObject({
      lockedFrom: { hub: "acme/product", tag: "v1.0.0-rc3" },
      components: [
        { id: "a", ref: "scarthgap", sha: OLD, checkout: "locked", onMoved: "fail" },
        { id: "b", ref: "main", sha: OLD, checkout: "head", onMoved: "fail" },
        { id: "url", ref: "v3", sha: OLD },
      ],
      warnings: [],
    });
  });

  it("is refused with all reasons at once", () => {
    const lock = lockOf({
      other: at("acme/elsewhere"),
      gone: at("acme/gone", "v2"),
      moved: at("acme/moved"),
      gone2: { ...at("acme/gone2"), ref: OLD },
    });
    const result = plan(
      "  - {repo: missing}\n  - {repo: other}\n  - {repo: gone}\n  - {repo: gone2}\n  - {repo: moved}\n  - {repo: constructor}\n  - {repo: __proto__}\n  - {repo: left-out, when: {prerelease: true}}\n",
      lock,
      { gone: { sha: null }, gone2: { sha: null }, moved: { ...BUILDS_HEAD, head: aSha("new") } },
    );
    if (result.kind === "plan") throw new Error("it was not refused");
    expectGolden("test/chain/golden/plan-lock-refused.txt", `${refusalReason(result.problems)}\n`);
  });

  it("follows a repository that was renamed, by either of its names", () => {
    const renamed = { a: { fullName: "acme/new-name" } };
    for (const repo of ["acme/a", "acme/New-Name"])
      expect(plan("  - {repo: a}\n", lockOf({ a: at(repo) }), renamed).kind).toBe("plan");
    expect(plan("  - {repo: a}\n", lockOf({ a: at("acme/third") }), renamed).kind).toBe("refused");
  });

  it("notes a lock of another hub, and what only the lock names", () => {
    const lock = lockOf({ a: at("acme/a"), z: at("acme/z"), y: at("acme/y") }, { hub: "acme/other" });
    const result = plan("  - {repo: a}\n", lock);
    expect(result.kind === "plan" ? result.plan.warnings : []).toEqual([
      { code: "lock_other_hub", message: "the lock is that of acme/other@v1.0.0-rc3, of another hub" },
      { code: "lock_extra", message: expect.stringContaining("z and y") as string },
    ]);
    const same = plan("  - {repo: a}\n", lockOf({ a: at("acme/a") }, { hub: "ACME/product" }));
    expect(same.kind === "plan" ? same.plan.warnings : null).toEqual([]);
  });
});
