/** Releases and their assets. */
import type { Content } from "./content.js";
import { ApiError, booleanField, json, jsonBody, notFound, page, redirect, textField } from "./http.js";
import type { SandboxResponse } from "./http.js";
import { addAsset, createRelease, deleteRelease, findAsset, publishedRelease } from "./releases.js";
import { releasesOf, updateRelease, type ReleaseFields } from "./releases.js";
import { latestRelease, MAKE_LATEST, type MakeLatest } from "./latest-release.js";
import { assetJson, releaseJson } from "./release-json.js";
import { repositoryRoute, route, type RepositoryContext, type Route, type RouteContext } from "./router.js";
import type { JsonObject } from "./types.js";
import { botAccount, type Asset, type Release } from "./world.js";
import { apiBase } from "./app-routes.js";

export const releaseRoutes: Route[] = [
  repositoryRoute("GET /releases", "contents:read", ({ world, repository, request, canPush }) => {
    const seen = releasesOf(world, repository).filter((release) => canPush || !release.draft);
    const { items, headers } = page(request, apiBase(world), seen);
    return json(
      items.map((release) => releaseJson(world, release)),
      200,
      headers,
    );
  }),
  repositoryRoute("POST /releases", "contents:write", create),
  repositoryRoute("GET /releases/latest", "contents:read", ({ world, repository }) => {
    const latest = latestRelease(world, repository);
    if (latest === undefined) throw notFound();
    return json(releaseJson(world, latest));
  }),
  repositoryRoute("GET /releases/tags/{tag+}", "contents:read", (context) => {
    const release = publishedRelease(context.world, context.repository, context.param("tag"));
    if (release === undefined) throw notFound();
    return json(releaseJson(context.world, release));
  }),
  repositoryRoute("GET /releases/assets/{asset}", "contents:read", getAsset),
  repositoryRoute("PATCH /releases/assets/{asset}", "contents:write", (context) => {
    const { release, asset } = assetOf(context);
    const body = jsonBody(context.request);
    asset.name = textField(body, "name") ?? asset.name;
    asset.label = textField(body, "label") ?? asset.label;
    return json(assetJson(context.world, release, asset));
  }),
  repositoryRoute("DELETE /releases/assets/{asset}", "contents:write", (context) => {
    const { release, asset } = assetOf(context);
    if (release.immutable) throw new ApiError(422, "Cannot delete assets from an immutable release.");
    release.assets.splice(release.assets.indexOf(asset), 1);
    context.world.changed();
    return { status: 204 };
  }),
  repositoryRoute("GET /releases/{release}", "contents:read", (context) =>
    json(releaseJson(context.world, releaseOf(context))),
  ),
  repositoryRoute("PATCH /releases/{release}", "contents:write", (context) => {
    const release = releaseOf(context);
    updateRelease(context.world, release, changedFields(jsonBody(context.request)), botAccount(context.world));
    return json(releaseJson(context.world, release));
  }),
  repositoryRoute("DELETE /releases/{release}", "contents:write", (context) => {
    deleteRelease(context.world, releaseOf(context), botAccount(context.world));
    return { status: 204 };
  }),
  repositoryRoute("GET /releases/{release}/assets", "contents:read", (context) => {
    const release = releaseOf(context);
    const { items, headers } = page(context.request, apiBase(context.world), release.assets);
    return json(
      items.map((asset) => assetJson(context.world, release, asset)),
      200,
      headers,
    );
  }),
  repositoryRoute("POST /uploads/releases/{release}/assets", "contents:write", upload),
];

/** `https://HOST/{owner}/{repo}/releases/download/{tag}/{name}`, as a browser asks. */
export const downloadRoute: Route = route(
  "GET /{owner}/{repo}/releases/download/{tag}/{name}",
  "anyone",
  (context: RouteContext) => {
    const name = `${context.param("owner")}/${context.param("repo")}`;
    const repository = context.world.repositories.get(name.toLowerCase());
    if (repository === undefined || repository.private) throw notFound();
    const release = publishedRelease(context.world, repository, context.param("tag"));
    const asset = release?.assets.find((one) => one.name === context.param("name") && one.state === "uploaded");
    if (asset === undefined) throw notFound();
    return download(context, asset);
  },
);

/** An upload that broke off: nothing usable, but the name is taken. */
export function leaveStarter(context: RepositoryContext): void {
  addUpload(context, Buffer.alloc(0), "starter");
}

function create({ world, repository, request }: RepositoryContext): SandboxResponse {
  const body = jsonBody(request);
  const tag = textField(body, "tag_name") ?? "";
  if (tag === "") throw new ApiError(422, 'Invalid request.\n\n"tag_name" wasn\'t supplied.');
  const release = createRelease(world, repository, botAccount(world), {
    tag,
    target: textField(body, "target_commitish") ?? repository.defaultBranch,
    name: textField(body, "name") ?? null,
    body: textField(body, "body") ?? null,
    draft: booleanField(body, "draft") ?? false,
    prerelease: booleanField(body, "prerelease") ?? false,
    ...latestField(body),
  });
  const made = releaseJson(world, release);
  return json(made, 201, { location: String(made["url"]) });
}

function changedFields(body: JsonObject): Partial<ReleaseFields> {
  const texts = { tag: "tag_name", target: "target_commitish", name: "name", body: "body" } as const;
  const change: Partial<ReleaseFields> = {};
  for (const [field, key] of Object.entries(texts)) {
    const value = textField(body, key);
    if (value !== undefined) Object.assign(change, { [field]: value });
  }
  const draft = booleanField(body, "draft");
  const prerelease = booleanField(body, "prerelease");
  return {
    ...change,
    ...(draft === undefined ? {} : { draft }),
    ...(prerelease === undefined ? {} : { prerelease }),
    ...latestField(body),
  };
}

function latestField(body: JsonObject): { makeLatest?: MakeLatest } {
  const written = textField(body, "make_latest");
  const makeLatest = MAKE_LATEST.find((value) => value === written);
  if (written !== undefined && makeLatest === undefined)
    throw new ApiError(422, 'Invalid request.\n\nmake_latest is not one of "true", "false", "legacy".');
  return makeLatest === undefined ? {} : { makeLatest };
}

function upload(context: RepositoryContext): SandboxResponse {
  const { request } = context;
  if (request.headers["content-length"] === undefined) throw new ApiError(400, "Bad Content-Length: ");
  const { release, asset } = addUpload(context, request.content, "uploaded");
  return json(assetJson(context.world, release, asset), 201);
}

function addUpload(
  context: RepositoryContext,
  content: Content,
  state: Asset["state"],
): { release: Release; asset: Asset } {
  const { world, request } = context;
  const release = releaseOf(context);
  const name = request.query.get("name") ?? "";
  if (name === "") throw new ApiError(400, "Name for the asset is required");
  const asset = addAsset(world, release, {
    name,
    label: request.query.get("label"),
    contentType: request.headers["content-type"] ?? "application/octet-stream",
    content,
    uploader: botAccount(world),
    state,
  });
  return { release, asset };
}

function getAsset(context: RepositoryContext): SandboxResponse {
  const { release, asset } = assetOf(context);
  if (context.request.headers["accept"]?.includes("application/octet-stream") !== true) {
    return json(assetJson(context.world, release, asset));
  }
  if (asset.state !== "uploaded") throw notFound();
  return download(context, asset);
}

function download(context: RouteContext, asset: Asset): SandboxResponse {
  asset.downloads += 1;
  const blob = { content: asset.content, contentType: asset.contentType, fileName: asset.name };
  return redirect(context.world.storageUrl({ ...blob, folder: "github-production-release-asset" }));
}

function releaseOf(context: RepositoryContext): Release {
  const release = context.world.releases.get(Number(context.param("release")));
  if (release?.repository !== context.repository || (release.draft && !context.canPush)) throw notFound();
  return release;
}

function assetOf(context: RepositoryContext): { release: Release; asset: Asset } {
  const found = findAsset(context.world, context.repository, Number(context.param("asset")));
  if (found === undefined || (found.release.draft && !context.canPush)) throw notFound();
  return found;
}
