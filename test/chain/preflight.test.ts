/** What is told before the first dispatch of runs that could not be told apart or would cancel each other, and of files. */
import { describe, expect, it } from "vitest";
import type { AssetSource } from "../../src/chain/assets.js";
import type { PlannedComponent } from "../../src/chain/plan.js";
import { assetBudget, concurrencyWarnings, dispatchIdAdvice, type Receiver } from "../../src/chain/preflight.js";
import { readWorkflowFile } from "../../src/chain/workflow-file.js";
import { aPlannedComponent, aSha256, someArtifactRules, somePublishRules } from "../contract/run-fixture.js";

/** A component of acme/bsp with the rest of its workflow file. */
function receiver(id: string, workflow: string, change: Partial<PlannedComponent> = {}): Receiver {
  const file = readWorkflowFile(`on: [repository_dispatch, workflow_dispatch]\n${workflow}\n`);
  if ("error" in file) throw new Error(file.error);
  return { component: aPlannedComponent({ id, repo: "acme/bsp", ...change }), file };
}

describe("advice on the dispatch id", () => {
  const silent = 'run-name: "Build ${{ github.event.client_payload.version }}"';
  const echoing = 'run-name: "Build [${{ github.event.client_payload.chain.dispatch_id }}]"';

  it("names those whose repository_dispatch does not show it", () => {
    const receivers = [receiver("a", silent), receiver("b", ""), receiver("c", echoing)];
    expect(dispatchIdAdvice(receivers)).toEqual([
      {
        code: "no_dispatch_id",
        message:
          'a and b: the workflow\'s run-name does not show the dispatch id, so its runs are told apart by time and actor only. Add run-name: "build [${{ github.event.client_payload.chain.dispatch_id }}]"',
      },
    ]);
  });

  it("is not needed for a workflow_dispatch, nor where all show it", () => {
    expect(dispatchIdAdvice([receiver("a", silent, { trigger: "workflow_dispatch" })])).toEqual([]);
    expect(dispatchIdAdvice([receiver("a", echoing)])).toEqual([]);
    expect(dispatchIdAdvice([])).toEqual([]);
  });

  it("shows what it advises in a way that is understood", () => {
    const [note] = dispatchIdAdvice([receiver("a", "")]);
    const advised = note?.message.slice(note.message.indexOf("run-name: ")) ?? "";
    expect(dispatchIdAdvice([receiver("a", advised)])).toEqual([]);
  });
});

function cancelling(group: string, cancel = "true"): string {
  return `concurrency: {group: ${JSON.stringify(group)}, cancel-in-progress: ${cancel}}`;
}

/** Which components are warned of, of some with the same workflow file. */
function warned(workflow: string, ids = ["a", "b"], changes: Record<string, Partial<PlannedComponent>> = {}): string[] {
  const notes = concurrencyWarnings(ids.map((id) => receiver(id, workflow, changes[id])));
  return notes.map(({ message }) => message.slice(0, message.indexOf(" share ")));
}

describe("concurrency groups", () => {
  it("in which a later run cancels an earlier one are warned of, with what to do", () => {
    const receivers = ["a", "b"].map((id) => receiver(id, cancelling("${{ github.workflow }}-${{ github.ref }}")));
    expect(concurrencyWarnings(receivers)).toEqual([
      {
        code: "concurrency",
        message:
          'a and b share the concurrency group "Build-${{ github.ref }}" of acme/bsp: the later one cancels the earlier one. Put ${{ github.event.client_payload.chain.component }} into the group.',
      },
    ]);
  });

  it("without cancel-in-progress have room for one that runs and one that waits", () => {
    for (const workflow of ["concurrency: build", cancelling("build", "false"), cancelling("build", '"false"')]) {
      expect(warned(workflow, ["a", "b"])).toEqual([]);
      expect(warned(workflow, ["a", "b", "c"])).toEqual(["a, b and c"]);
    }
    const [note] = concurrencyWarnings(["a", "b", "c"].map((id) => receiver(id, "concurrency: build")));
    expect(note?.message).toContain("a third one cancels the one that waits");
  });

  it("may cancel where an expression decides", () => {
    expect(warned(cancelling("build", '"${{ github.ref != vars.KEEP }}"'))).toEqual(["a and b"]);
  });

  it("of jobs count as those of workflows do, and with those of others", () => {
    const job = `jobs: {image: {${cancelling("build")}}, sdk: {${cancelling("build")}}}`;
    expect(warned(job)).toEqual(["a and b"]);
    expect(warned(job, ["a"])).toEqual([]);
    expect(concurrencyWarnings([receiver("a", job), receiver("b", cancelling("build"))])).toHaveLength(1);
    expect(concurrencyWarnings([receiver("a", job), receiver("b", "concurrency: build")])).toHaveLength(1);
    expect(concurrencyWarnings([receiver("a", job), receiver("b", "concurrency: other")])).toEqual([]);
  });

  it.each([
    "build-${{ github.event.client_payload.chain.component }}",
    "build-${{ github.event.client_payload.chain.dispatch_id }}",
    "${{ github.event.client_payload.inputs.machine }}",
    "${{ inputs.machine || github.ref }}",
    "${{ github.event.client_payload['source'].sha }}",
    "build-${{ github.run_id }}",
    "${{ github.workflow }}-${{ github.event.client_payload.version }}-${{ inputs.machine }}",
  ])("%s differ by component", (group) => {
    expect(warned(cancelling(group))).toEqual([]);
  });

  it.each([
    "inputs",
    "${{ github.workflow }}-${{ github.ref }}-${{ github.event_name }}",
    "build-${{ github.event.action }}",
    "build-${{ github.event.client_payload.version }}",
    "build-${{ github.event.client_payload.chain.tag }}-${{ github.event.client_payload.chain.id }}",
    "${{ vars.PREFIX || github.event.client_payload.chain.hub }}",
    "${{ github.event.client_payload.source.repo }}",
  ])("%s are the same for all components of a release", (group) => {
    expect(warned(cancelling(group))).toEqual(["a and b"]);
  });

  it("are those of a repository, of a workflow where they name it, and in upper and lower case the same", () => {
    const named = (workflow: string): Partial<PlannedComponent> => {
      return { workflow: { id: 1, path: `.github/workflows/${workflow}.yml`, name: workflow, declaredInputs: [] } };
    };
    expect(warned(cancelling("build"), ["a", "b"], { b: { repo: "acme/other" } })).toEqual([]);
    expect(warned(cancelling("build"), ["a", "b"], { b: named("other") })).toEqual(["a and b"]);
    for (const group of ["${{ github.workflow }}", "${{github.workflow}}-x", "${{ format('{0}', github.workflow) }}"])
      expect(warned(cancelling(group), ["a", "b"], { b: named("other") })).toEqual([]);
    expect(concurrencyWarnings([receiver("a", cancelling("Build")), receiver("b", cancelling("bUILD"))])).toHaveLength(
      1,
    );
  });

  it("of a workflow_dispatch, which has no payload, are told apart by inputs", () => {
    const [note] = concurrencyWarnings(
      ["a", "b"].map((id) => receiver(id, cancelling("build"), { trigger: "workflow_dispatch" })),
    );
    expect(note?.message).toMatch(/Put what tells them apart, such as one of their inputs, into the group\.$/);
  });

  it("do no harm where each needs the one before it", () => {
    const after = (id: string): Partial<PlannedComponent> => ({ needs: [{ id, kind: "explicit" }] });
    expect(warned(cancelling("build"), ["c", "b", "a"], { b: after("a"), c: after("b") })).toEqual([]);
    expect(warned(cancelling("build"), ["c", "b", "a"], { b: after("a"), c: after("a") })).toEqual(["c, b and a"]);
  });
});

function file(component: string, path: string, artifact = "images"): AssetSource {
  return { component, artifact, path, size: 1, sha256: aSha256(`${component} ${artifact} ${path}`) };
}

/** Problems with the files that the last release had. */
function budget(files: AssetSource[], components: PlannedComponent[], publish = somePublishRules()): string[] {
  const values = { tag: "v2", version: "2", prerelease: "false" };
  return assetBudget({ tag: "v1", files }, components, publish, values).map(
    ({ code, message }) => `${code}: ${message}`,
  );
}

describe("the asset budget", () => {
  const [a, b] = ["a", "b"].map((id) => aPlannedComponent({ id })) as [PlannedComponent, PlannedComponent];

  it("tells which names would collide", () => {
    const files = [file("a", "one/image.wic"), file("a", "two/image.wic"), file("b", "image.wic")];
    expect(budget(files, [a, b])).toEqual([
      'assets: with the files that v1 had: a/images/one/image.wic and a/images/two/image.wic would both be named "a-image.wic": tell them apart with publish.asset-name (for example "${component}-${artifact}-${file}"), or leave one out with publish.exclude.',
    ]);
    expect(budget(files, [a, b], somePublishRules({ assetName: "${component}-${path}" }))).toEqual([]);
    expect(budget([file("a", "image.wic"), file("b", "image.wic")], [a, b])).toEqual([]);
  });

  it("tells of more files than a release holds beside its own", () => {
    const files = Array.from({ length: 998 }, (_, index) => file("a", `f${index}`));
    expect(budget(files, [a])).toEqual([
      expect.stringMatching(/^assets: with the files that v1 had: 998 files would be published, .* leave 1 out/),
    ]);
    expect(budget(files, [a], somePublishRules({ tooMany: "bundle" }))).toEqual([]);
    expect(budget(files.slice(1), [a])).toEqual([]);
    expect(budget(files, [a], somePublishRules({ exclude: ["**/f7"] }))).toEqual([]);
  });

  it("leaves out what would not be published any more", () => {
    const clash = [file("a", "one/x"), file("a", "two/x")];
    const wants = (change: Parameters<typeof someArtifactRules>[0]) =>
      aPlannedComponent({ id: "a", artifacts: someArtifactRules(change) });
    expect(budget(clash, [a])).toHaveLength(1);
    expect(budget(clash, [b])).toEqual([]);
    expect(budget(clash, [{ ...a, build: false, workflow: null }])).toEqual([]);
    expect(budget(clash, [wants({ files: ["one/**"] })])).toEqual([]);
    expect(budget(clash, [wants({ exclude: ["two/*"] })])).toEqual([]);
    expect(budget(clash, [wants({ include: ["sdk-*"] })])).toEqual([]);
    expect(budget(clash, [wants({ include: ["image*"] })])).toHaveLength(1);
  });
});
