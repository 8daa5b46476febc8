/** Releases and their assets, and the webhooks that a change of them really sends. */
import { sha256Of, type Content } from "./content.js";
import { ApiError, validationFailed } from "./http.js";
import { checkLatest, makeLatest, type MakeLatest } from "./latest-release.js";
import { releaseJson } from "./release-json.js";
import { checkNotBurned, setTag } from "./release-tags.js";
import { repositoryEnvelope } from "./webhooks.js";
import type { JsonObject } from "./types.js";
import type { Account, Asset, Release, Repository, World } from "./world.js";

const mostAssets = 1000;
const longestBody = 125_000;

export interface ReleaseFields {
  tag: string;
  target: string;
  name: string | null;
  body: string | null;
  draft: boolean;
  prerelease: boolean;
  /** Default `true`, as at GitHub: what is published becomes the latest release. */
  makeLatest?: MakeLatest;
}

/** Throws ApiError 422 where the tag is taken or burned. */
export function createRelease(
  world: World,
  repository: Repository,
  author: Account,
  { makeLatest: latest, ...fields }: ReleaseFields,
): Release {
  checkBody(fields.body);
  checkLatest(fields, latest);
  if (!fields.draft) checkTag(world, repository, fields.tag);
  const now = world.clock.now();
  const release: Release = {
    ...fields,
    id: world.nextId("release"),
    repository,
    immutable: false,
    author,
    createdAt: now,
    publishedAt: null,
    updatedAt: now,
    assets: [],
  };
  world.releases.set(release.id, release);
  if (!fields.draft) publish(world, release, author, "created", latest);
  else emitRelease(world, release, "created", author);
  return release;
}

/** What PATCH changes; publishing a draft, and unpublishing, are changes of `draft`. */
export function updateRelease(
  world: World,
  release: Release,
  { makeLatest: latest, ...change }: Partial<ReleaseFields>,
  sender: Account,
): void {
  checkBody(change.body ?? null);
  checkLatest({ ...release, ...change }, latest);
  const before = { ...release };
  if (release.immutable && change.tag !== undefined && change.tag !== release.tag) {
    throw new ApiError(422, "Cannot change the tag of an immutable release.");
  }
  const publishes = release.draft && change.draft === false;
  if (publishes) checkTag(world, release.repository, change.tag ?? release.tag);
  Object.assign(release, change);
  release.updatedAt = world.clock.now();
  if (publishes) {
    publish(world, release, sender, null, latest);
    return;
  }
  if (latest !== undefined) makeLatest(world, release, latest);
  if (!before.draft && release.draft) {
    release.publishedAt = null;
    emitRelease(world, release, "unpublished", sender);
    return;
  }
  const changes = {
    ...(before.body === release.body ? {} : { body: { from: before.body ?? "" } }),
    ...(before.name === release.name ? {} : { name: { from: before.name ?? "" } }),
  };
  if (Object.keys(changes).length > 0) emitRelease(world, release, "edited", sender, { changes });
  if (!release.draft && before.prerelease !== release.prerelease) {
    emitRelease(world, release, release.prerelease ? "prereleased" : "released", sender);
  }
}

export function deleteRelease(world: World, release: Release, sender: Account): void {
  world.releases.delete(release.id);
  emitRelease(world, release, "deleted", sender);
}

/** The published release of a tag. */
export function publishedRelease(world: World, repository: Repository, tag: string): Release | undefined {
  return releasesOf(world, repository).find((release) => !release.draft && release.tag === tag);
}

/** Newest first, drafts included. */
export function releasesOf(world: World, repository: Repository): Release[] {
  return [...world.releases.values()].filter((release) => release.repository === repository).reverse();
}

/** Throws ApiError 422: name taken, empty file, too many assets, immutable release. */
export function addAsset(
  world: World,
  release: Release,
  upload: {
    name: string;
    label: string | null;
    contentType: string;
    content: Content;
    uploader: Account;
    state: Asset["state"];
  },
): Asset {
  if (release.immutable) throw new ApiError(422, "Cannot upload assets to an immutable release.");
  const name = assetName(upload.name);
  if (release.assets.some((asset) => asset.name === name)) {
    throw validationFailed({ resource: "ReleaseAsset", code: "already_exists", field: "name" });
  }
  if (upload.content.length === 0 && upload.state === "uploaded") {
    const message = "size must be greater than or equal to 1";
    throw validationFailed({ resource: "ReleaseAsset", code: "custom", field: "size", message });
  }
  if (release.assets.length >= mostAssets) {
    const message = `file_count limited to ${mostAssets} assets per release`;
    throw validationFailed({ resource: "ReleaseAsset", code: "custom", field: "file_count", message });
  }
  const asset: Asset = {
    ...upload,
    name,
    id: world.nextId("asset"),
    sha256: sha256Of(upload.content),
    downloads: 0,
    createdAt: world.clock.now(),
  };
  release.assets.push(asset);
  world.changed();
  return asset;
}

/**
 * The name GitHub gives an upload: accents dropped, what is no letter, digit or `._-+@` turned into a dot, never two
 * dots in a row, none at the ends; `default.` in front of a name that has only its extension left. Documented only as
 * "renames"; the rules were seen in electron/forge#1761, softprops/action-gh-release#159 and in cli/cli's release upload.
 */
export function assetName(name: string): string {
  const plain = name.normalize("NFD").replace(/\p{Mn}/gu, "");
  const named = plain.startsWith(".") ? `default${plain}` : plain;
  const dotted = named
    .replace(/[^A-Za-z0-9_+@-]+/g, ".")
    .replace(/\.+$/, "")
    .replace(/^\.+/, "");
  return dotted !== name && !dotted.includes(".") ? `default.${dotted}` : dotted;
}

export function findAsset(
  world: World,
  repository: Repository,
  id: number,
): { release: Release; asset: Asset } | undefined {
  for (const release of releasesOf(world, repository)) {
    const asset = release.assets.find((one) => one.id === id);
    if (asset !== undefined) return { release, asset };
  }
  return undefined;
}

function publish(
  world: World,
  release: Release,
  sender: Account,
  first: "created" | null,
  latest: MakeLatest = release.prerelease ? "false" : "true",
): void {
  const { repository } = release;
  if (!repository.tags.has(release.tag)) {
    const target = repository.branches.get(release.target) ?? release.target;
    if (!repository.git.commits.has(target)) {
      throw validationFailed({ resource: "Release", code: "invalid", field: "target_commitish" });
    }
    setTag(world, repository, release.tag, target, sender);
  }
  release.draft = false;
  release.publishedAt = world.clock.now();
  release.immutable = repository.immutableReleases;
  if (release.immutable) repository.burnedTags.add(release.tag);
  makeLatest(world, release, latest);
  if (first !== null) emitRelease(world, release, first, sender);
  emitRelease(world, release, "published", sender);
  emitRelease(world, release, release.prerelease ? "prereleased" : "released", sender);
}

function checkTag(world: World, repository: Repository, tag: string): void {
  if (tag === "") throw validationFailed({ resource: "Release", code: "missing_field", field: "tag_name" });
  if (publishedRelease(world, repository, tag) !== undefined) {
    throw validationFailed({ resource: "Release", code: "already_exists", field: "tag_name" });
  }
  checkNotBurned(repository, tag, "Release");
}

function checkBody(body: string | null): void {
  if (body === null || body.length <= longestBody) return;
  const message = `body is too long (maximum is ${longestBody} characters)`;
  throw validationFailed({ resource: "Release", code: "custom", field: "body", message });
}

function emitRelease(world: World, release: Release, action: string, sender: Account, extra: JsonObject = {}): void {
  const { repository } = release;
  world.emit({
    event: "release",
    action,
    repository,
    payload: {
      action,
      ...extra,
      release: releaseJson(world, release),
      ...repositoryEnvelope(world, repository, sender),
    },
  });
  world.changed();
}
