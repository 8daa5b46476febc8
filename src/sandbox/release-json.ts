import { timestamp, type Asset, type Release, type World } from "./world.js";
import type { JsonObject } from "./types.js";
import { accountJson, nodeId } from "./account-json.js";
import { repositoryUrl } from "./repository-json.js";

export function releaseJson(world: World, release: Release): JsonObject {
  const api = repositoryUrl(world, release.repository);
  const url = `${api}/releases/${release.id}`;
  const uploads = `${world.url}/api/uploads/repos/${release.repository.fullName}/releases/${release.id}`;
  const tag = encodeURIComponent(release.tag);
  return {
    url,
    assets_url: `${url}/assets`,
    upload_url: `${uploads}/assets{?name,label}`,
    html_url: `${world.url}/${release.repository.fullName}/releases/tag/${urlTag(release)}`,
    id: release.id,
    author: accountJson(world, release.author),
    node_id: nodeId("Release", release.id),
    tag_name: release.tag,
    target_commitish: release.target,
    name: release.name,
    draft: release.draft,
    immutable: release.immutable,
    prerelease: release.prerelease,
    created_at: timestamp(release.createdAt),
    updated_at: timestamp(release.updatedAt),
    published_at: release.publishedAt === null ? null : timestamp(release.publishedAt),
    assets: release.assets
      .filter((asset) => asset.state === "uploaded")
      .map((asset) => assetJson(world, release, asset)),
    tarball_url: release.draft ? null : `${api}/tarball/${tag}`,
    zipball_url: release.draft ? null : `${api}/zipball/${tag}`,
    body: release.body,
  };
}

export function assetJson(world: World, release: Release, asset: Asset): JsonObject {
  return {
    url: `${repositoryUrl(world, release.repository)}/releases/assets/${asset.id}`,
    id: asset.id,
    node_id: nodeId("ReleaseAsset", asset.id),
    name: asset.name,
    label: asset.label,
    uploader: accountJson(world, asset.uploader),
    content_type: asset.contentType,
    state: asset.state,
    size: asset.content.length,
    digest: asset.state === "uploaded" ? `sha256:${asset.sha256}` : null,
    download_count: asset.downloads,
    created_at: timestamp(asset.createdAt),
    updated_at: timestamp(asset.createdAt),
    browser_download_url: assetDownloadUrl(world, release, asset),
  };
}

export function assetDownloadUrl(world: World, release: Release, asset: Asset): string {
  return `${world.url}/${release.repository.fullName}/releases/download/${urlTag(release)}/${encodeURIComponent(asset.name)}`;
}

/** A draft has no page under its tag yet. */
function urlTag(release: Release): string {
  return release.draft ? `untagged-${release.id.toString(16)}` : encodeURIComponent(release.tag);
}
