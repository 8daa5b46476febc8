/** Repositories: what and where they are, their commits and files, and who may do what there. */
import { GitHubError } from "../coordinator/ports.js";
import type { GitHub, RepoName } from "../coordinator/ports.js";
import { commitAnswer, contentsAnswer, permissionAnswer, repositoriesAnswer, repositoryAnswer } from "./answers.js";
import { answerOf, readOrNull } from "./api.js";
import type { ApiParts } from "./api.js";
import { answeredError, malformedError } from "./errors.js";
import { isGood } from "./exchange.js";
import { allPages } from "./pages.js";
import { describeRequest, readRequest, segment } from "./request.js";
import type { ApiAnswer, ApiRequest } from "./request.js";
import { parseJson } from "./send.js";

type RepositoryCalls = Pick<GitHub, "repository" | "repositories" | "commitSha" | "readFile" | "permission">;

export function repositoryCalls(parts: ApiParts): RepositoryCalls {
  return {
    repository: (repo, as) => repository(parts, repo, as),
    repositories: (owner) => repositories(parts, owner),
    commitSha: async (repo, ref, as) =>
      await readOrNull(
        parts,
        // One file of the commit is enough, where only its SHA is wanted.
        { ...readRequest(repo, `/commits/${segment(ref)}`, "Contents: read"), query: { per_page: 1 } },
        commitAnswer,
        // 422: no such commit. 409: the repository is empty.
        { as, absent: [404, 409, 422] },
      ),
    readFile: (repo, path, ref, as) => readFile(parts, repo, path, ref, as ?? repo),
    permission: async (repo, login, userId) => {
      const path = `/collaborators/${segment(login)}/permission`;
      const found = await readOrNull(parts, readRequest(repo, path, "Metadata: read"), permissionAnswer);
      const isTheirs = userId === undefined || found?.userId === userId;
      return found !== null && isTheirs ? found.permission : "none";
    },
  };
}

/** Null also where the App is not installed on it, and no other installation was named to read with. */
async function repository(parts: ApiParts, repo: RepoName, as: RepoName | undefined): ReturnType<GitHub["repository"]> {
  try {
    return await readOrNull(parts, readRequest(repo, "", "Metadata: read"), repositoryAnswer, { as });
  } catch (error) {
    if (as === undefined && error instanceof GitHubError && error.status === 404) return null;
    throw error;
  }
}

/** Those of the account's installation, which are all that the App may see of it. */
async function repositories(parts: ApiParts, owner: string): ReturnType<GitHub["repositories"]> {
  if (owner.includes("/")) throw new GitHubError("refused", 0, `"${owner}" is not an account. Nothing was sent.`);
  const list = { path: "/installation/repositories", repo: owner, needs: "Metadata: read" };
  const found = await allPages(parts, list, repositoriesAnswer);
  return found
    .map(({ fullName, defaultBranch, private: hidden, archived }) => ({
      fullName,
      defaultBranch,
      private: hidden,
      archived,
    }))
    .sort((a, b) => (a.fullName < b.fullName ? -1 : 1));
}

/** GitHub serves files up to 100 MB in raw form, and refuses larger ones. */
async function readFile(
  parts: ApiParts,
  repo: RepoName,
  path: string,
  ref: string,
  as: RepoName,
): Promise<string | null> {
  const encoded = path.split("/").map(segment).join("/");
  const request: ApiRequest = {
    ...readRequest(repo, `/contents/${encoded}`, "Contents: read"),
    query: { ref },
    headers: { accept: "application/vnd.github.raw+json" },
    expects: "bytes",
  };
  const answer = await answerOf(parts, request, as);
  if (answer.status === 404) return null;
  if (!isGood(answer)) throw answeredError(request, answer, parts.secrets);
  const bytes = answer.bytes ?? Buffer.alloc(0);
  if (!/^application\/json\b/.test(answer.headers["content-type"] ?? "")) return new TextDecoder().decode(bytes);
  return described(request, answer, bytes);
}

/**
 * What is no plain file is described in JSON: a folder, a submodule, a symbolic link that leads to no file. A server that
 * does not know the raw form describes a file so, too.
 */
function described(request: ApiRequest, answer: ApiAnswer, bytes: Buffer): string {
  const parsed = contentsAnswer.safeParse(parseJson(bytes.toString("utf8")));
  if (!parsed.success) throw malformedError(request, answer.status, "it is neither a file nor a description of one");
  const { type, encoding, content } = parsed.data;
  if (type === "file" && encoding === "base64" && content != null) {
    return new TextDecoder().decode(Buffer.from(content, "base64"));
  }
  const what = type === "dir" ? "a folder" : type === "symlink" ? "a symbolic link that leads to no file" : `a ${type}`;
  throw new GitHubError("refused", answer.status, `${describeRequest(request)}: this is ${what}, not a file.`);
}
