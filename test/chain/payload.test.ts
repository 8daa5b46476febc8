import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dispatchPayload, workflowInputs, type DispatchPayload } from "../../src/chain/payload.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import {
  aCollectedArtifact,
  aCollectedFile,
  aComponentRun,
  aPlan,
  aPlannedComponent,
  aRun,
  aSha,
} from "../contract/run-fixture.js";

const needs = (...ids: string[]): { id: string; kind: "explicit" }[] => ids.map((id) => ({ id, kind: "explicit" }));
const core = aPlannedComponent({ id: "core", build: false, ref: "scarthgap" });
const bsp = aPlannedComponent({ id: "bsp", needs: needs("core") });
const image = aPlannedComponent({ id: "image", needs: needs("bsp"), inputs: { machine: "verdin", debug: false } });
const other = aPlannedComponent({ id: "other" });
const plan = aPlan({ components: [core, bsp, image, other] });

function runWith(files: number): ReleaseRun {
  const artifact = aCollectedArtifact({
    files: Array.from({ length: files }, (_, index) => aCollectedFile({ path: `images/file-${index}.wic` })),
  });
  const components = plan.components.map(({ id, sha }) =>
    aComponentRun({ id, sha, artifacts: id === "core" ? [] : [artifact] }),
  );
  return aRun({ id: "run-7", plan, components });
}

function payloadOf(run: ReleaseRun): DispatchPayload {
  return dispatchPayload(run, plan, image, "rc_1");
}

describe("dispatchPayload", () => {
  it("says who asks, for what, with what locked, and what its direct needs made", () => {
    const file = aCollectedFile({ path: "images/file-0.wic" });
    expect(payloadOf(runWith(1))).toEqual({
      version: "v1.0.0",
      chain: { id: "run-7", dispatch_id: "rc_1", hub: "acme/product", tag: "v1.0.0", component: "image" },
      source: { repo: "acme/image", ref: "main", sha: aSha("image") },
      lock: {
        bsp: { repo: "acme/bsp", ref: "main", sha: aSha("bsp") },
        core: { repo: "acme/core", ref: "scarthgap", sha: aSha("core") },
      },
      inputs: { machine: "verdin", debug: false },
      upstream: [
        { component: "bsp", artifact: "images", file: file.path, size: file.size, sha256: file.sha256, url: null },
      ],
    });
  });

  it("locks what was built, where a branch moved and that was accepted", () => {
    const run = runWith(0);
    const moved = run.components.map((each) => (each.id === "bsp" ? { ...each, sha: aSha("moved") } : each));
    expect(payloadOf({ ...run, components: moved }).lock.bsp?.sha).toBe(aSha("moved"));
  });

  it("keeps to GitHub's limits whatever was built: 10 top-level keys, 65,535 characters", () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000 }), (files) => {
        const payload = payloadOf(runWith(files));
        expect(Object.keys(payload).length).toBeLessThanOrEqual(10);
        expect(JSON.stringify(payload).length).toBeLessThanOrEqual(65_535);
        if (payload.upstream === undefined) expect(payload).toHaveProperty("upstream_url");
        else expect(payload.upstream).toHaveLength(files);
      }),
      { numRuns: 30 },
    );
    expect(payloadOf(runWith(1_000))).not.toHaveProperty("upstream");
  });
});

describe("workflowInputs", () => {
  const payload = payloadOf(runWith(1));

  it("gives the declared ones: the component's own, and the payload's keys as JSON", () => {
    const inputs = workflowInputs(payload, ["version", "machine", "debug", "lock", "unheard-of", "inputs"]);
    expect(inputs).toEqual({
      version: "v1.0.0",
      machine: "verdin",
      debug: false,
      lock: JSON.stringify(payload.lock),
    });
  });

  it("gives the whole payload to an input named release-chain", () => {
    const inputs = workflowInputs(payload, ["release-chain"]);
    expect(JSON.parse(String(inputs["release-chain"]))).toEqual(payload);
  });
});
