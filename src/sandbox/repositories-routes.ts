/** Repositories and their Git data. */
import { compareCommits } from "./comparisons.js";
import { entryAt, linkTarget, peel, type Commit, type TreeEntry } from "./git-store.js";
import { ApiError, json, jsonBody, notFound, textField, type SandboxResponse } from "./http.js";
import { accountJson } from "./account-json.js";
import { commitJson, contentJson, gitBlobJson, gitCommitJson, gitRefJson, gitTreeJson } from "./git-json.js";
import { fullRepositoryJson, repositoryUrl } from "./repository-json.js";
import { repositoryRoute, type RepositoryContext, type Route } from "./router.js";
import { checkNotBurned, deleteTag, setTag } from "./release-tags.js";
import { botAccount, timestamp, type Repository } from "./world.js";
import type { RepositoryRole } from "./types.js";

export const repositoryRoutes: Route[] = [
  repositoryRoute("GET ", "metadata:read", ({ world, repository, canPush }) =>
    json(fullRepositoryJson(world, repository, canPush)),
  ),
  repositoryRoute("GET /commits/{ref+}", "contents:read", commit),
  repositoryRoute("GET /contents/{path*}", "contents:read", contents),
  repositoryRoute("GET /compare/{basehead+}", "contents:read", comparison),
  repositoryRoute("GET /git/trees/{sha}", "contents:read", tree),
  repositoryRoute("GET /git/blobs/{sha}", "contents:read", blob),
  repositoryRoute("GET /git/commits/{sha}", "contents:read", (context) => {
    const found = context.repository.git.commits.get(context.param("sha"));
    if (found === undefined) throw notFound();
    return json(gitCommitJson(context.world, context.repository, found));
  }),
  repositoryRoute("GET /git/tags/{sha}", "contents:read", annotatedTag),
  repositoryRoute("GET /git/ref/{ref+}", "contents:read", (context) => {
    const ref = context.param("ref");
    const sha = refs(context.repository).get(ref);
    if (sha === undefined) throw notFound();
    return json(gitRefJson(context.world, context.repository, ref, sha));
  }),
  repositoryRoute("GET /git/matching-refs/{ref+}", "contents:read", (context) => {
    const { world, repository } = context;
    const found = [...refs(repository)].filter(([ref]) => ref.startsWith(context.param("ref")));
    return json(found.map(([ref, sha]) => gitRefJson(world, repository, ref, sha)));
  }),
  repositoryRoute("POST /git/refs", "contents:write", createRef),
  repositoryRoute("DELETE /git/refs/{ref+}", "contents:write", deleteRef),
  repositoryRoute("GET /branches/{branch+}", "contents:read", branch),
  repositoryRoute("GET /collaborators/{username}/permission", "metadata:read", permission),
];

/** A branch, a tag (peeled), a full or shortened SHA, or one of them with `heads/`, `tags/` in front. */
export function resolveCommit(repository: Repository, ref: string): Commit | null {
  const { git, branches, tags } = repository;
  const plain = ref.replace(/^refs\//, "");
  const sha =
    branches.get(plain.replace(/^heads\//, "")) ??
    tags.get(plain.replace(/^tags\//, "")) ??
    (/^[0-9a-f]{7,40}$/.test(ref) ? [...git.commits.keys()].find((one) => one.startsWith(ref)) : undefined);
  return sha === undefined ? null : (git.commits.get(peel(git, sha)) ?? null);
}

function refs(repository: Repository): Map<string, string> {
  const heads = [...repository.branches].map(([name, sha]) => [`heads/${name}`, sha] as const);
  const tags = [...repository.tags].map(([name, sha]) => [`tags/${name}`, sha] as const);
  return new Map([...heads, ...tags]);
}

function commit(context: RepositoryContext): SandboxResponse {
  const { world, repository, request } = context;
  const ref = context.param("ref");
  const found = resolveCommit(repository, ref);
  if (found === null) throw new ApiError(422, `No commit found for SHA: ${ref}`);
  if (request.headers["accept"]?.includes("application/vnd.github.sha") === true) {
    return { status: 200, headers: { "content-type": "application/vnd.github.sha; charset=utf-8" }, body: found.sha };
  }
  return json(commitJson(world, repository, found));
}

function comparison(context: RepositoryContext): SandboxResponse {
  const [base, head] = context
    .param("basehead")
    .split("...")
    .map((ref) => resolveCommit(context.repository, ref));
  if (base == null || head == null) throw notFound();
  return compareCommits(context, base, head);
}

function contents(context: RepositoryContext): SandboxResponse {
  const { world, repository, request } = context;
  const ref = request.query.get("ref") ?? repository.defaultBranch;
  const at = resolveCommit(repository, ref);
  if (at === null) throw new ApiError(404, `No commit found for the ref ${ref}`);
  const path = context.param("path").replace(/\/$/, "");
  const entry = followed(repository, at, path);
  if (entry === null) throw notFound();
  if (entry.type === "tree") {
    const prefix = path === "" ? "" : `${path}/`;
    const children = repository.git.trees.get(entry.sha) ?? [];
    return json(
      children.map((one) => contentJson(world, repository, { ...one, path: `${prefix}${one.path}` }, ref, null)),
    );
  }
  const content = repository.git.blobs.get(entry.sha) ?? Buffer.alloc(0);
  if (entry.mode !== "100644") return json(contentJson(world, repository, entry, ref, content));
  if (/application\/vnd\.github(\.v3)?\.raw/.test(request.headers["accept"] ?? "")) {
    return { status: 200, headers: { "content-type": "application/vnd.github.raw; charset=utf-8" }, body: content };
  }
  return json(contentJson(world, repository, entry, ref, content));
}

/** A symbolic link that leads to a file counts as that file; any other is described. */
function followed(repository: Repository, at: Commit, path: string): TreeEntry | null {
  const entry = entryAt(repository.git, at, path);
  if (entry?.mode !== "120000") return entry;
  const target = linkTarget(repository.git, entry);
  const found = target === null ? null : entryAt(repository.git, at, target);
  return found?.mode === "100644" ? { ...found, path } : entry;
}

function tree(context: RepositoryContext): SandboxResponse {
  const { world, repository, request } = context;
  const name = context.param("sha");
  const sha = repository.git.trees.has(name) ? name : resolveCommit(repository, name)?.tree;
  if (sha === undefined) throw notFound();
  return json(gitTreeJson(world, repository, sha, request.query.has("recursive")));
}

function blob(context: RepositoryContext): SandboxResponse {
  const { world, repository, request } = context;
  const sha = context.param("sha");
  const content = repository.git.blobs.get(sha);
  if (content === undefined) throw notFound();
  if (/application\/vnd\.github(\.v3)?\.raw/.test(request.headers["accept"] ?? "")) {
    return { status: 200, headers: { "content-type": "application/vnd.github.raw; charset=utf-8" }, body: content };
  }
  return json(gitBlobJson(world, repository, sha, content));
}

function annotatedTag(context: RepositoryContext): SandboxResponse {
  const { world, repository } = context;
  const tag = repository.git.tags.get(context.param("sha"));
  if (tag === undefined) throw notFound();
  const url = repositoryUrl(world, repository);
  return json({
    node_id: Buffer.from(tag.sha).toString("base64"),
    tag: tag.name,
    sha: tag.sha,
    url: `${url}/git/tags/${tag.sha}`,
    message: tag.message,
    tagger: { name: "sandbox", email: "sandbox@users.noreply.github.com", date: timestamp(tag.at) },
    object: { type: "commit", sha: tag.target, url: `${url}/git/commits/${tag.target}` },
    verification: { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null },
  });
}

function createRef({ world, repository, request }: RepositoryContext): SandboxResponse {
  const body = jsonBody(request);
  const ref = textField(body, "ref") ?? "";
  const sha = textField(body, "sha") ?? "";
  const [, kind, name = ""] = /^refs\/(heads|tags)\/(.+)$/.exec(ref) ?? [];
  if (kind === undefined) throw new ApiError(422, "Reference name must start with 'refs/' and have at least 2 slashes");
  if (!repository.git.commits.has(sha) && !repository.git.tags.has(sha)) {
    throw new ApiError(422, "Object does not exist");
  }
  const short = `${kind}/${name}`;
  if (refs(repository).has(short)) throw new ApiError(422, "Reference already exists");
  if (kind === "tags") checkNotBurned(repository, name, "Reference");
  if (kind === "heads") repository.branches.set(name, sha);
  else setTag(world, repository, name, sha, botAccount(world));
  const made = gitRefJson(world, repository, short, sha);
  return json(made, 201, { location: String(made["url"]) });
}

function deleteRef(context: RepositoryContext): SandboxResponse {
  const { world, repository } = context;
  const ref = context.param("ref");
  if (!refs(repository).has(ref)) throw new ApiError(422, "Reference does not exist");
  if (ref.startsWith("tags/")) deleteTag(world, repository, ref.slice("tags/".length));
  else repository.branches.delete(ref.slice("heads/".length));
  return { status: 204 };
}

function branch(context: RepositoryContext): SandboxResponse {
  const { world, repository } = context;
  const name = context.param("branch");
  const found = repository.git.commits.get(repository.branches.get(name) ?? "");
  if (found === undefined) throw new ApiError(404, "Branch not found");
  const self = `${repositoryUrl(world, repository)}/branches/${name}`;
  return json({
    name,
    commit: commitJson(world, repository, found),
    _links: { self, html: `${world.url}/${repository.fullName}/tree/${name}` },
    protected: false,
    protection: { enabled: false, required_status_checks: { enforcement_level: "off", contexts: [], checks: [] } },
    protection_url: `${self}/protection`,
  });
}

/** The five roles to the four permissions of the older interface. */
const olderPermission: Record<RepositoryRole, string> = {
  admin: "admin",
  maintain: "write",
  write: "write",
  triage: "read",
  read: "read",
};

function permission(context: RepositoryContext): SandboxResponse {
  const { world, repository, caller } = context;
  if (caller.kind !== "installation" || !caller.token.installation.repositoryIds.has(repository.id)) {
    throw new ApiError(403, "Must have push access to view collaborator permission.");
  }
  const username = context.param("username");
  const user = world.accounts.get(username.toLowerCase());
  if (user === undefined) throw new ApiError(404, `${username} is not a user`);
  const given = user === repository.owner ? "admin" : repository.collaborators.get(user.login.toLowerCase());
  const role = given ?? (repository.private ? null : "read");
  const roleName = role ?? "none";
  return json({
    permission: role === null ? "none" : olderPermission[role],
    role_name: roleName,
    user: {
      ...accountJson(world, user),
      permissions: {
        admin: role === "admin",
        maintain: role === "admin" || role === "maintain",
        push: role === "admin" || role === "maintain" || role === "write",
        triage: role !== null && role !== "read",
        pull: role !== null,
      },
      role_name: roleName,
    },
  });
}
