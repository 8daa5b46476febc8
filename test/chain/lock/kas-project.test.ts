import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { kasProject } from "../../../src/chain/lock/kas-project.js";
import { expectGolden } from "../golden-file.js";
import { drawnLocks, lockedComponent, lockWith, productLock } from "./lock-fixture.js";

interface KasProject {
  header: { version: number };
  repos: Record<
    string,
    { url: string; commit: string; branch?: string; tag?: string; layers?: Record<string, unknown> }
  >;
}

/** As kas's reader takes it: PyYAML, which knows YAML 1.1 only. */
function read(text: string): KasProject {
  return parse(text, { version: "1.1", uniqueKeys: true }) as KasProject;
}

/** What kas's documentation ("Project Configuration", "Configuration reference") says of a project file. */
function brokenRules(project: KasProject): string[] {
  const broken: string[] = [];
  const allowed = (where: string, value: object, keys: string[]): void => {
    broken.push(...Object.keys(value).flatMap((key) => (keys.includes(key) ? [] : [`${where}: unknown key ${key}`])));
  };
  allowed("top", project, ["header", "repos", "machine", "distro", "target"]);
  allowed("header", project.header, ["version"]);
  // The keys commit and branch came with version 14, tag with 15; the latest is 23.
  if (!(project.header.version >= 15 && project.header.version <= 23)) broken.push("header.version");
  for (const [name, repo] of Object.entries(project.repos)) {
    allowed(name, repo, ["url", "commit", "branch", "tag", "layers"]);
    if (typeof repo.url !== "string") broken.push(`${name}.url`);
    if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(repo.commit)) broken.push(`${name}.commit is no full lower-case id`);
    if (repo.branch !== undefined && repo.tag !== undefined) broken.push(`${name}: branch and tag exclude each other`);
    for (const ref of [repo.branch, repo.tag])
      if (ref !== undefined && typeof ref !== "string") broken.push(`${name}: a ref is text`);
    for (const [layer, value] of Object.entries(repo.layers ?? {}))
      if (value !== null && value !== "disabled") broken.push(`${name}.layers.${layer}`);
  }
  return broken;
}

describe("a lock as a kas project", () => {
  it("pins every repository, names what it leaves out, and follows kas's rules", () => {
    const text = kasProject(productLock());
    expectGolden("test/chain/golden/lock-kas.yml", text);
    const project = read(text);
    expect(brokenRules(project)).toEqual([]);
    expect(
      Object.values(project.repos)
        .map(({ commit }) => commit)
        .sort(),
    ).toEqual([...new Set(productLock().components.map(({ sha }) => sha))].sort());
  });

  it("gives text back as text, though YAML 1.1 would read it otherwise", () => {
    const odd = ["no", "on", "1e3", "12:30", "0x1f", "0123", "1_000", "~", "2024-01-01", ".5"];
    const components = odd.map((name, index) =>
      lockedComponent(`c${index}`, { repo: `acme/${name}`, ref: name, layers: [name], sha: `${index}`.repeat(40) }),
    );
    const { repos } = read(kasProject(lockWith(components)));
    expect(Object.keys(repos)).toEqual(expect.arrayContaining(odd.filter((name) => !/[:~]/.test(name))));
    for (const [index, name] of odd.entries()) {
      const repo = Object.values(repos).find(({ commit }) => commit === `${index}`.repeat(40));
      expect(repo).toMatchObject({ branch: name, layers: { [name]: null } });
    }
  });

  it("keeps a repository without layers out of bblayers.conf only where layers were read", () => {
    const bare = lockedComponent("bare");
    expect(read(kasProject(lockWith([bare]))).repos["bare"]).not.toHaveProperty("layers");
    const other = lockedComponent("other", { layers: ["."] });
    expect(read(kasProject(lockWith([bare, other]))).repos["bare"]?.layers).toEqual({ ".": "disabled" });
  });

  it("has an entry for each repository and commit, in one order, whatever the lock is", () => {
    fc.assert(
      fc.property(drawnLocks, (lock) => {
        const text = kasProject(lock);
        expect(text).toBe(kasProject({ ...lock, components: [...lock.components].reverse() }));
        const project = read(text);
        expect(brokenRules(project)).toEqual([]);
        const entries = Object.entries(project.repos);
        const names = entries.map(([name]) => name.toLowerCase());
        expect(new Set(names).size).toBe(names.length);
        const sources = new Set(lock.components.map(({ url, sha }) => `${url} ${sha}`));
        expect(new Set(entries.map(([, { url, commit }]) => `${url} ${commit}`))).toEqual(sources);
      }),
      { numRuns: 60 },
    );
  });
});
