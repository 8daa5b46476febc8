/** Releases and their assets. What concerns one by its id is for publishing, and is paced as such. */
import { GitHubError } from "../coordinator/ports.js";
import type { AssetInfo, AssetUpload, GitHub, RepoName } from "../coordinator/ports.js";
import { assetAnswer, assetsAnswer, parseAnswer, releaseAnswer } from "./answers.js";
import { call, readOrNull } from "./api.js";
import type { ApiParts } from "./api.js";
import { downloadAsset } from "./downloads.js";
import type { DownloadParts } from "./downloads.js";
import { allPages } from "./pages.js";
import { repoPath, segment } from "./request.js";
import type { ApiRequest } from "./request.js";

type ReleaseCalls = Pick<
  GitHub,
  "releaseByTag" | "release" | "updateReleaseBody" | "assets" | "uploadAsset" | "deleteAsset" | "downloadAsset"
>;

export function releaseCalls(parts: DownloadParts): ReleaseCalls {
  return {
    releaseByTag: async (repo, tag) =>
      await readOrNull(parts, readRelease(repo, `tags/${segment(tag)}`), releaseAnswer),
    release: async (repo, id) =>
      await readOrNull(parts, { ...readRelease(repo, String(id)), purpose: "publish" }, releaseAnswer),
    async updateReleaseBody(repo, id, body) {
      await call(parts, {
        method: "PATCH",
        path: `${repoPath(repo)}/releases/${id}`,
        body: { kind: "json", value: { body } },
        kind: "create",
        purpose: "publish",
        expects: "nothing",
        repo,
        needs: "Contents: write",
      });
    },
    assets: async (repo, releaseId) =>
      await allPages(
        parts,
        { path: `${repoPath(repo)}/releases/${releaseId}/assets`, repo, needs: "Contents: read", purpose: "publish" },
        assetsAnswer,
      ),
    uploadAsset: async (repo, uploadUrl, asset, signal) => await uploadAsset(parts, repo, uploadUrl, asset, signal),
    async deleteAsset(repo, assetId) {
      await call(parts, {
        method: "DELETE",
        path: `${repoPath(repo)}/releases/assets/${assetId}`,
        kind: "write",
        purpose: "publish",
        expects: "nothing",
        repo,
        needs: "Contents: write",
      });
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
