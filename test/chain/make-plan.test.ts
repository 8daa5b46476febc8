import { describe, expect, it } from "vitest";
import { makePlan, refusalReason, type HubFindings, type PlanResult } from "../../src/chain/make-plan.js";
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import type { ReleasePlan } from "../../src/chain/plan.js";
import type { ComponentFindings, FoundWorkflow } from "../../src/chain/plan-component.js";
import type { TargetFindings } from "../../src/chain/plan-target.js";
import { aSha } from "../contract/run-fixture.js";
import { shownAdvice } from "../../src/chain/preflight.js";
import { expectGolden } from "./golden-file.js";
import { HUB as hub, TARGET } from "./layered-plan.js";

const listening = "on: {repository_dispatch: {types: [build-chain]}}";

function aWorkflow(name: string, text: string | null = listening, state = "active"): FoundWorkflow {
  return { id: name.length, name, path: `.github/workflows/${name}`, state, text };
}

function found(repo: string, change: Partial<ComponentFindings> = {}): ComponentFindings {
  return {
    repository: { fullName: repo, defaultBranch: "main", private: false, archived: false },
    permissions: { contents: "write", actions: "write" },
    sha: aSha(repo),
    workflows: [aWorkflow("build.yml")],
    authorMayWrite: true,
    ...change,
  };
}

/** Plans a chain given as YAML below `components:`; what is not said of a component is as it should be. */
function plan(
  components: string,
  findings: Record<string, Partial<ComponentFindings>> = {},
  change: Partial<HubFindings> = {},
  target: Partial<TargetFindings> = {},
): PlanResult {
  const text = `version: 1\ncomponents:\n${components}`;
  const parsed = parseChainConfig(text, { file: "release-chain.yml", hubOwner: "acme" });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join("\n"));
  const entries = parsed.config.components.map((component) => {
    const repo = component.source.kind === "github" ? component.source.repo : component.source.url;
    return [component.id, found(repo, findings[component.id])] as const;
  });
  return makePlan(parsed.config, {
    hub: { ...hub, ...change },
    target: { ...TARGET, ...target },
    components: new Map(entries),
    notes: [],
    noticeTargets: ["mail", "slack"],
    createdAt: "2026-01-01T00:00:00.000Z",
  });
}

function planned(result: PlanResult): ReleasePlan {
  if (result.kind === "refused") throw new Error(refusalReason(result.problems));
  return result.plan;
}

function codes(result: PlanResult): string[] {
  return result.kind === "refused" ? result.problems.map(({ code }) => code) : [];
}

describe("a plan that is refused", () => {
  const chain = `
  - {repo: unseen}
  - {repo: unknown-lock, build: false}
  - {repo: no-ref, ref: v9}
  - {repo: uninstalled}
  - {repo: unpermitted}
  - {repo: archived}
  - {repo: unwritable}
  - {repo: missing}
  - {repo: disabled}
  - {repo: deaf}
  - {repo: deaf-dispatch, trigger: workflow_dispatch}
  - {repo: broken}
  - {repo: undeclared, trigger: workflow_dispatch, inputs: {soc: imx8, size: 3}}
  - {repo: a, needs: [c]}
  - {repo: b, needs: [a]}
  - {repo: c, needs: [b]}
  - {repo: secret}
`;
  const result = plan(
    chain,
    {
      unseen: { repository: null },
      "unknown-lock": { repository: null },
      "no-ref": { sha: null },
      uninstalled: { permissions: null },
      unpermitted: { permissions: { contents: "read" } },
      archived: { repository: { fullName: "acme/archived", defaultBranch: "main", private: false, archived: true } },
      unwritable: { authorMayWrite: false },
      missing: { workflows: [aWorkflow("build.yml", null)] },
      disabled: { workflows: [aWorkflow("build.yml", listening, "disabled_inactivity")] },
      deaf: {
        workflows: [aWorkflow("build.yml", "on: push"), aWorkflow("ci.yml", "on: {repository_dispatch: {types: [x]}}")],
      },
      broken: { workflows: [aWorkflow("build.yml", "on: [")] },
      undeclared: { workflows: [aWorkflow("build.yml", "on: {workflow_dispatch: {inputs: {machine: {}}}}")] },
      secret: { repository: { fullName: "acme/secret", defaultBranch: "main", private: true, archived: false } },
    },
    {},
    { release: { id: 5, prerelease: false, immutable: true }, authorMayWrite: false },
  );

  it("lists all that is wrong at once, each with what to do", () => {
    if (result.kind === "plan") throw new Error("it was not refused");
    expectGolden("test/chain/golden/plan-refused.txt", `${refusalReason(result.problems)}\n`);
  });

  it("has a stable code for each", () => {
    expect(new Set(codes(result))).toEqual(
      new Set([
        "release_immutable",
        "author_rights",
        "not_installed",
        "repository_unknown",
        "ref_unknown",
        "permission",
        "repository_archived",
        "workflow_missing",
        "workflow_disabled",
        "workflow_deaf",
        "workflow_broken",
        "inputs_undeclared",
        "cycle",
        "private_to_public",
      ]),
    );
  });
});

describe("files of private repositories", () => {
  const repository = { fullName: "acme/secret", defaultBranch: "main", private: true, archived: false };
  const secret = { secret: { repository } };

  it("do not go to a public hub, unless the server allows it", () => {
    expect(codes(plan("  - repo: secret\n", secret))).toEqual(["private_to_public"]);
    expect(codes(plan("  - repo: secret\n", secret, { mayPublishPrivate: true }))).toEqual([]);
    expect(codes(plan("  - repo: secret\n", secret, {}, { repository: { ...repository, fullName: hub.hub } }))).toEqual(
      [],
    );
  });

  it("are not in question where a private repository is only locked", () => {
    expect(codes(plan("  - {repo: secret, build: false}\n", secret))).toEqual([]);
  });
});

describe("components", () => {
  it("are left out by when, and count as satisfied needs", () => {
    const { components, excluded, groups } = planned(
      plan(
        "  - {repo: a, when: {prerelease: true}}\n  - {repo: b, when: {tag: 'v2.*'}}\n  - {repo: c, needs: [a, b]}\n",
      ),
    );
    expect(components.map(({ id, needs }) => [id, needs])).toEqual([["c", []]]);
    expect(groups).toEqual([["c"]]);
    expect(excluded).toEqual([
      { id: "a", reason: "when: prerelease is true, and this is no prerelease" },
      { id: "b", reason: 'when: the tag v1.2.0 does not match "v2.*"' },
    ]);
  });

  it("of another host are locked at their SHA, with no question asked of GitHub", () => {
    const sha = "0123456789abcdef0123456789abcdef01234567";
    const { components } = planned(
      plan(`  - {id: poky, build: false, repo: {url: "https://git.example/poky", ref: "${sha}"}}\n`, {
        poky: { repository: null, permissions: null, sha },
      }),
    );
    expect(components).toMatchObject([
      { id: "poky", repo: "https://git.example/poky", sha, build: false, workflow: null },
    ]);
  });

  it("are grouped by their needs", () => {
    const { groups } = planned(plan("  - {repo: c, needs: [a, b]}\n  - {repo: a}\n  - {repo: b, needs: [a]}\n"));
    expect(groups).toEqual([["a"], ["b"], ["c"]]);
  });
});

describe("the workflow of a component", () => {
  const one = "  - {repo: a, workflow: [first.yml, second.yml]}\n";
  const choose = (...workflows: FoundWorkflow[]): string | undefined =>
    planned(plan(one, { a: { workflows } })).components[0]?.workflow?.path;

  it("is the first that is there, is active and listens, in the order of the configuration", () => {
    const [first, second] = [aWorkflow("first.yml"), aWorkflow("second.yml")];
    expect(choose(second, first)).toBe(first.path);
    expect(choose(second)).toBe(second.path);
    expect(choose(aWorkflow("first.yml", listening, "disabled_manually"), second)).toBe(second.path);
    expect(choose(aWorkflow("first.yml", "on: push"), second)).toBe(second.path);
    expect(choose(aWorkflow("first.yml", null), second)).toBe(second.path);
  });

  it("decides with source: auto whether the locked commit is built", () => {
    const text = `${listening}\n# \${{ github.event.client_payload.source.sha }}`;
    const checkout = (components: string): string | undefined =>
      planned(plan(components, { a: { workflows: [aWorkflow("build.yml", text)] } })).components[0]?.checkout;
    expect(checkout("  - repo: a\n")).toBe("locked");
    expect(checkout("  - {repo: a, source: head}\n")).toBe("head");
    expect(planned(plan("  - repo: a\n")).components[0]?.checkout).toBe("head");
  });

  it("gives the inputs that it declares to workflow_dispatch only", () => {
    const workflows = [aWorkflow("build.yml", "on: {workflow_dispatch: {inputs: {soc: {}}}, repository_dispatch: }")];
    const declared = (trigger: string): string[] | undefined =>
      planned(plan(`  - {repo: a, trigger: ${trigger}}\n`, { a: { workflows } })).components[0]?.workflow
        ?.declaredInputs;
    expect(declared("workflow_dispatch")).toEqual(["soc"]);
    expect(declared("repository_dispatch")).toEqual([]);
  });
});

it("warns of targets of notices that the server has not, and of a workflow that will not build the ref", () => {
  const { warnings } = planned(
    plan(
      "  - {repo: a, ref: scarthgap}\n  - {repo: b, ref: main}\nnotify: [{when: always, to: ops}, {when: failure, to: mail}]\n",
    ),
  );
  expectGolden(
    "test/chain/golden/plan-warnings.txt",
    warnings.map(({ code, message }) => `${code}: ${message}\n`).join(""),
  );
});

describe("what the App may not show in the hub", () => {
  const notes = (permissions: Record<string, string>, config = "") =>
    shownAdvice("acme/product", config === "" ? [] : [{ when: "failure", to: config }], permissions).map(
      ({ message }) => message,
    );

  it("is noted, as far as it would be shown", () => {
    expect(notes({ contents: "write", checks: "read" }, "issue")).toEqual([
      "the App lacks checks: write on acme/product, so a release run has no check run that shows it, with its buttons. Accept the App's new permissions there; the release itself does not need them.",
      expect.stringMatching(
        /^the App lacks issues: write on acme\/product, so a release run opens no issue when it fails/,
      ),
    ]);
    expect(notes({ checks: "write" }, "slack")).toEqual([]);
    expect(notes({ checks: "admin", issues: "write" }, "issue")).toEqual([]);
    expect(shownAdvice("acme/product", [], null)).toEqual([]);
  });

  it("refuses no plan", () => {
    const warned = planned(plan("  - {repo: a}\n", {}, { permissions: {} })).warnings;
    expect(warned.map(({ code }) => code)).toContain("not_shown");
  });
});
