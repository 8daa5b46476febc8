/** Releases, their assets and tags. What concerns one by its id is for publishing, and is paced as such. */
import { GitHubError } from "../coordinator/ports.js";
import type { AssetInfo, AssetUpload, GitHub, RepoName } from "../coordinator/ports.js";
import { assetAnswer, assetsAnswer, parseAnswer, releaseAnswer, releasesAnswer } from "./answers.js";
import { call, readOrNull } from "./api.js";
import type { ApiParts } from "./api.js";
import { downloadAsset } from "./downloads.js";
import type { DownloadParts } from "./downloads.js";
import { allPages } from "./pages.js";
import { repoPath, segment } from "./request.js";
import type { ApiRequest } from "./request.js";

type ReleaseCalls = Pick<
  GitHub,
  | "releaseByTag"
  | "release"
  | "releases"
  | "updateReleaseBody"
  | "deleteRelease"
  | "createDraft"
  | "publishDraft"
  | "createTag"
  | "deleteTag"
  | "assets"
  | "uploadAsset"
  | "deleteAsset"
  | "downloadAsset"
>;

export function releaseCalls(parts: DownloadParts): ReleaseCalls {
  return {
    releaseByTag: async (repo, tag) =>
      await readOrNull(parts, readRelease(repo, `tags/${segment(tag)}`), releaseAnswer),
    release: async (repo, id) =>
      await readOrNull(parts, { ...readRelease(repo, String(id)), purpose: "publish" }, releaseAnswer),
    releases: async (repo) =>
      await allPages(
        parts,
        { path: `${repoPath(repo)}/releases`, repo, needs: "Contents: read", purpose: "publish" },
        releasesAnswer,
      ),
    async updateReleaseBody(repo, id, body) {
      await call(parts, { ...writeRelease("PATCH", repo, `/${id}`, { body }), expects: "nothing" });
    },
    async createDraft(repo, { tag, commit, name, body, prerelease }) {
      const fields = { tag_name: tag, name, body, prerelease, draft: true };
      const target = commit === undefined ? {} : { target_commitish: commit };
      const request = writeRelease("POST", repo, "", { ...fields, ...target });
      return parseAnswer(releaseAnswer, request, await call(parts, request));
    },
    async publishDraft(repo, id, prerelease, latest) {
      const request = writeRelease("PATCH", repo, `/${id}`, { draft: false, prerelease, make_latest: latest });
      return parseAnswer(releaseAnswer, request, await call(parts, request));
    },
    deleteRelease: async (repo, id) => {
      await remove(parts, repo, `/releases/${id}`);
    },
    async createTag(repo, tag, sha) {
      await call(parts, {
        ...writeRelease("POST", repo, "", { ref: `refs/tags/${tag}`, sha }),
        path: `${repoPath(repo)}/git/refs`,
        expects: "nothing",
      });
    },
    deleteTag: async (repo, tag) => {
      await remove(parts, repo, `/git/refs/tags/${tag.split("/").map(segment).join("/")}`);
    },
    assets: async (repo, releaseId) =>
      await allPages(
        parts,
        { path: `${repoPath(repo)}/releases/${releaseId}/assets`, repo, needs: "Contents: read", purpose: "publish" },
        assetsAnswer,
      ),
    uploadAsset: async (repo, uploadUrl, asset, signal) => await uploadAsset(parts, repo, uploadUrl, asset, signal),
    deleteAsset: async (repo, assetId) => {
      await remove(parts, repo, `/releases/assets/${assetId}`);
    },
    downloadAsset: async (repo, assetId, signal) => await downloadAsset(parts, repo, assetId, signal),
  };
}

function readRelease(repo: RepoName, which: string): ApiRequest {
  return {
    method: "GET",
    path: `${repoPath(repo)}/releases/${which}`,
    kind: "read",
    expects: "json",
    repo,
    needs: "Contents: read",
  };
}

function writeRelease(
  method: "POST" | "PATCH",
  repo: RepoName,
  which: string,
  value: Record<string, unknown>,
): ApiRequest {
  return {
    method,
    path: `${repoPath(repo)}/releases${which}`,
    body: { kind: "json", value },
    kind: "create",
    purpose: "publish",
    expects: "json",
    repo,
    needs: "Contents: write",
  };
}

async function remove(parts: ApiParts, repo: RepoName, path: string): Promise<void> {
  await call(parts, {
    method: "DELETE",
    path: `${repoPath(repo)}${path}`,
    kind: "write",
    purpose: "publish",
    expects: "nothing",
    repo,
    needs: "Contents: write",
  });
}

async function uploadAsset(
  parts: ApiParts,
  repo: RepoName,
  uploadUrl: string,
  asset: AssetUpload,
  signal: AbortSignal,
): Promise<AssetInfo> {
  const request: ApiRequest = {
    method: "POST",
    path: uploadTarget(parts.baseUrl, uploadUrl),
    query: { name: asset.name },
    body: { kind: "stream", open: () => asset.open(), size: asset.size, contentType: asset.contentType },
    kind: "create",
    purpose: "publish",
    expects: "json",
    repo,
    needs: "Contents: write",
    signal,
  };
  return parseAnswer(assetAnswer, request, await call(parts, request));
}

/**
 * A release's `upload_url` without its URI template. Throws GitHubError where it is not on a host of the API's own, as
 * the token would go there: `uploads.github.com` for `api.github.com` (and so for `*.ghe.com`), else the API's host.
 */
function uploadTarget(baseUrl: string, uploadUrl: string): string {
  const plain = uploadUrl.replace(/\{[^}]*\}$/, "");
  const api = new URL(baseUrl);
  if (URL.canParse(plain)) {
    const target = new URL(plain);
    const hosts = [api.host, api.host.replace(/^api\./, "uploads.")];
    const plainly = target.username === "" && target.password === "" && target.search === "" && target.hash === "";
    if (plainly && target.protocol === api.protocol && hosts.includes(target.host)) return target.href;
  }
  const named = URL.canParse(plain) ? new URL(plain).origin : `"${plain}"`;
  throw new GitHubError(
    "refused",
    0,
    `The release's upload URL leads to ${named}, which does not belong to the API at ${api.origin}: nothing was sent there.`,
  );
}
