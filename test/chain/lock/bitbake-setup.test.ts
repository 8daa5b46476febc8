import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitbakeSetup } from "../../../src/chain/lock/bitbake-setup.js";
import { expectGolden } from "../golden-file.js";
import { drawnLocks, lockedComponent, lockWith, productLock } from "./lock-fixture.js";

interface Setup {
  description: string;
  sources: Record<string, { "git-remote": { remotes: { origin: { uri: string } }; branch?: string; rev: string } }>;
  "bitbake-setup": {
    configurations: { name: string; description: string; notes: string[]; "bb-layers"?: string[] }[];
  };
  version: string;
}

function read(text: string): Setup {
  return JSON.parse(text) as Setup;
}

/** What BitBake's manual ("Configuration Templates" of bitbake-setup) says of a configuration. */
function brokenRules(setup: Setup): string[] {
  const broken: string[] = [];
  const allowed = (where: string, value: object, keys: string[]): void => {
    broken.push(...Object.keys(value).flatMap((key) => (keys.includes(key) ? [] : [`${where}: unknown key ${key}`])));
  };
  allowed("top", setup, ["description", "sources", "bitbake-setup", "version"]);
  if (setup.version !== "1.0") broken.push("version");
  if (setup.description === "") broken.push("description");
  for (const [name, source] of Object.entries(setup.sources)) {
    allowed(name, source, ["git-remote"]);
    const remote = source["git-remote"];
    allowed(`${name} git-remote`, remote, ["remotes", "branch", "rev"]);
    if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(remote.rev)) broken.push(`${name}: no fixed revision`);
    if (!/^(?:https?|ssh|git):\/\//.test(remote.remotes.origin.uri)) broken.push(`${name}: BitBake needs a scheme`);
  }
  const { configurations } = setup["bitbake-setup"];
  if (configurations.length !== 1) broken.push("configurations");
  for (const configuration of configurations) {
    allowed("configuration", configuration, ["name", "description", "notes", "bb-layers"]);
    for (const layer of configuration["bb-layers"] ?? [])
      if (!Object.hasOwn(setup.sources, layer.split("/")[0] ?? "")) broken.push(`${layer} is of no source`);
  }
  return broken;
}

describe("a lock as a configuration of bitbake-setup", () => {
  it("has every repository at a fixed revision, and their layers in building order", () => {
    const text = bitbakeSetup(productLock());
    expectGolden("test/chain/golden/lock-bitbake-setup.conf.json", text);
    expect(brokenRules(read(text))).toEqual([]);
  });

  it("has no list of layers where none is known", () => {
    const [configuration] = read(bitbakeSetup(lockWith([lockedComponent("bitbake")])))["bitbake-setup"].configurations;
    expect(configuration).not.toHaveProperty("bb-layers");
    expect(configuration?.notes.join(" ")).toMatch(/layers are not known: bitbake/);
    expect(configuration?.notes.join(" ")).not.toMatch(/Add BitBake/);
  });

  it("keeps the rules and its order, whatever the lock is", () => {
    fc.assert(
      fc.property(drawnLocks, (lock) => {
        const text = bitbakeSetup(lock);
        expect(text).toBe(bitbakeSetup({ ...lock, components: [...lock.components].reverse() }));
        const setup = read(text);
        expect(brokenRules(setup)).toEqual([]);
        const sources = new Set(lock.components.map(({ url, sha }) => `${url} ${sha}`));
        expect(Object.keys(setup.sources)).toHaveLength(sources.size);
      }),
      { numRuns: 60 },
    );
  });
});
