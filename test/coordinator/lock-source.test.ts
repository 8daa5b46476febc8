import { describe, expect, it } from "vitest";
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import type { ComponentConfig } from "../../src/chain/config.js";
import { lockSource, resolveRef } from "../../src/coordinator/lock-source.js";
import type { GitHub } from "../../src/coordinator/ports.js";

const repository = { fullName: "acme/a", defaultBranch: "main", private: false, archived: false };
const sha = (letter: string): string => letter.repeat(40);

/** A repository with these refs, as `GET /commits/{ref}` resolves them; remembers what it was asked. */
function gitHubWith(refs: Record<string, string>): { github: GitHub; asked: string[] } {
  const asked: string[] = [];
  const commitSha = (_: string, ref: string): Promise<string | null> => {
    asked.push(ref);
    return Promise.resolve(refs[ref] ?? null);
  };
  return { github: { commitSha } as unknown as GitHub, asked };
}

function componentWith(keys: string): ComponentConfig {
  const parsed = parseChainConfig(`version: 1\ncomponents:\n  - {repo: a, ${keys}}\n`, { file: "x", hubOwner: "acme" });
  const component = parsed.ok ? parsed.config.components[0] : undefined;
  if (component === undefined) throw new Error("there is no component");
  return component;
}

describe("the ref of a component", () => {
  const refs = {
    main: sha("a"),
    "heads/next": sha("b"),
    "tags/v1": sha("c"),
    "heads/both": sha("d"),
    "tags/both": sha("e"),
    abc1234: sha("f"),
    [sha("9")]: sha("9"),
  };

  it.each([
    ["", sha("a"), "branch", 1],
    ["ref: main", sha("a"), "branch", 1],
    ["ref: next", sha("b"), "branch", 1],
    ["ref: refs/heads/next", sha("b"), "branch", 1],
    ["ref: v1", sha("c"), "tag", 2],
    ["ref: tags/v1", sha("c"), "tag", 1],
    ["ref: both", sha("d"), "branch", 1],
    ["ref: abc1234", sha("f"), "commit", 3],
    [`ref: "${sha("9")}"`, sha("9"), "commit", 1],
  ])("%j is %s, a %s, found with %d requests", async (keys, expected, refKind, requests) => {
    const { github, asked } = gitHubWith(refs);
    const found = await resolveRef(componentWith(keys === "" ? "id: a" : keys), repository, "acme/a", github);
    expect(found).toEqual({ sha: expected, refKind });
    expect(asked).toHaveLength(requests);
  });

  it("that is not there is null", async () => {
    const { github } = gitHubWith(refs);
    expect(await resolveRef(componentWith("ref: v9"), repository, "acme/a", github)).toEqual({ sha: null });
  });
});

describe("the commit of a lock", () => {
  const source = { ref: "v1", sha: sha("c") };

  it("has to be there under its own name, not as a branch that is called so", async () => {
    const ask = async (refs: Record<string, string>): Promise<string | null> =>
      (await lockSource(componentWith("id: a"), repository, source, "acme/a", gitHubWith(refs).github)).sha;
    expect(await ask({ [sha("c")]: sha("c") })).toBe(sha("c"));
    expect(await ask({ [sha("c")]: sha("d") })).toBeNull();
    expect(await ask({})).toBeNull();
  });

  it("is compared with the head only where the workflow may build that", async () => {
    const refs = { main: sha("a"), [sha("c")]: sha("c") };
    for (const [keys, head, requests] of [
      ["source: auto", sha("a"), 2],
      ["source: head", sha("a"), 2],
      ["source: locked", null, 1],
      ["build: false", null, 1],
    ] as const) {
      const { github, asked } = gitHubWith(refs);
      const found = await lockSource(componentWith(keys), repository, source, "acme/a", github);
      expect(found).toEqual({ sha: sha("c"), locked: { ...source, head } });
      expect(asked).toHaveLength(requests);
    }
  });
});
