/** The gateway over HTTP: Git's objects, comparisons and repositories, from a GitHub that follows GitHub's description. */
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { GitHub } from "../../src/coordinator/ports.js";
import { readLayers } from "../../src/coordinator/read-layers.js";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.js";
import { MemoryStore } from "../contract/memory-store.js";
import { exchangeProblems } from "../sandbox/openapi-validation.js";
import { sandboxClient } from "./sandbox-client.js";

const SUBMODULE = "0123456789012345678901234567890123456789";
let sandbox: Sandbox;
let github: GitHub;
let first: string;

function gitSha(text: string): string {
  return createHash("sha1")
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest("hex");
}

function paths(): string[] {
  return sandbox.requests.filter(({ auth }) => auth === "installation").map(({ path, query }) => `${path}${query}`);
}

beforeAll(async () => {
  sandbox = await startSandbox({ recordExchanges: true });
  sandbox.addUser("ada");
  sandbox.addRepository({ fullName: "ada/hub" });
  sandbox.addRepository({ fullName: "yocto/core", installed: false });
  sandbox.addRepository({
    fullName: "acme/meta-acme",
    private: true,
    files: {
      "meta/conf/layer.conf": 'BBFILE_COLLECTIONS = "acmé"\n',
      "meta/classes/a.bbclass": "",
      alias: { link: "meta" },
      poky: { submodule: SUBMODULE },
    },
  });
  first = sandbox.head("acme/meta-acme");
  for (let index = 0; index < 120; index++) sandbox.addRepository({ fullName: `big/r${index}`, files: { a: "a" } });
  github = sandboxClient(sandbox);
});

beforeEach(() => {
  sandbox.limits.treeEntries = 100_000;
  sandbox.clearLogs();
});

afterEach(() => {
  expect(exchangeProblems(sandbox.exchanges)).toEqual([]);
});

afterAll(async () => {
  await sandbox.close();
});

describe("a commit's tree", () => {
  it("lists everything below, with links and submodules as such", async () => {
    const tree = await github.tree("acme/meta-acme", first, true);
    expect(tree?.truncated).toBe(false);
    expect(tree?.entries.map(({ path, mode, type, size }) => [path, mode, type, size])).toEqual([
      ["alias", "120000", "blob", 4],
      ["meta", "040000", "tree", null],
      ["meta/classes", "040000", "tree", null],
      ["meta/classes/a.bbclass", "100644", "blob", 0],
      ["meta/conf", "040000", "tree", null],
      ["meta/conf/layer.conf", "100644", "blob", 29],
      ["poky", "160000", "commit", null],
    ]);
    expect(tree?.entries.find(({ path }) => path === "poky")?.sha).toBe(SUBMODULE);
    expect(paths()).toHaveLength(1);
  });

  it("says when it was cut, and its parts can be had by their SHA", async () => {
    sandbox.limits.treeEntries = 4;
    const cut = await github.tree("acme/meta-acme", first, true);
    expect(cut).toMatchObject({ truncated: true });
    expect(cut?.entries).toHaveLength(4);
    const root = await github.tree("acme/meta-acme", first, false);
    expect(root?.truncated).toBe(false);
    expect(root?.entries.map(({ path }) => path)).toEqual(["alias", "meta", "poky"]);
    const meta = root?.entries.find(({ path }) => path === "meta")?.sha ?? "";
    const below = await github.tree("acme/meta-acme", meta, true);
    expect(below?.truncated).toBe(false);
    expect(below?.entries.map(({ path }) => path)).toContain("conf/layer.conf");
  });

  it("is null where there is none", async () => {
    expect(await github.tree("acme/meta-acme", SUBMODULE, true)).toBeNull();
    expect(await github.blob("acme/meta-acme", SUBMODULE)).toBeNull();
  });
});

it("a blob is its text, and a link's where it leads", async () => {
  const text = 'BBFILE_COLLECTIONS = "acmé"\n';
  expect(await github.blob("acme/meta-acme", gitSha(text))).toBe(text);
  expect(await github.blob("acme/meta-acme", gitSha("meta"))).toBe("meta");
  expect(await github.blob("acme/meta-acme", gitSha(""))).toBe("");
});

it("a public repository is read with another's installation", async () => {
  const tree = await github.tree("yocto/core", sandbox.head("yocto/core"), true, "ada/hub");
  expect(tree?.entries.map(({ path }) => path)).toEqual(["README.md"]);
});

describe("a comparison", () => {
  it("takes one request, and begins with the newest, however many there are", async () => {
    const old = sandbox.head("ada/hub");
    let head = old;
    for (let index = 1; index <= 300; index++)
      head = sandbox.commit("ada/hub", "main", { n: `${index}` }, `No. ${index}`);
    const found = await github.compare("ada/hub", old, head, 20);
    expect(found).toMatchObject({ status: "ahead", total: 300 });
    expect(found?.commits).toHaveLength(20);
    expect(found?.commits[0]).toEqual({ sha: head, title: "No. 300", author: "ada" });
    expect(found?.commits[19]?.title).toBe("No. 281");
    expect(paths()).toHaveLength(1);
    expect(await github.compare("ada/hub", head, old, 20)).toMatchObject({ status: "behind", total: 0, commits: [] });
    expect(await github.compare("ada/hub", head, head, 20)).toMatchObject({ status: "identical", total: 0 });
  });

  it("tells of branches that went apart, and is null where a commit is gone", async () => {
    const side = sandbox.commit("acme/meta-acme", "side", { side: "1" }, "To the side\n\nAnd why.");
    const main = sandbox.commit("acme/meta-acme", "main", { main: "1" }, "On");
    const found = await github.compare("acme/meta-acme", main, side, 9);
    expect(found).toMatchObject({ status: "diverged", total: 1, commits: [{ sha: side, title: "To the side" }] });
    expect(await github.compare("acme/meta-acme", SUBMODULE, main, 9)).toBeNull();
  });
});

it("an account's repositories are all that the App may see there, also of a user", async () => {
  expect((await github.repositories("ada")).map(({ fullName }) => fullName)).toEqual(["ada/hub"]);
  const many = await github.repositories("big");
  expect(new Set(many.map(({ fullName }) => fullName)).size).toBe(120);
  expect(await github.repositories("ACME")).toMatchObject([{ fullName: "acme/meta-acme", private: true }]);
  await expect(github.repositories("yocto")).rejects.toMatchObject({ status: 404, codes: ["not_installed"] });
});

describe("layers", () => {
  it("of a repository are read over the wire: a tree and its layer files, then the tree alone, also where it is cut", async () => {
    const repo = "acme/meta-acme";
    const sha = sandbox.commit(repo, "layers", {
      "meta-b/conf/layer.conf": 'BBFILE_COLLECTIONS += "b"\nrequire conf/more.inc\n',
      "meta-b/conf/more.inc": 'LAYERDEPENDS_b = "core"\n',
      "meta-c/conf/layer.conf": { link: "../../meta-b/conf/layer.conf" },
      ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`doc/${index}`, ""])),
    });
    const deps = { github, store: new MemoryStore(), clock: { now: () => Date.now() } };
    const cold = await readLayers({ repo, sha }, deps);
    expect(cold.warnings).toEqual([]);
    expect(cold.layers.map(({ path, conf }) => [path, conf.collections.map(({ name }) => name)])).toEqual([
      ["meta", ["acmé"]],
      ["meta-b", ["b"]],
      ["meta-c", ["b"]],
    ]);
    expect(cold.layers[1]?.conf.collections[0]?.depends[0]).toMatchObject({
      collection: "core",
      origin: { file: "meta-b/conf/more.inc", line: 1 },
    });
    // The tree; the link; two layer files; what one of them includes.
    expect(paths()).toHaveLength(5);

    sandbox.clearLogs();
    expect(await readLayers({ repo, sha }, deps)).toEqual(cold);
    expect(paths()).toEqual([`/repos/${repo}/git/trees/${sha}recursive=1`]);

    sandbox.clearLogs();
    sandbox.limits.treeEntries = 20;
    expect(await readLayers({ repo, sha }, deps)).toEqual(cold);
    // The root, cut and by itself, and its folders.
    expect(paths()).toHaveLength(2 + 4);
  });
});
