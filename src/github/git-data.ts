/** Git's own objects: trees, blobs, and what lies between two commits. */
import type { GitHub, RepoName } from "../coordinator/ports.js";
import { blobAnswer, comparisonAnswer, parseAnswer, treeAnswer } from "./answers.js";
import { answerOf, readOrNull } from "./api.js";
import type { ApiParts } from "./api.js";
import { answeredError } from "./errors.js";
import { isGood } from "./exchange.js";
import { readRequest, segment } from "./request.js";
import type { ApiRequest } from "./request.js";
import { parseJson } from "./send.js";

/** 409: the repository is empty. 422: no name of an object. */
const ABSENT = [404, 409, 422];

export function gitDataCalls(parts: ApiParts): Pick<GitHub, "tree" | "blob" | "compare"> {
  return {
    tree: async (repo, sha, recursive, as) =>
      await readOrNull(
        parts,
        {
          ...readRequest(repo, `/git/trees/${segment(sha)}`, "Contents: read"),
          // Any value means yes, also `0`.
          ...(recursive && { query: { recursive: 1 } }),
        },
        treeAnswer,
        { as, absent: ABSENT },
      ),
    blob: (repo, sha, as) => blob(parts, repo, sha, as ?? repo),
    compare: (repo, base, head, newest, as) => compare(parts, repo, [base, head], newest, as ?? repo),
  };
}

/** A server that does not know the raw form answers with JSON and Base64. */
async function blob(parts: ApiParts, repo: RepoName, sha: string, as: RepoName): Promise<string | null> {
  const request: ApiRequest = {
    ...readRequest(repo, `/git/blobs/${segment(sha)}`, "Contents: read"),
    headers: { accept: "application/vnd.github.raw+json" },
    expects: "bytes",
  };
  const answer = await answerOf(parts, request, as);
  if (ABSENT.includes(answer.status)) return null;
  if (!isGood(answer)) throw answeredError(request, answer, parts.secrets);
  const bytes = answer.bytes ?? Buffer.alloc(0);
  if (!/^application\/json\b/.test(answer.headers["content-type"] ?? "")) return textOf(bytes);
  const { content } = parseAnswer(blobAnswer, request, { ...answer, json: parseJson(bytes.toString("utf8")) });
  return textOf(Buffer.from(content, "base64"));
}

/** A byte order mark is kept: it is what BitBake refuses a file for. */
function textOf(bytes: Buffer): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/**
 * One request: without a page GitHub lists the newest commits, 250 at most, oldest first
 * (https://docs.github.com/en/rest/commits/commits#compare-two-commits). With pages the newest would be on the last one,
 * and how many there are would have to be asked for first.
 */
async function compare(
  parts: ApiParts,
  repo: RepoName,
  [base, head]: [string, string],
  newest: number,
  as: RepoName,
): ReturnType<GitHub["compare"]> {
  const request = readRequest(repo, `/compare/${segment(base)}...${segment(head)}`, "Contents: read");
  const found = await readOrNull(parts, request, comparisonAnswer, { as, absent: ABSENT });
  return found === null ? null : { ...found, commits: found.commits.reverse().slice(0, Math.max(0, newest)) };
}
