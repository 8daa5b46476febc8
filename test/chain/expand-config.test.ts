import fc from "fast-check";
import { expect, test } from "vitest";
import type { ChainConfig } from "../../src/chain/config.js";
import { expandConfig } from "../../src/chain/config-file/expand-config.js";
import { matchesAnyName, matchesAnyPath } from "../../src/chain/globs.js";
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import { expand } from "../../src/chain/placeholders.js";
import { readGolden } from "./golden-file.js";

function configOf(text: string): ChainConfig {
  const result = parseChainConfig(text, { file: "f", hubOwner: "acme" });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

const values = { hub: "acme/hub", tag: "v1.2", version: "1.2", prerelease: true };

test("fills in every placeholder but those of the asset's name", () => {
  const expanded = expandConfig(configOf(readGolden("test/chain/golden/full.yml")), values);
  expect(expanded).toMatchObject({
    concurrency: { group: "acme/hub-true" },
    publish: {
      to: { repo: "acme/downloads", tag: "nightly-v1.2" },
      checksums: "SHA256SUMS-1.2",
      assetName: "${component}-${artifact}-${path}",
    },
  });
  expect(expanded.components[2]).toMatchObject({
    id: "bsp-imx8",
    eventType: "build-v1.2",
    workflow: ["product.yaml", "bsp-imx8.yml"],
    ref: "release/1.2",
    artifacts: { files: ["**/*.wic.{bz2,xz}", "bsp-imx8/**"] },
    inputs: { machine: "bsp-imx8", level: 4 },
  });
  expect(JSON.stringify({ ...expanded, publish: { ...expanded.publish, assetName: "" } })).not.toContain("${");
});

test("a tag stands for itself in a glob, whatever it holds", () => {
  const config = configOf(
    'version: 1\ncomponents: [{repo: a, artifacts: {include: ["x-${tag}-*"], files: ["d/${tag}.*"]}}]\n',
  );
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme-ascii", minLength: 1 }).filter((tag) => !tag.includes("/")),
      (tag) => {
        const { artifacts } = expandConfig(config, { ...values, tag }).components[0] ?? {};
        return (
          matchesAnyName(artifacts?.include ?? [], `x-${tag}-1`) &&
          matchesAnyPath(artifacts?.files ?? [], `d/${tag}.wic`) &&
          !matchesAnyName(artifacts?.include ?? [], `x-${tag}?`)
        );
      },
    ),
  );
});

test("what a value brings in is not expanded again", () => {
  expect(expand("${tag}-${file}-${constructor}", { tag: "${file}", file: "${tag}" })).toBe(
    "${file}-${tag}-${constructor}",
  );
});
