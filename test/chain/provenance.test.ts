import { describe, expect, it } from "vitest";
import { envelopeText, preAuthenticationEncoding } from "../../src/chain/dsse.js";
import { builtAt, evidenceOf, provenance } from "../../src/chain/provenance.js";
import type { PlannedAsset } from "../../src/chain/run.js";
import { expectStatement, openEnvelope } from "./provenance-schema.js";
import { digest, planOf, runOf } from "./release-fixture.js";

const BUILDER = { botLogin: "acme-releases[bot]", webUrl: "https://github.example", version: "1.2.3" };

const assets: PlannedAsset[] = [
  {
    name: "core.manifest",
    size: 1536,
    sha256: digest(2),
    component: "meta-bsp",
    artifact: "images",
    path: "core.manifest",
  },
  part(2),
  part(1),
  { name: "release-chain.lock.json", size: 99, sha256: digest(7), component: null, artifact: null, path: null },
];

function part(number: number): PlannedAsset {
  const name = `core.wic.zst.part-${number}`;
  const of = { of: "core.wic.zst", sha256: digest(1), number, count: 2, offset: (number - 1) * 1000 };
  const path = "images/core.wic.zst";
  return { name, size: 768, sha256: digest(20 + number), component: "meta-bsp", artifact: "images", path, part: of };
}

/** The fixture's run as it ended: one component built what its branch had, one from an earlier run. */
function finishedRun() {
  const run = runOf();
  const components = run.components.map((component) => {
    if (component.id !== "meta-bsp") return component;
    const attempts = component.attempts.map((attempt) => ({ ...attempt, headSha: "e".repeat(40) }));
    const signer = "acme/meta-bsp/.github/workflows/build.yml@refs/heads/main";
    const artifacts = component.artifacts.map((artifact) => ({
      ...artifact,
      files: artifact.files.map((file, index) => (index === 0 ? { ...file, attestedBy: signer } : file)),
    }));
    return { ...component, attempts, artifacts, completedAt: Date.parse("2026-01-02T05:06:07Z") };
  });
  return { ...run, startedAt: Date.parse("2026-01-02T03:04:06Z"), components };
}

describe("the provenance of a release", () => {
  it("says what was made of which commits, by which workflow runs", async () => {
    const statement = provenance(finishedRun(), planOf(), assets, BUILDER);
    expectStatement(statement);
    await expect(`${JSON.stringify(statement, null, 2)}\n`).toMatchFileSnapshot("golden/provenance.json");
  });

  it("has the same bytes whatever the order of components, artifacts, files and assets, and whenever it is made", () => {
    const [run, plan] = [finishedRun(), planOf()];
    const shuffled = {
      ...run,
      rowVersion: 99,
      completedAt: 5,
      components: [...run.components].reverse().map((component) => ({
        ...component,
        artifacts: component.artifacts.map((artifact) => ({ ...artifact, files: [...artifact.files].reverse() })),
      })),
    };
    const other = planOf({ createdAt: "2030-01-01T00:00:00.000Z", components: [...plan.components].reverse() });
    expect(JSON.stringify(provenance(shuffled, other, [...assets].reverse(), BUILDER))).toBe(
      JSON.stringify(provenance(run, plan, assets, BUILDER)),
    );
  });

  it("names the release that gets the files, and where else the configuration was read", () => {
    const target = { repo: "acme/downloads", tag: "product-1.2", releaseId: 7, prerelease: false, private: false };
    const plan = planOf({
      target: { ...target, commit: null },
      configFrom: { ref: "mended", sha: "f".repeat(40) },
      lockedFrom: { hub: "acme/hub", tag: "v1.1.0" },
    });
    const { externalParameters } = provenance(finishedRun(), plan, assets, BUILDER).predicate.buildDefinition;
    expect(externalParameters).toMatchObject({
      hub: "acme/hub",
      target: { repo: "acme/downloads", tag: "product-1.2" },
      config: { path: ".github/release-chain.yml", ref: "mended", sha: "f".repeat(40) },
      lockedFrom: { hub: "acme/hub", tag: "v1.1.0" },
    });
  });

  it("says of what an earlier release run had built that it was taken from there", () => {
    const run = finishedRun();
    const components = run.components.map((component) =>
      component.id === "meta-bsp"
        ? { ...component, attempts: [], reusedFrom: { runId: "run0", tag: "v1.2.0" } }
        : component,
    );
    const statement = provenance({ ...run, components }, planOf(), assets, BUILDER);
    expectStatement(statement);
    const { buildDefinition, runDetails } = statement.predicate;
    const reusedFrom = { releaseRun: "run0", tag: "v1.2.0" };
    expect(buildDefinition.resolvedDependencies.find(({ name }) => name === "meta-bsp")?.annotations).toMatchObject({
      evidence: "built",
      reusedFrom,
    });
    expect(runDetails.byproducts.find(({ name }) => name === "images")?.annotations).toMatchObject({ reusedFrom });
  });

  it("knows the App's page on github.com", () => {
    const { builder } = provenance(finishedRun(), planOf(), assets, {
      ...BUILDER,
      webUrl: "https://github.com",
    }).predicate.runDetails;
    expect(builder).toEqual({ id: "https://github.com/apps/acme-releases", version: { "release-chain": "1.2.3" } });
  });

  it("ends when its last component did", () => {
    expect(builtAt(finishedRun())).toBe(Date.parse("2026-01-02T05:06:07Z"));
    expect(builtAt({ ...finishedRun(), components: [] })).toBe(Date.parse("2026-01-02T03:04:06Z"));
  });
});

describe("what is known of a commit", () => {
  const [core, bsp] = planOf().components;
  const [locked, built] = finishedRun().components;
  if (core === undefined || bsp === undefined || locked === undefined || built === undefined)
    throw new Error("fixture");

  it.each([
    ["the workflow run had it", bsp, built, "built"],
    ["the workflow run had another", bsp, { ...built, sha: "9".repeat(40) }, "requested"],
    ["the workflow was asked to check it out", { ...bsp, checkout: "locked" as const }, built, "requested"],
    ["it failed", bsp, { ...built, conclusion: "failure" as const }, "locked"],
    ["a person skipped it", bsp, { ...built, conclusion: "skipped" as const }, "locked"],
    ["it is only locked", core, locked, "locked"],
    ["it never began", bsp, undefined, "locked"],
  ])("where %s", (_, planned, run, evidence) => {
    expect(evidenceOf(planned, run)).toBe(evidence);
  });
});

describe("its envelope", () => {
  it("is one line, as DSSE says, signed or not", () => {
    const payload = Buffer.from('{"a":"ä"}');
    expect(openEnvelope(envelopeText(payload, []))).toEqual({ payload: '{"a":"ä"}', signatures: [] });
    const signature = { keyid: "AB", sig: "AAAA" };
    expect(openEnvelope(envelopeText(payload, [signature])).signatures).toEqual([signature]);
  });

  it("signs type and payload with their lengths in bytes", () => {
    // The example of the specification (protocol.md).
    expect(preAuthenticationEncoding("http://example.com/HelloWorld", Buffer.from("hello world")).toString()).toBe(
      "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
    );
    expect(preAuthenticationEncoding("é", Buffer.from("ä")).toString()).toBe("DSSEv1 2 é 2 ä");
  });
});
