/** A release when everything has ended: complete, with checksums that match, or as it was. */
import type { ReleaseRun } from "../../src/chain/run.js";
import { BOT, sha256, type FakeRelease } from "../coordinator/fake-github.js";
import type { Made } from "./promises.js";
import { FOREIGN_ASSET, type World } from "./simulate.js";

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

export function checkRelease(world: World, release: FakeRelease, before: ReadonlyMap<string, ReleaseState>): string[] {
  const runs = [...world.server.runs.values()].filter(({ tag }) => tag === release.tag);
  const last = runs.at(-1);
  if (last === undefined) return [`every release that is published starts a release run: ${release.tag} did not`];
  const foreign = release.assets.find(({ name }) => name === FOREIGN_ASSET.name);
  if (foreign?.bytes !== FOREIGN_ASSET.bytes) return [`what others put on a release is left alone: ${release.tag}`];
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
    (component) => component.build && !(component.notInPrereleases && release.prerelease),
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
  const expected = [...names, "SHA256SUMS", "provenance.intoto.jsonl", "release-chain.lock.json", FOREIGN_ASSET.name]
    .sort()
    .join(", ");
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
