/** The lock of a product: machines that share a repository, one of them at another commit, other hosts, an application. */
import fc from "fast-check";
import type { LockedComponent, LockFile } from "../../../src/chain/lock-file.js";

export function lockedComponent(id: string, change: Partial<LockedComponent> = {}): LockedComponent {
  const repo = change.repo ?? `acme/${id}`;
  return {
    id,
    repo,
    url: `https://github.example/${repo}`,
    ref: "main",
    refKind: "branch",
    sha: "1".repeat(40),
    lockedSha: "1".repeat(40),
    build: true,
    checkout: "locked",
    conclusion: null,
    needs: [],
    layers: [],
    workflow: null,
    workflowRunId: null,
    attempt: null,
    runAttempt: null,
    files: [],
    ...change,
  };
}

export function lockWith(components: LockedComponent[], change: Partial<LockFile> = {}): LockFile {
  return {
    version: 1,
    hub: "acme/product",
    tag: "v1.0.0-rc3",
    hubSha: "a".repeat(40),
    groups: [components.map(({ id }) => id)],
    components,
    ...change,
  };
}

export function productLock(): LockFile {
  const bsp = { repo: "acme/meta-acme-bsp", layers: ["."], sha: "b".repeat(40), lockedSha: "b".repeat(40) };
  const host = "https://git.example/openembedded-core.git";
  return lockWith(
    [
      lockedComponent("app", { sha: "0123456789".repeat(4) }),
      lockedComponent("core", { repo: host, url: host, ref: "", refKind: null, build: false, sha: "c".repeat(40) }),
      lockedComponent("imx8", { ...bsp, needs: ["oe"] }),
      lockedComponent("j721e", { ...bsp, needs: ["oe"] }),
      lockedComponent("old-board", { ...bsp, sha: "d".repeat(40), ref: "v1.2", refKind: "tag" }),
      lockedComponent("oe", {
        repo: "openembedded/meta-openembedded",
        ref: "scarthgap",
        layers: ["meta-oe", "meta-python", "no"],
        build: false,
        sha: "12345678e".padEnd(40, "0"),
      }),
      lockedComponent("plain", { ref: "v7", refKind: null }),
      lockedComponent("private", {
        repo: "git@git.example:team/layers.git",
        url: "git@git.example:team/layers.git",
        layers: ["meta-team"],
        ref: "e".repeat(64),
        refKind: "commit",
        sha: "e".repeat(64),
      }),
    ],
    { groups: [["core", "plain"], ["oe", "private"], ["imx8", "j721e", "old-board"], ["app"]] },
  );
}

/** Few names, so that they meet; ids may be those that objects have of their own. */
export const drawnLocks: fc.Arbitrary<LockFile> = fc
  .uniqueArray(
    fc.record({
      id: fc.constantFrom("a", "A", "b", "meta-x", "META-X", "x-2", "__proto__", "constructor", "toString"),
      repo: fc.constantFrom("acme/meta-x", "other/meta-x", "acme/a", "acme/__proto__", "https://git.example/a.git"),
      sha: fc.constantFrom("1".repeat(40), "e".repeat(40), "0e1".padEnd(40, "0")),
      ref: fc.constantFrom("main", "1.0", "no", "refs/heads/next"),
      refKind: fc.constantFrom("branch" as const, "tag" as const, "commit" as const, null),
      layers: fc.subarray([".", "meta", "constructor"]),
    }),
    { selector: ({ id }) => id, minLength: 1 },
  )
  .map((drawn) =>
    lockWith(
      drawn.map(({ id, ...rest }) => {
        const onGitHub = !rest.repo.startsWith("https:");
        return lockedComponent(id, { ...rest, ...(!onGitHub && { url: rest.repo }) });
      }),
    ),
  );
