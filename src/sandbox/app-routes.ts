/** What the app asks as itself: its installations, tokens and webhook deliveries. */
import { issueToken } from "./auth.js";
import { ApiError, json, jsonBody, notFound, objectField, page } from "./http.js";
import { publicUserJson } from "./account-json.js";
import { appJson, installationJson } from "./app-json.js";
import { fullRepositoryJson, repositoryJson } from "./repository-json.js";
import { route, type Route, type RouteContext } from "./router.js";
import type { JsonObject, Permissions } from "./types.js";
import type { Delivery, WebhookSender } from "./webhooks.js";
import { installationOf, timestamp, type Installation, type World } from "./world.js";

export function appRoutes(webhooks: WebhookSender): Route[] {
  return [
    route("GET /meta", "anyone", () =>
      json({ verifiable_password_authentication: false, installed_version: "3.19.0" }),
    ),
    route("GET /rate_limit", "anyone", ({ world }) => json(rateLimitJson(world))),
    route("GET /users/{username}", "anyone", (context) => {
      const found = context.world.accounts.get(context.param("username").toLowerCase());
      if (found === undefined) throw notFound();
      return json(publicUserJson(context.world, found));
    }),
    route("GET /app", "app", ({ world }) => json(appJson(world))),
    route("GET /app/installations", "app", ({ world, request }) => {
      const { items, headers } = page(request, apiBase(world), [...world.installations.values()]);
      return json(
        items.map((one) => installationJson(world, one)),
        200,
        headers,
      );
    }),
    route("GET /app/installations/{id}", "app", (context) => {
      return json(installationJson(context.world, installationById(context)));
    }),
    route("POST /app/installations/{id}/access_tokens", "app", accessToken),
    route("GET /repos/{owner}/{repo}/installation", "app", (context) => {
      const name = `${context.param("owner")}/${context.param("repo")}`;
      const repository = context.world.repositories.get(name.toLowerCase());
      const found = repository && installationOf(context.world, repository);
      if (!found) throw notFound();
      return json(installationJson(context.world, found));
    }),
    route("GET /orgs/{login}/installation", "app", (context) => {
      // Users are no organisations; an organisation is also found as a user.
      if (context.world.accounts.get(context.param("login").toLowerCase())?.type !== "Organization") throw notFound();
      return accountInstallation(context);
    }),
    route("GET /users/{login}/installation", "app", accountInstallation),
    route("GET /installation/repositories", "installation", installationRepositories),
    ...deliveryRoutes(webhooks),
  ];
}

function deliveryRoutes(webhooks: WebhookSender): Route[] {
  function byId(context: RouteContext): Delivery {
    const found = webhooks.deliveries.find((one) => String(one.id) === context.param("id"));
    if (found === undefined) throw notFound();
    return found;
  }
  return [
    route("GET /app/hook/deliveries", "app", ({ world, request }) => {
      const perPage = Math.min(100, Number(request.query.get("per_page") ?? 30));
      const cursor = Number(request.query.get("cursor")?.replace(/^v1_/, "") ?? Infinity);
      const wanted = request.query.get("status");
      const done = webhooks.deliveries.filter((one) => one.status !== "pending" && one.id < cursor).reverse();
      const fitting = done.filter((one) => wanted === null || (one.status === "OK") === (wanted === "success"));
      const items = fitting.slice(0, perPage);
      const last = items.at(-1);
      const query = new URLSearchParams(request.query);
      query.set("cursor", `v1_${last?.id ?? 0}`);
      const link = `<${apiBase(world)}${request.path}?${query.toString()}>; rel="next"`;
      return json(items.map(deliveryItemJson), 200, fitting.length > perPage ? { link } : {});
    }),
    route("GET /app/hook/deliveries/{id}", "app", (context) => {
      const delivery = byId(context);
      return json({
        ...deliveryItemJson(delivery),
        url: delivery.url,
        request: { headers: delivery.requestHeaders, payload: delivery.payload },
        response: { headers: delivery.responseHeaders, payload: delivery.responseText },
      });
    }),
    route("POST /app/hook/deliveries/{id}/attempts", "app", (context) => {
      webhooks.redeliver(byId(context));
      return json({}, 202);
    }),
  ];
}

function deliveryItemJson(delivery: Delivery): JsonObject {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: timestamp(delivery.at),
    redelivery: delivery.redelivery,
    duration: Math.round(delivery.duration) / 1000,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

function accessToken(context: RouteContext): ReturnType<Route["handle"]> {
  const { world, request } = context;
  const installation = installationById(context);
  if (installation.suspendedAt !== null) throw new ApiError(403, "This installation has been suspended");
  const body = jsonBody(request);
  const { text, token } = issueToken(world, installation, {
    repositoryIds: wantedRepositories(world, installation, body),
    permissions: body["permissions"] === undefined ? null : (objectField(body, "permissions") as Permissions),
  });
  const chosen = [...world.repositories.values()].filter((one) => token.repositoryIds?.has(one.id));
  return json(
    {
      token: text,
      expires_at: timestamp(token.expiresAt),
      permissions: token.permissions,
      repository_selection: "selected",
      ...(token.repositoryIds === null ? {} : { repositories: chosen.map((one) => repositoryJson(world, one)) }),
    },
    201,
  );
}

function wantedRepositories(world: World, installation: Installation, body: JsonObject): Set<number> | null {
  const ids = Array.isArray(body["repository_ids"]) ? body["repository_ids"].map(Number) : [];
  const names = Array.isArray(body["repositories"]) ? body["repositories"].map(String) : [];
  for (const name of names) {
    const fullName = `${installation.account.login}/${name}`;
    // An id that no installation has: refused with the same words as one of another installation.
    ids.push(world.repositories.get(fullName.toLowerCase())?.id ?? -1);
  }
  return ids.length === 0 ? null : new Set(ids);
}

function installationById(context: RouteContext): Installation {
  const found = context.world.installations.get(Number(context.param("id")));
  if (found === undefined) throw notFound();
  return found;
}

function accountInstallation(context: RouteContext): ReturnType<Route["handle"]> {
  const login = context.param("login").toLowerCase();
  const found = [...context.world.installations.values()].find((one) => one.account.login.toLowerCase() === login);
  if (found === undefined) throw notFound();
  return json(installationJson(context.world, found));
}

function installationRepositories({ world, request, caller }: RouteContext): ReturnType<Route["handle"]> {
  if (caller.kind !== "installation") throw notFound();
  const ids = caller.token.repositoryIds ?? caller.token.installation.repositoryIds;
  const covered = [...world.repositories.values()].filter((one) => ids.has(one.id));
  const { items, headers } = page(request, apiBase(world), covered);
  const repositories = items.map((one) => fullRepositoryJson(world, one, true));
  return json({ total_count: covered.length, repository_selection: "selected", repositories }, 200, headers);
}

function rateLimitJson(world: World): JsonObject {
  const core = { limit: 1_000_000, used: 0, remaining: 1_000_000, reset: Math.floor(world.clock.now() / 1000) + 3600 };
  return { resources: { core, search: core }, rate: core };
}

export function apiBase(world: World): string {
  return `${world.url}/api/v3`;
}
