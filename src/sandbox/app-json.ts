import { timestamp, type Installation, type Repository, type World } from "./world.js";
import type { JsonObject } from "./types.js";
import { accountJson, nodeId } from "./account-json.js";

/** `GET /app`. */
export function appJson(world: World): JsonObject {
  const { app } = world;
  return {
    id: app.id,
    slug: app.slug,
    client_id: app.clientId,
    node_id: nodeId("App", app.id),
    owner: accountJson(world, world.accounts.get("sandbox") ?? { id: 1, login: "sandbox", type: "Organization" }),
    name: app.slug,
    description: null,
    external_url: world.url,
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: timestamp(app.createdAt),
    updated_at: timestamp(app.createdAt),
    permissions: app.permissions,
    events: app.events,
    installations_count: world.installations.size,
  };
}

/** An installation, as REST and the `installation` webhooks give it. */
export function installationJson(world: World, installation: Installation): JsonObject {
  return {
    id: installation.id,
    account: accountJson(world, installation.account),
    repository_selection: "selected",
    access_tokens_url: `${world.url}/api/v3/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${world.url}/api/v3/installation/repositories`,
    html_url: `${world.url}/organizations/${installation.account.login}/settings/installations/${installation.id}`,
    app_id: world.app.id,
    app_slug: world.app.slug,
    target_id: installation.account.id,
    target_type: installation.account.type,
    permissions: installation.permissions,
    events: world.app.events,
    created_at: timestamp(installation.createdAt),
    updated_at: timestamp(installation.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: installation.suspendedAt === null ? null : accountJson(world, installation.account),
    suspended_at: installation.suspendedAt === null ? null : timestamp(installation.suspendedAt),
  };
}

/** The `installation` part of other webhooks. */
export function installationLiteJson(installation: Installation): JsonObject {
  return { id: installation.id, node_id: nodeId("Integration", installation.id) };
}

/** A repository as the installation webhooks list it. */
export function installedRepositoryJson(repository: Repository): JsonObject {
  return {
    id: repository.id,
    node_id: nodeId("Repository", repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private,
  };
}
