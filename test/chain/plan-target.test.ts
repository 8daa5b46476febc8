/** Which release gets the files, and what stands in the way of that. */
import { describe, expect, it } from "vitest";
import { componentTags, ownRepositories } from "../../src/chain/component-tags.js";
import { isPrereleaseTag } from "../../src/chain/semantic-version.js";
import { publishTarget, targetProblems, type TargetFindings } from "../../src/chain/plan-target.js";
import { configOf, HUB, planOf, planned, TARGET } from "./layered-plan.js";

const ELSEWHERE = "acme/releases";
const there = { fullName: ELSEWHERE, defaultBranch: "trunk", private: false, archived: false };

/** A release that is not there yet, elsewhere. */
function elsewhere(change: Partial<TargetFindings> = {}): TargetFindings {
  return { ...TARGET, repo: ELSEWHERE, tag: "sdk-1", repository: there, release: null, tagged: false, ...change };
}

function codes(target: TargetFindings): string[] {
  return targetProblems(HUB, target).map(({ code }) => code);
}

describe("a target", () => {
  it.each([
    ["without the App", { permissions: null }, ["not_installed"]],
    ["that nobody sees", { repository: null }, ["not_installed"]],
    ["that the App may only read", { permissions: { contents: "read" } }, ["permission"]],
    ["that is archived", { repository: { ...there, archived: true } }, ["repository_archived"]],
    ["where the author may not write", { authorMayWrite: false }, ["author_rights"]],
    ["that is sealed", { release: { id: 1, prerelease: false, immutable: true } }, ["release_immutable"]],
    ["for which somebody has a draft", { draftBy: "eve" }, ["release_draft"]],
    [
      "with a release and a draft beside it",
      { draftBy: "eve", release: { id: 1, prerelease: false, immutable: false } },
      [],
    ],
    ["that is yet to be made", {}, []],
  ])("%s", (_, change, expected) => {
    expect(codes(elsewhere(change))).toEqual(expected);
  });

  it("that is sealed: the ways out", () => {
    const [own] = targetProblems(HUB, { ...TARGET, release: { id: 5, prerelease: false, immutable: true } });
    expect(own?.message).toMatch(/publish\.to .*on\.create\.tags .*switch off immutable releases for acme\/product/);
    const [other] = targetProblems(HUB, elsewhere({ release: { id: 5, prerelease: false, immutable: true } }));
    expect(other?.message).not.toContain("on.create");
    expect(other?.message).toContain("publish.to");
  });

  it("is used where it is published, made where it is not, and tagged where no tag is", () => {
    const release = { id: 7, prerelease: true, immutable: false };
    const known = { repo: ELSEWHERE, tag: "sdk-1", private: false };
    expect(publishTarget(HUB, elsewhere({ release }))).toEqual({
      ...known,
      releaseId: 7,
      prerelease: true,
      commit: null,
    });
    const made = { ...known, releaseId: null, prerelease: false };
    expect(publishTarget(HUB, elsewhere())).toEqual({ ...made, commit: "trunk" });
    expect(publishTarget(HUB, elsewhere({ tagged: true }))).toEqual({ ...made, commit: null });
    const inHub = publishTarget(HUB, { ...TARGET, tag: "nightly", release: null, tagged: false });
    expect(inHub).toMatchObject({ repo: HUB.hub, commit: HUB.sha });
    expect(publishTarget(HUB, { ...TARGET, release: null, awaited: true })).toBeUndefined();
  });
});

it("a tag names a prerelease as semantic versions do", () => {
  const prereleases = ["v1.2.0-rc.1", "1.0-beta", "v2-alpha"];
  const others = ["v1.2.0", "v1.2.0+build-5", "nightly", "release-1.2.0", "v1.2.0-", "scarthgap-5.0"];
  expect(prereleases.filter(isPrereleaseTag)).toEqual(prereleases);
  expect(others.filter(isPrereleaseTag)).toEqual([]);
});

describe("tags on components", () => {
  const components = `
  - {repo: bsp}
  - {repo: core, build: false}
  - {repo: other/layer, build: false}
  - {repo: unseen, build: false}
  - {repo: product, id: itself, build: false}
`;

  it("are for repositories of the hub's owner that the App sees, not the hub", () => {
    const { components: included } = configOf(components);
    const found = new Map(
      included.map(({ id, source }) => [
        id,
        {
          repository: { ...there, fullName: source.kind === "github" ? source.repo : "" },
          permissions: id === "unseen" ? null : { contents: "read" },
          sha: "a".repeat(40),
          workflows: [],
          authorMayWrite: false,
        },
      ]),
    );
    expect(ownRepositories(HUB.hub, included, found)).toEqual(["acme/bsp", "acme/core"]);
  });

  it("stand at what was built, of what succeeded; more than one commit is for a person to decide", () => {
    const plan = {
      ...planned(planOf("  - {repo: a}\n  - {repo: b}\n  - {id: b2, repo: b}\n  - {repo: c}\n")),
      tagged: ["acme/a", "acme/b", "acme/c"],
    };
    const run = (conclusions: Record<string, string | null>) =>
      ({
        components: plan.components.map(({ id }) => ({ id, sha: `built-${id}`, conclusion: conclusions[id] ?? null })),
      }) as Parameters<typeof componentTags>[1];
    const success = "success";
    expect(componentTags(plan, run({ a: success, b: success, b2: success, c: "skipped" }))).toEqual([
      { repo: "acme/a", shas: ["built-a"] },
      { repo: "acme/b", shas: ["built-b", "built-b2"] },
    ]);
    expect(componentTags({ ...plan, tagged: [] }, run({ a: success }))).toEqual([]);
  });
});
