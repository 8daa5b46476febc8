import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatProblems } from "../../src/chain/config-file/config-report.js";
import { configJsonSchema } from "../../src/chain/config-file/config-reference.js";
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import type { Environment } from "../../src/cli/cli-io.js";
import { firstConfig, type FoundRepository } from "../../src/cli/first-config.js";
import { runCli } from "../../src/cli/program.js";
import { expectGolden } from "../chain/golden-file.js";
import { startFakeServer } from "./fake-server.js";
import { testIo } from "./test-io.js";

const LISTENS = "on: {repository_dispatch: {types: [build-chain]}}\njobs: {}\n";
const DEAF = "on: push\njobs: {}\n";
const SHA = "0123456789abcdef0123456789abcdef01234567";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "rc-init-"));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function files(folder: string, texts: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(texts)) {
    const file = path.join(root, folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

function layer(collection: string): string {
  return `BBPATH .= ":\${LAYERDIR}"\nBBFILE_COLLECTIONS += "${collection}"\n`;
}

/** What `git clone` leaves, with a branch checked out. */
function clone(url: string, branch = "main", usual = "main"): Record<string, string> {
  return {
    ".git/config": `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${url}\n[branch "${branch}"]\n\tremote = origin\n\tmerge = refs/heads/${branch}\n`,
    ".git/HEAD": `ref: refs/heads/${branch}\n`,
    ".git/packed-refs": `# pack-refs with: peeled fully-peeled sorted\n${SHA} refs/heads/${branch}\n`,
    ".git/refs/remotes/origin/HEAD": `ref: refs/remotes/origin/${usual}\n`,
  };
}

async function cli(
  args: string[],
  env: Environment = {},
  now?: () => number,
): Promise<{ code: number; out: string; err: string }> {
  const io = testIo({ cwd: path.join(root, "hub"), env, ...(now !== undefined && { now }) });
  const code = await runCli(args, io, {
    version: "1.2.3",
    mainPath: "/nowhere/main.js",
    serve: () => Promise.resolve(0),
    parseConfig: (text, options) => Promise.resolve(parseChainConfig(text, options)),
    formatProblems,
  });
  return { code, out: io.out(), err: io.err() };
}

async function aFewCheckouts(): Promise<void> {
  await files("hub", clone("git@github.com:acme/product.git"));
  await files("src/meta-acme-bsp", {
    ...clone("https://token@github.com/acme/meta-acme-bsp.git", "scarthgap"),
    "conf/layer.conf": layer("acme-bsp"),
    ".github/workflows/bsp.yml": LISTENS,
    ".github/workflows/build.yml": DEAF,
  });
  await files("src/meta-acme-distro", {
    ...clone("https://github.com/Acme/meta-acme-distro"),
    "conf/layer.conf": layer("acme-distro"),
    ".github/workflows/ci.yml": LISTENS,
  });
  const many = ["oe", "python", "networking", "multimedia", "gnome", "xfce", "webserver", "perl"];
  await files("src/meta-openembedded", {
    ...clone("https://github.com/openembedded/meta-openembedded.git", "scarthgap", "master"),
    ...Object.fromEntries(many.map((name) => [`meta-${name}/conf/layer.conf`, layer(`${name}-layer`)])),
  });
  await files("src/bitbake", clone("https://git.openembedded.org/bitbake"));
  await files("src/poky", {
    ...clone("git://git.yoctoproject.org/poky", "scarthgap"),
    "meta/conf/layer.conf": layer("core"),
  });
  await files("src/image", { ...clone("ssh://git@github.com:22/acme/image"), ".github/workflows/build.yml": LISTENS });
  await files("src/other+image", { ".github/workflows/build.yml": LISTENS });
  await files("src/123", { "conf/layer.conf": layer("one-two-three"), ".github/workflows/build.yml": LISTENS });
  await files("src/docs", { "README.md": "# Words\n" });
  await files("src/meta acme", { "conf/layer.conf": layer("spaces") });
  await files("src/meta-acme-distro-old", {
    ...clone("https://github.com/acme/META-acme-distro"),
    "conf/layer.conf": layer("acme-distro"),
  });
}

describe("init --from", () => {
  it("writes what checkouts show, with comments, as a file that is valid", async () => {
    await aFewCheckouts();
    const result = await cli(["init", "--from", "../src"]);
    expect(result).toMatchObject({ code: 0, out: "" });
    expect(result.err).toMatch(
      /^Wrote \.github\/release-chain\.yml: 5 to build, 2 only locked, 4 left out\. .*validate/,
    );
    const text = await readFile(path.join(root, "hub/.github/release-chain.yml"), "utf8");
    expectGolden("test/cli/golden/first-config.yml", text);
    expect(parseChainConfig(text, { file: "f.yml", hubOwner: "acme" })).toMatchObject({ ok: true });
    const validated = await cli(["validate", ".github/release-chain.yml"]);
    expect(validated).toMatchObject({ code: 0, err: "" });
  });

  it("writes to the standard output, and nothing else there", async () => {
    await aFewCheckouts();
    const { code, out, err } = await cli(["init", "--from", "../src", "-o", "-"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(parseChainConfig(out, { file: "f.yml", hubOwner: "acme" }).ok).toBe(true);
    expect(existsSync(path.join(root, "hub/.github"))).toBe(false);
  });

  it("replaces a file only with --force, and writes the schema beside it that its first line names", async () => {
    await aFewCheckouts();
    await files("hub", { "chain.yml": "mine\n" });
    const args = ["init", "--from", "../src", "-o", "chain.yml"];
    expect(await cli(args)).toMatchObject({
      code: 2,
      err: expect.stringContaining("chain.yml is there already") as string,
    });
    expect(await readFile(path.join(root, "hub/chain.yml"), "utf8")).toBe("mine\n");
    expect(await cli([...args, "--force", "--schema"])).toMatchObject({ code: 0 });
    const [line] = (await readFile(path.join(root, "hub/chain.yml"), "utf8")).split("\n");
    expect(line).toBe("# yaml-language-server: $schema=release-chain.schema.json");
    const schema = await readFile(path.join(root, "hub/release-chain.schema.json"), "utf8");
    expect(JSON.parse(schema)).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
    expect(schema).toBe((await cli(["validate", "--schema"])).out);
    expect(await cli(["init", "--from", "../src", "-o", "other.yml", "--schema"])).toMatchObject({ code: 2 });
  });

  it.each([
    [["init"], 2, "--hub OWNER/REPO"],
    [["init", "--from", "../nowhere"], 2, "There is no folder"],
    [["init", "--from", "../empty"], 1, "../empty holds no checkout with a conf/layer.conf"],
    [["init", "--from", "../src", "-o", "-", "--schema"], 2, "--schema writes a file"],
    [["init", "--from", "../src", "-o", ".."], 2, ".. is a folder"],
    [["init", "--from", "../src", "-o", "file/below.yml"], 1, "file/below.yml cannot be written (E"],
    [["init", "--hub", "acme"], 2, "Write the hub as OWNER/REPO"],
    [["init", "--hub", "acme/product"], 3, "control.sock"],
    [["init", "here"], 2, "too many arguments"],
    [["validate"], 2, "Which file?"],
    [["validate", "--schema", "a.yml"], 2, "checks no file"],
    [["validate", "a.yml"], 2, "There is no file a.yml."],
  ])("%j ends with %d and says what to do", async (args, code, words) => {
    await files("hub", { file: "" });
    await files("src/a", { "conf/layer.conf": layer("a") });
    await mkdir(path.join(root, "empty/a"), { recursive: true });
    const result = await cli(args);
    expect(result).toMatchObject({ code, out: "", err: expect.stringContaining(words) as string });
    expect(result.err).not.toMatch(/\n\s+at /);
  });

  it("takes a worktree, whose .git is a file, for what it is; and what is damaged for what its folder is called", async () => {
    await files("hub", {});
    await mkdir(path.join(root, "hub"), { recursive: true });
    await files("main", clone("https://github.com/acme/meta-main.git"));
    await files("main/.git/worktrees/wt", { commondir: "../..\n", HEAD: `${SHA}\n` });
    const conf = { "conf/layer.conf": layer("x") };
    await files("src/wt", { ...conf, ".git": `gitdir: ${path.join(root, "main/.git/worktrees/wt")}\n` });
    await files("src/elsewhere+meta-b", { ...conf, ".git/config": '[remote "origin"]\nurl = ../meta-b\n' });
    await files("src/meta-c", { ...conf, ".git": "\0\0" });
    const { out } = await cli(["init", "--from", "../src", "-o", "-"]);
    const parsed = parseChainConfig(out, { file: "f.yml", hubOwner: "hub" });
    expect(parsed.ok && parsed.config.components.map(({ source }) => source.kind === "github" && source.repo)).toEqual([
      "elsewhere/meta-b",
      "hub/meta-c",
      "acme/meta-main",
    ]);
  });
});

describe("init --hub", () => {
  it("asks the server page by page for the repositories of the hub's owner, and says how far it is", async () => {
    const server = await startFakeServer("port");
    const one = { archived: false, layers: [], workflow: null, problem: null };
    server.repositories = [
      { ...one, fullName: "acme/app", workflow: "ci.yml" },
      { ...one, fullName: "acme/meta-a", layers: ["a"], workflow: "build.yml" },
      { ...one, fullName: "acme/meta-b", layers: ["b"] },
      { ...one, fullName: "acme/old", layers: ["old"], archived: true, workflow: "build.yml" },
      { ...one, fullName: "acme/secret", problem: "GET /repos: 403 Forbidden" },
    ];
    let time = 0;
    const now = (): number => (time += 700);
    const env = { RELEASE_CHAIN_URL: server.url };
    const result = await cli(["init", "--hub", "Acme/product", "-o", "-"], env, now);
    expect(result).toMatchObject({
      code: 1,
      err: expect.stringContaining("no repository of Acme: install it") as string,
    });
    const { code, out, err } = await cli(["init", "--hub", "acme/product", "-o", "-"], env, now);
    await server.close();
    expect({ code, err }).toEqual({ code: 0, err: "Read 4 of 5 repositories of acme…\n" });
    const parsed = parseChainConfig(out, { file: "f.yml", hubOwner: "acme" });
    expect(parsed.ok && parsed.config.components.map(({ id, build }) => [id, build])).toEqual([
      ["meta-a", true],
      ["app", true],
      ["meta-b", false],
      ["old", false],
    ]);
    expect(out).toContain("could not be read (GET /repos: 403 Forbidden): acme/secret");
  });
});

describe("validate", () => {
  it("reads the standard input", async () => {
    const io = testIo({ stdin: () => Promise.resolve("version: 1\nshedule: {}\n") });
    const parts = {
      version: "1",
      mainPath: "",
      serve: () => Promise.resolve(0),
      parseConfig: (text: string, options: { file: string; hubOwner: string }) =>
        Promise.resolve(parseChainConfig(text, options)),
      formatProblems,
    };
    expect(await runCli(["validate", "-"], io, parts)).toBe(1);
    expect(io.err()).toContain("<stdin>:2:1: unknown key");
  });
});

const odd = [
  "null",
  "NULL",
  "y",
  "no",
  "on",
  "true",
  "1",
  "007",
  "1e3",
  "0x1F",
  "1_000",
  ".inf",
  "-",
  "--",
  "_",
  "...",
  "-.-",
];
const name = fc.oneof(
  fc.constantFrom(...odd, "meta-a", "Meta-A", "a.b", "x".repeat(100)),
  fc.string({ unit: fc.constantFrom("a", "B", "1", ".", "-", "_"), minLength: 1, maxLength: 5 }),
  fc.string({ maxLength: 6 }),
);
const owner = fc.constantFrom("acme", "ACME", "other", "1", "null", "a-b");
const source: fc.Arbitrary<FoundRepository["source"]> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(owner, name).map(([by, of]) => ({ kind: "github" as const, repo: `${by}/${of}` })) },
  { weight: 2, arbitrary: name.map((repo) => ({ kind: "github" as const, repo })) },
  name.map((of) => ({ kind: "git" as const, url: `https://git.example.org/${of}`, sha: SHA })),
);
const repository: fc.Arbitrary<FoundRepository> = fc.record({
  source,
  ref: fc.constantFrom(null, null, "main", "null", "1", "rocko-2.4"),
  archived: fc.boolean(),
  layers: fc.array(
    fc.oneof(fc.constantFrom("core", "a\nb: c", "\uFFFD", "\uD800", "\u2028x"), fc.string({ unit: "binary" })),
    {
      maxLength: 8,
    },
  ),
  workflow: fc.constantFrom(null, "build.yml", "ci.yml", "null.yml", "1.yaml", "a b.yml", "ä.yml"),
});

describe("a first configuration", () => {
  it("is valid whatever the repositories are called, and names each once", () => {
    fc.assert(
      fc.property(fc.array(repository, { maxLength: 12 }), fc.constantFrom(null, "acme/product"), (found, hub) => {
        const { text, built, locked, leftOut } = firstConfig(found, [], { hub, schema: null });
        expect(built + locked + leftOut.length).toBe(found.length);
        if (text === null) return;
        const written = Buffer.from(text).toString("utf8");
        const parsed = parseChainConfig(written, { file: "f.yml", hubOwner: "acme" });
        if (!parsed.ok) throw new Error(formatProblems(parsed.problems) + text);
        const ids = parsed.config.components.map(({ id }) => id.toLowerCase());
        expect(new Set(ids).size).toBe(built + locked);
        expect(ids).toHaveLength(built + locked);
        expect(parsed.config.components.filter(({ build }) => build)).toHaveLength(built);
        expect(firstConfig(found.toReversed(), [], { hub, schema: null }).text?.length).toBeGreaterThan(0);
      }),
      { numRuns: 150 },
    );
  });

  it("of 200 repositories is a page of short lines, sorted", () => {
    const found = Array.from({ length: 200 }, (_, index): FoundRepository => ({
      source: { kind: "github", repo: `acme/meta-${(index * 37) % 200}` },
      ref: null,
      archived: index % 9 === 0,
      layers: index % 3 === 0 ? [] : [`layer-${index}`],
      workflow: index % 2 === 0 ? "build.yml" : null,
    }));
    const { text } = firstConfig(found, [], { hub: "acme/product", schema: null });
    const lines = text?.split("\n") ?? [];
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
    expect(lines.length).toBeLessThan(400);
    expect(text).toBe(firstConfig(found.toReversed(), [], { hub: "acme/product", schema: null }).text);
    for (const section of text?.split(/^ {2}# .*$/m) ?? []) {
      const names = [...section.matchAll(/^ {2}- repo: (\S+)/gm)].map(([, repo = ""]) => repo);
      expect(names).toEqual([...names].sort());
    }
  });
});
