/** A release when everything has ended: complete, with checksums that match, or as it was. */
import { componentTags } from "../../src/chain/component-tags.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import { BOT, sha256, type FakeRelease } from "../coordinator/fake-github-types.js";
import type { Made } from "./dispatched.js";
import { isMade, RELEASES } from "./setting.js";
import { FOREIGN_ASSET, HUB, PERSONS_WORDS, type World } from "./simulate.js";

/** A release as a release run found it. */
export interface ReleaseState {
  body: string;
  /** Names with SHA-256s. */
  assets: string;
}

export function stateOf({ body, assets }: FakeRelease): ReleaseState {
  const named = assets.map(({ name, bytes, state }) => `${name} ${state} ${sha256(bytes)}`);
  return { body, assets: named.sort().join("\n") };
}

/** Where a tag's release gets its files. */
function placeOf({ setting: { chain } }: World, tag: string): { repo: string; tag: string } {
  return chain.publishTo === null ? { repo: HUB, tag } : { repo: chain.publishTo, tag: `product-${tag}` };
}

/** The tag of the hub that a release is made for. */
export function tagOf({ repo, tag }: FakeRelease): string {
  return repo === RELEASES ? tag.replace("product-", "") : tag;
}

/** The published release that gets the files of a tag. */
export function targetFor(world: World, tag: string): FakeRelease | undefined {
  const place = placeOf(world, tag);
  return world.base.releases.find((each) => each.repo === place.repo && each.tag === place.tag && !each.draft);
}

export function checkTag(world: World, tag: string, before: ReadonlyMap<string, ReleaseState>): string[] {
  const runs = [...world.server.runs.values()].filter((run) => run.tag === tag);
  const last = runs.at(-1);
  if (last === undefined) return [`what a person publishes or pushes starts a release run: ${tag} did not`];
  const persons = world.releases
    .filter((release) => release.tag === tag)
    .flatMap((release) => leftAlone(world, release));
  const made = isMade(world.setting.chain) ? checkMade(world, tag, runs) : [];
  const release = targetFor(world, tag);
  const files = release === undefined ? [] : checkRelease(world, release, last, before);
  return [...persons, ...made, ...files, ...checkTags(world, last, runs)];
}

function leftAlone(world: World, release: FakeRelease): string[] {
  const foreign = release.assets.find(({ name }) => name === FOREIGN_ASSET.name);
  if (foreign?.bytes !== FOREIGN_ASSET.bytes) return [`what others put on a release is left alone: ${release.tag}`];
  const isTarget = !isMade(world.setting.chain);
  return isTarget || (release.assets.length === 1 && release.body === PERSONS_WORDS)
    ? []
    : [`a release that gets no files is left alone: ${release.tag}`];
}

/** One that is made comes with its tag when all has ended well; else neither it nor a draft nor the tag is there. */
function checkMade(world: World, tag: string, runs: readonly ReleaseRun[]): string[] {
  const place = placeOf(world, tag);
  const there = world.base.releases.filter((each) => each.repo === place.repo && each.tag === place.tag);
  const isTagged = place.repo === HUB || world.base.repository(place.repo).tags.has(place.tag);
  if (runs.some(({ reason }) => reason?.includes("could not be removed") === true)) return [];
  if (runs.some(({ conclusion }) => conclusion === "success"))
    return there.length === 1 && there[0]?.draft === false && isTagged
      ? []
      : [`one release is made: ${tag} has ${there.map(({ draft }) => (draft ? "a draft" : "a release")).join(", ")}`];
  if (there.length > 0) return [`a release that is made goes if it does not come through: ${tag} has one`];
  return isTagged && place.repo !== HUB ? [`a tag that is made goes with its release: ${place.tag} is there`] : [];
}

/** A tag on a component's repository says what was built there, and is there only after success. */
function checkTags(world: World, last: ReleaseRun, runs: readonly ReleaseRun[]): string[] {
  const repos = [...world.setting.chain.repositories.keys()];
  const tagged = repos.filter((repo) => world.base.repository(repo).tags.has(last.tag));
  if (!runs.some(({ conclusion }) => conclusion === "success"))
    return tagged.map((repo) => `a component is tagged only after success: ${repo} of ${last.tag} is`);
  if (last.conclusion !== "success" || last.plan === null || last.reason !== null) return [];
  return componentTags(last.plan, last).flatMap(({ repo, shas }) =>
    world.base.repository(repo).tags.get(last.tag) === shas[0]
      ? []
      : [`components are tagged at what was built: ${repo} of ${last.tag} is not`],
  );
}

function checkRelease(
  world: World,
  release: FakeRelease,
  last: ReleaseRun,
  before: ReadonlyMap<string, ReleaseState>,
): string[] {
  if (last.conclusion === "success") return incomplete(world, release, last);
  const known = before.get(last.id);
  if (known === undefined) return [];
  const now = stateOf(release);
  if (now.assets !== known.assets && !(last.reason ?? "").includes("could not be removed"))
    return [`a release is as it was: ${release.tag} has ${release.assets.map(({ name }) => name).join(", ")}`];
  return now.body === known.body || (last.reason ?? "").includes("could not be removed")
    ? []
    : [`a release is as it was: the body of ${release.tag} is not`];
}

function incomplete(world: World, release: FakeRelease, run: ReleaseRun): string[] {
  const { chain } = world.setting;
  const included = chain.components.filter(
    (component) => component.build && !(component.notInPrereleases && run.plan?.release.prerelease === true),
  );
  const broken: string[] = [];
  const names: string[] = [];
  // What an earlier release run of the tag has published stays, where this one has nothing in its place.
  const kept = new Set<string>();
  const isSecond = [...world.server.runs.values()].some(
    ({ id, tag, conclusion }) => id !== run.id && tag === run.tag && conclusion === "success",
  );
  for (const { id, optional } of included) {
    const component = run.components.find((each) => each.id === id);
    if (isSecond && component?.conclusion !== "success") kept.add(`image-${id}.bin`);
    const asset = release.assets.find(({ name }) => name === `image-${id}.bin`);
    const isSkipped = component?.skippedBy === "operator";
    if (asset === undefined && !optional && !isSkipped)
      broken.push(`a release is complete: ${release.tag} has no file of ${id}`);
    if (asset === undefined) continue;
    if (!isSecond && component?.conclusion !== "success")
      broken.push(`nothing that was not verified is published: ${release.tag} has a file of ${id}`);
    names.push(asset.name);
    broken.push(...untrue(world, madeOf(asset.bytes), id, run));
  }
  const foreign = isMade(chain) ? [] : [FOREIGN_ASSET.name];
  const own = ["SHA256SUMS", "provenance.intoto.jsonl", "release-chain.lock.json"];
  const expected = [...names, ...own, ...foreign].sort().join(", ");
  const there = release.assets.map(({ name }) => name).sort();
  if (there.join(", ") !== expected)
    broken.push(`a release has its files and no other: ${release.tag} has ${there.join(", ")}, not ${expected}`);
  const sums = release.assets.find(({ name }) => name === "SHA256SUMS")?.bytes.toString() ?? "";
  const others = release.assets.filter(
    ({ name, uploader }) => name !== "SHA256SUMS" && !kept.has(name) && uploader === BOT,
  );
  const lines = others.map(({ name, bytes }) => `${sha256(bytes)}  ${name}\n`);
  if (
    lines.sort().join("") !==
    sums
      .split(/(?<=\n)/)
      .sort()
      .join("")
  )
    broken.push(`SHA256SUMS matches: that of ${release.tag} does not`);
  if (!release.body.includes("<!-- release-chain:begin -->")) broken.push(`a release has its section: ${release.tag}`);
  return broken;
}

/** null: it is not what a build has left. */
function madeOf(bytes: Buffer): Made | null {
  try {
    return JSON.parse(bytes.toString()) as Made;
  } catch {
    return null;
  }
}

/** What is published was built for this component and tag, by a run of its last dispatch that succeeded. */
function untrue({ actions }: World, made: Made | null, component: string, run: ReleaseRun): string[] {
  const attempt = made === null ? undefined : actions.find(made.run)?.attempts[made.attempt - 1];
  const isTrue = made?.component === component && made.tag === run.tag && made.isGood;
  if (isTrue && attempt?.conclusion === "success") return [];
  return [
    `what is published was built for it: ${component} of ${run.tag} has ${made === null ? "a damaged file" : `a file of run ${made.run}`}`,
  ];
}
