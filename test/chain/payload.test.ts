import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dispatchInputs, dispatchPayload, lockedCommits, type DispatchPayload } from "../../src/chain/payload.js";
import { handOffAdvice, payloadProblems } from "../../src/chain/preflight-payload.js";
import type { PlannedComponent } from "../../src/chain/plan.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import { upstreamFiles, type HandOffAddresses } from "../../src/chain/upstream.js";
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

/** As long as they are where the server makes them, and telling apart what they grant. */
const addresses: HandOffAddresses = {
  file: (runId, { component, artifact, file, sha256 }) =>
    `https://chain.example.com/api/v1/artifacts/${sha256}?handoff=${runId}.${[component, artifact, file].join("/").length}.${"s".repeat(43)}`,
  upstream: (runId, id) => `https://chain.example.com/api/v1/runs/${runId}/components/${id}/upstream?handoff=s`,
  lock: (runId, id) => `https://chain.example.com/api/v1/runs/${runId}/components/${id}/lock?handoff=s`,
};

function runWith(files: number): ReleaseRun {
  const artifact = aCollectedArtifact({
    files: Array.from({ length: files }, (_, index) => aCollectedFile({ path: `images/file-${index}.wic` })),
  });
  const components = plan.components.map(({ id, sha }) =>
    aComponentRun({ id, sha, artifacts: id === "core" ? [] : [artifact] }),
  );
  return aRun({ id: "run-7", plan, components });
}

function payloadOf(run: ReleaseRun, served: HandOffAddresses | null = null): DispatchPayload {
  return dispatchPayload({ run, plan, planned: image, dispatchId: "rc_1", addresses: served });
}

describe("dispatchPayload", () => {
  it("says who asks, for what, with what locked, and what its direct needs made", () => {
    const file = aCollectedFile({ path: "images/file-0.wic" });
    const entry = { component: "bsp", artifact: "images", file: file.path, size: file.size, sha256: file.sha256 };
    expect(payloadOf(runWith(1))).toEqual({
      version: "v1.0.0",
      chain: { id: "run-7", dispatch_id: "rc_1", hub: "acme/product", tag: "v1.0.0", component: "image" },
      source: { repo: "acme/image", ref: "main", sha: aSha("image") },
      lock: {
        bsp: { repo: "acme/bsp", ref: "main", sha: aSha("bsp") },
        core: { repo: "acme/core", ref: "scarthgap", sha: aSha("core") },
      },
      inputs: { machine: "verdin", debug: false },
      upstream: [{ ...entry, url: null }],
    });
    expect(payloadOf(runWith(1), addresses).upstream).toEqual([{ ...entry, url: addresses.file("run-7", entry) }]);
  });

  it("locks what was built, where a branch moved and that was accepted", () => {
    const run = runWith(0);
    const moved = run.components.map((each) => (each.id === "bsp" ? { ...each, sha: aSha("moved") } : each));
    expect(payloadOf({ ...run, components: moved }).lock?.bsp?.sha).toBe(aSha("moved"));
  });

  it("names the address of the list where the list would not fit, and nothing where there is none", () => {
    expect(payloadOf(runWith(1_000), addresses)).toMatchObject({ upstream_url: addresses.upstream("run-7", "image") });
    expect(payloadOf(runWith(1_000), addresses)).not.toHaveProperty("upstream");
    expect(payloadOf(runWith(1_000))).toMatchObject({ upstream_url: null });
  });
});

const name = (longest: number) =>
  fc.string({ minLength: 1, maxLength: longest, unit: fc.constantFrom(...Array.from('abé☃𝄞-._ "\\')) });

/** Any chain: each component may need those before it, and has collected files of any number. */
const chains = fc
  .record({
    shape: fc.array(
      fc.record({ needs: fc.array(fc.nat(), { maxLength: 6 }), files: fc.nat({ max: 40 }), ref: name(60) }),
      { minLength: 1, maxLength: 200 },
    ),
    long: fc.integer({ min: 1, max: 400 }),
    file: name(60),
    inputs: fc.dictionary(name(20), name(200), { maxKeys: 20 }),
    byInputs: fc.boolean(),
    all: fc.boolean(),
  })
  .map(({ shape, long, file, inputs, byInputs, all }) => {
    const workflow = {
      id: 1,
      path: "x",
      name: "x",
      declaredInputs: ["release-chain", "version", ...Object.keys(inputs)],
    };
    const components = shape.map(({ needs: earlier, ref }, index): PlannedComponent =>
      aPlannedComponent({
        id: `c${index}-${"i".repeat(long % 90)}`,
        repo: `acme/${"r".repeat(long % 100)}${index}`,
        ref,
        inputs,
        needs: (all ? shape.slice(0, index).map((_, need) => need) : earlier.map((need) => need % Math.max(1, index)))
          .filter((need) => need < index)
          .map((need) => ({ id: `c${need}-${"i".repeat(long % 90)}`, kind: "explicit" })),
        ...(byInputs && { trigger: "workflow_dispatch", workflow }),
      }),
    );
    const artifacts = shape.map(({ files }) => [
      aCollectedArtifact({
        files: Array.from({ length: files }, (_, n) => aCollectedFile({ path: `${file.repeat(long % 9)}/${n}` })),
      }),
    ]);
    const made = components.map(({ id, sha }, n) => aComponentRun({ id, sha, artifacts: artifacts[n] ?? [] }));
    const whole = aPlan({ components });
    return { plan: whole, run: aRun({ id: "a".repeat(24), plan: whole, components: made }) };
  });

it("whatever the chain: within 10 keys and 65,535 characters, and nothing is lost that is not served, or it is refused in the plan", () => {
  fc.assert(
    fc.property(chains, ({ plan: whole, run }) => {
      const refused = payloadProblems(whole.components, run, addresses).map(({ message }) => message);
      const planned = whole.components.at(-1);
      if (planned === undefined || refused.some((message) => message.startsWith(`${planned.id}: `))) return;
      const dispatch = { run, plan: whole, planned, dispatchId: "rc_1", addresses };
      const sent = planned.trigger === "repository_dispatch" ? dispatchPayload(dispatch) : dispatchInputs(dispatch);
      expect(Object.keys(sent).length).toBeLessThanOrEqual(planned.trigger === "repository_dispatch" ? 10 : 25);
      expect(Buffer.byteLength(JSON.stringify(sent))).toBeLessThanOrEqual(65_535);
      const payload = (
        planned.trigger === "repository_dispatch" ? sent : JSON.parse(String(sent["release-chain"]))
      ) as DispatchPayload;
      if (payload.upstream === undefined) expect(payload.upstream_url).toBe(addresses.upstream(run.id, planned.id));
      else expect(payload.upstream).toEqual(upstreamFiles(run, planned, addresses));
      if (payload.lock === undefined) expect(payload.lock_url).toBe(addresses.lock(run.id, planned.id));
      else expect(payload.lock).toEqual(lockedCommits(run, whole, planned));
      expect(payload.inputs).toEqual(planned.inputs);
    }),
    { numRuns: 60 },
  );
});

describe("what does not fit whatever is served", () => {
  it("is refused in the plan: inputs that are too long, with what to do", () => {
    const long = aPlannedComponent({ id: "image", inputs: { text: "x".repeat(66_000) } });
    expect(payloadProblems([long, bsp], { hub: "a/b", tag: "v1" }, addresses)).toEqual([
      {
        code: "payload_too_large",
        message: expect.stringMatching(
          /^image: what its workflow is sent would be 66\d\d\d bytes long, and GitHub takes 65535; its inputs take 66011\. Shorten them/,
        ) as string,
      },
    ]);
  });

  it("the lock of very many components, where the server cannot serve it", () => {
    const many = Array.from({ length: 700 }, (_, n) => aPlannedComponent({ id: `component-${n}`, build: false }));
    const last = aPlannedComponent({ id: "last", needs: needs(...many.map(({ id }) => id)) });
    const hub = { hub: "a/b", tag: "v1" };
    expect(payloadProblems([...many, last], hub, null)).toMatchObject([
      { message: expect.stringMatching(/^last: .*the 700 components .*Set the server's PUBLIC_URL/) as string },
    ]);
    expect(payloadProblems([...many, last], hub, addresses)).toEqual([]);
  });
});

describe("dispatchInputs", () => {
  function inputsOf(files: number, ...declaredInputs: string[]) {
    const workflow = { id: 1, path: "build.yml", name: "build", declaredInputs };
    const planned = aPlannedComponent({ ...image, trigger: "workflow_dispatch", workflow });
    return dispatchInputs({ run: runWith(files), plan, planned, dispatchId: "rc_1", addresses });
  }

  it("gives the declared ones: the component's own, and the payload's keys as JSON", () => {
    expect(inputsOf(1, "version", "machine", "debug", "lock", "unheard-of", "inputs", "upstream_url")).toEqual({
      version: "v1.0.0",
      machine: "verdin",
      debug: false,
      lock: JSON.stringify(payloadOf(runWith(1)).lock),
    });
  });

  it("gives the whole payload to an input named release-chain", () => {
    const inputs = inputsOf(1, "release-chain");
    expect(JSON.parse(String(inputs["release-chain"]))).toEqual(payloadOf(runWith(1), addresses));
  });

  it("counts all of them together: a list that fits once does not fit twice", () => {
    expect(inputsOf(120, "release-chain")["release-chain"]).toContain('"upstream":');
    const twice = inputsOf(120, "release-chain", "upstream", "upstream_url");
    expect(Object.keys(twice)).toEqual(["release-chain", "upstream_url"]);
  });
});

describe("advice on the server's address", () => {
  it("names those who could fetch files, and is not given where nobody could", () => {
    const third = aPlannedComponent({ id: "third", needs: needs("image", "core") });
    expect(handOffAdvice([core, bsp, image, third], "PUBLIC_URL is not set.")).toEqual([
      { code: "public_url", message: "image and third: PUBLIC_URL is not set." },
    ]);
    expect(handOffAdvice([core, bsp, other], "PUBLIC_URL is not set.")).toEqual([]);
    expect(handOffAdvice([bsp, image], null)).toEqual([]);
  });
});
