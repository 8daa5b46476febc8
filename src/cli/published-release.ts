/** A release on GitHub, as anyone may see it; with `GITHUB_TOKEN`, as its owner. */
import type { CliIo, Environment } from "./cli-io.js";
import { failure, setting, usageError } from "./cli-io.js";
import { downloadAssets, unlessUnreachable } from "./check-release.js";
import { oneLine } from "./columns.js";
import { formatSize } from "./durations.js";
import type { Target } from "./server-api.js";
import { statusLine } from "./status-line.js";

/** GitHub's own limit is 1,000 assets. */
const MOST_PAGES = 20;
/** Milliseconds between two lines of progress on a terminal. */
const REDRAW_EVERY = 200;

interface GitHubAddress {
  /** REST root, without `/` at the end. */
  api: string;
  token: string | null;
}

interface Asset {
  id: number;
  name: string;
  size: number;
  state: string;
  browser_download_url: string;
}

/** Downloads all files of a published release. Throws a failure where there is none, or a file cannot be had. */
export async function downloadRelease(release: Target, dir: string, io: CliIo, signal: AbortSignal): Promise<void> {
  const github = githubAddress(io.env);
  const assets = await assetsOf(release, github, signal);
  const total = assets.reduce((sum, { size }) => sum + size, 0);
  const progress = progressOf(assets.length, total, io);
  const { api, token } = github;
  // Without a token by the links of the release's page, which count against no limit; with one by the API.
  const sources = assets.map(({ id, name, browser_download_url: link }) => ({
    name,
    url: token === null ? link : `${api}/repos/${release.hub}/releases/assets/${id}`,
  }));
  const headers = token === null ? {} : { ...authorization(token), accept: "application/octet-stream" };
  try {
    await downloadAssets(sources, dir, signal, { headers, onBytes: progress.onBytes });
  } finally {
    progress.end();
  }
}

function githubAddress(env: Environment): GitHubAddress {
  const host = setting(env, "GHE_HOST");
  const protocol = setting(env, "GHE_PROTOCOL") ?? "https";
  const token = setting(env, "GITHUB_TOKEN");
  if (host === null) return { api: "https://api.github.com", token };
  const address = `${protocol}://${host}`;
  if (!/^https?$/.test(protocol) || !URL.canParse(address) || new URL(address).origin !== address.toLowerCase())
    throw usageError("GHE_HOST must be a host name, with a port if need be, and GHE_PROTOCOL https or http.");
  return { api: `${address}/api/v3`, token };
}

function authorization(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

async function assetsOf({ hub, tag }: Target, github: GitHubAddress, signal: AbortSignal): Promise<Asset[]> {
  const path = `/repos/${hub}/releases`;
  const release = (await ask(github, `${path}/tags/${encodeURIComponent(tag)}`, `${hub}@${tag}`, signal)) as {
    id: number;
  };
  const assets: Asset[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const found = await ask(github, `${path}/${release.id}/assets?per_page=100&page=${page}`, `${hub}@${tag}`, signal);
    if (!Array.isArray(found)) throw failure(`GitHub's answer about the files of ${hub}@${tag} is no list.`);
    assets.push(...(found as Asset[]).filter(({ state }) => state === "uploaded"));
    if (found.length < 100) break;
  }
  return assets;
}

async function ask(
  { api, token }: GitHubAddress,
  path: string,
  release: string,
  signal: AbortSignal,
): Promise<unknown> {
  const url = `${api}${path}`;
  const headers = {
    accept: "application/vnd.github+json",
    "user-agent": "release-chain",
    ...(token !== null && authorization(token)),
  };
  const answer = await unlessUnreachable(url, fetch(url, { headers, redirect: "error", signal }), signal);
  if (answer.status === 404)
    throw failure(
      `GitHub has no published release ${oneLine(release)}, or it is private: then put a token that may read it into GITHUB_TOKEN.`,
    );
  if (answer.status === 403 || answer.status === 429)
    throw failure(`GitHub refused (${answer.status}): too many requests without a token. Put one into GITHUB_TOKEN.`);
  if (answer.status === 401) throw failure("GitHub refused GITHUB_TOKEN (401). Put a valid one there, or none.");
  if (answer.status !== 200) throw failure(`GET ${url} answered ${answer.status}.`);
  return answer.json().catch((cause: unknown) => {
    throw failure(`GET ${url} answered with something else than JSON. Is GHE_HOST a GitHub?`, { cause });
  });
}

/** A line on standard error: drawn over on a terminal, else once at the beginning. */
function progressOf(
  count: number,
  total: number,
  io: CliIo,
): { onBytes: (name: string, bytes: number) => void; end: () => void } {
  let done = 0;
  let drawn = 0;
  const words = `${count === 1 ? "1 file" : `${count} files`}, ${formatSize(total)}`;
  const line = statusLine(io);
  if (line === null) io.stderr(`Downloading ${words}\n`);
  return {
    onBytes: (name, bytes) => {
      done += bytes;
      if (line === null || io.now() - drawn < REDRAW_EVERY) return;
      drawn = io.now();
      line.show(`Downloading ${formatSize(done)} of ${words}: ${oneLine(name)}`);
    },
    end: () => {
      line?.end();
    },
  };
}
