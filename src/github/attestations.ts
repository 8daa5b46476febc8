/** Attestations of artifacts: Sigstore bundles, in GitHub's answer or in a storage of their own. */
import { z } from "zod";
import { GitHubError } from "../coordinator/ports.js";
import type { GitHub, RepoName } from "../coordinator/ports.js";
import { parseAnswer } from "./answers.js";
import { answerOf } from "./api.js";
import { notInstalledError } from "./credentials.js";
import type { DownloadParts } from "./downloads.js";
import { answeredError, malformedError, unansweredError } from "./errors.js";
import { isGood, retried } from "./exchange.js";
import { nextPage } from "./pages.js";
import { describeRequest, readRequest } from "./request.js";
import type { ApiRequest } from "./request.js";
import { unpackSnappy } from "./snappy.js";

/** With a certificate, a log entry and up to 1,024 subjects, a bundle has some hundred kilobytes. */
const LARGEST_BUNDLE = 16 * 1024 * 1024;
/** Of a hundred each. */
const MOST_PAGES = 20;
const WITHIN = 30_000;

const attestationsAnswer = z.object({
  attestations: z.array(z.object({ bundle: z.unknown().optional(), bundle_url: z.string().nullish() })),
});

export function attestationCalls(parts: DownloadParts): Pick<GitHub, "attestations"> {
  return { attestations: (repo, sha256) => attestations(parts, repo, sha256) };
}

async function attestations(parts: DownloadParts, repo: RepoName, sha256: string): Promise<unknown[]> {
  // Octokit takes a colon for the beginning of a variable.
  const first: ApiRequest = {
    ...readRequest(repo, `/attestations/sha256%3A${sha256}`, "Attestations: read"),
    query: { per_page: 100 },
  };
  const bundles: unknown[] = [];
  let request = first;
  for (let page = 1; ; page++) {
    const answer = await answerOf(parts, request, repo);
    if (answer.status === 404) {
      // No attestation; or a repository that the App may not see.
      if ((await parts.credentials.findInstallation(repo)) === null) throw notInstalledError(repo);
      return bundles;
    }
    if (!isGood(answer)) throw answeredError(request, answer, parts.secrets);
    for (const { bundle, bundle_url: url } of parseAnswer(attestationsAnswer, request, answer).attestations) {
      if (bundle !== undefined && bundle !== null) bundles.push(bundle);
      else if (typeof url === "string" && url !== "") bundles.push(await fetchBundle(parts, first, url));
    }
    const next = nextPage(answer);
    if (next === null) return bundles;
    if (page >= MOST_PAGES) throw malformedError(first, answer.status, `it has more than ${MOST_PAGES} pages`);
    request = { ...first, query: { ...Object.fromEntries(next.searchParams), per_page: 100 } };
  }
}

/** By a URL that is a credential itself: nothing else goes there, and it goes into no message. */
async function fetchBundle(parts: DownloadParts, request: ApiRequest, address: string): Promise<unknown> {
  if (!URL.canParse(address)) throw malformedError(request, 200, "the URL of a bundle is none");
  const url = new URL(address);
  return await retried(parts, request, async () => {
    const bytes = await bytesOf(parts, request, url);
    try {
      const text = /^\s*\{/.test(bytes.subarray(0, 64).toString("latin1"))
        ? bytes
        : unpackSnappy(bytes, LARGEST_BUNDLE);
      return JSON.parse(text.toString("utf8")) as unknown;
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw malformedError(request, 200, `${url.host} holds a bundle that cannot be read: ${detail}`);
    }
  });
}

async function bytesOf(parts: DownloadParts, request: ApiRequest, url: URL): Promise<Buffer> {
  try {
    const response = await parts.fetch(url, {
      headers: { "user-agent": parts.userAgent },
      signal: AbortSignal.timeout(WITHIN),
    });
    if (!response.ok) {
      await response.body?.cancel();
      const sentence = `${describeRequest(request)}: ${url.host}, which holds a bundle, answered ${response.status}`;
      throw new GitHubError("unknown", response.status, sentence);
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += (chunk as Uint8Array).length;
      if (size > LARGEST_BUNDLE) throw malformedError(request, 200, `a bundle has more than ${LARGEST_BUNDLE} bytes`);
      chunks.push(chunk as Uint8Array);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof GitHubError) throw error;
    throw unansweredError({ ...request, path: `${request.path} (at ${url.host})` }, error, parts.secrets);
  }
}
