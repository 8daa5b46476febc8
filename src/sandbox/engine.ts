/** The parts of a sandbox, put together: world, servers, webhooks, clocks and logs. */
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { actionsRoutes } from "./actions-routes.js";
import { attestationRoutes } from "./attestations.js";
import { appRoutes } from "./app-routes.js";
import { checkRunRoutes } from "./check-run-routes.js";
import { createFaultBook } from "./faults.js";
import { issueRoutes } from "./issue-routes.js";
import { pullRoutes } from "./pulls.js";
import { newOAuthState, oauthPages, oauthRoutes } from "./oauth-routes.js";
import { seededRandom } from "./random.js";
import { downloadRoute, releaseRoutes } from "./releases-routes.js";
import { repositoryRoutes } from "./repositories-routes.js";
import { createApiServer } from "./server.js";
import { createStorage } from "./storage.js";
import type * as api from "./types.js";
import { createWebhookSender, type WebhookSender } from "./webhooks.js";
import { account, idCounter, type AppIdentity, type World } from "./world.js";

const defaultPermissions: api.Permissions = {
  actions: "write",
  attestations: "read",
  checks: "write",
  contents: "write",
  issues: "write",
  metadata: "read",
  pull_requests: "read",
};
const defaultEvents = [
  "release",
  "create",
  "workflow_run",
  "workflow_job",
  "check_run",
  "issue_comment",
  "pull_request",
];

export type Engine = ReturnType<typeof createEngine>;

export function createEngine(options: api.SandboxOptions) {
  const log = options.log ?? (() => undefined);
  const timers = new Set<NodeJS.Timeout>();
  const watchers = new Set<() => void>();
  const random = seededRandom(options.seed ?? 1);
  const base = options.clock ?? { now: () => Date.now() };
  const time = { offset: 0 };
  const clock = { now: () => base.now() + time.offset };
  const faults = createFaultBook(random);
  const logs = { requests: [] as api.RequestSummary[], exchanges: [] as api.Exchange[], recording: false };
  logs.recording = options.recordExchanges ?? false;
  const world: World = {
    ...emptyWorld(),
    app: appIdentity(options.app ?? {}, clock.now()),
    random,
    clock,
    nextId: idCounter(),
    nextNumber: (repository) =>
      1 + [...world.issues, ...world.pulls].filter((one) => one.repository === repository).length,
    after: (ms, action) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        action();
        world.changed();
      }, ms);
      timers.add(timer.unref());
      return () => {
        clearTimeout(timer);
        timers.delete(timer);
      };
    },
    emit: (event) => {
      webhooks.emit(event);
    },
    storageUrl: (blob) => storage.url(blob),
    changed: () => {
      for (const watcher of [...watchers]) watcher();
    },
  };
  const webhooks: WebhookSender = createWebhookSender(world, log);
  function violated(kind: api.Violation["kind"], message: string): void {
    world.violations.push({ at: clock.now(), kind, message });
    log(`violation ${kind}: ${message}`);
  }
  function logged(request: api.RequestSummary): void {
    logs.requests.push(request);
    log(`${request.method} ${request.path} ${request.status}${request.fault === null ? "" : ` (${request.fault})`}`);
    world.changed();
  }
  const storage = createStorage(world, { faults, baseUrl: () => engine.storageBase, logged, violated });
  const routes = [
    ...appRoutes(webhooks),
    ...releaseRoutes,
    ...actionsRoutes,
    ...attestationRoutes,
    ...checkRunRoutes,
    ...issueRoutes,
    ...pullRoutes,
    ...repositoryRoutes,
    ...oauthRoutes,
    ...oauthPages,
    downloadRoute,
  ];
  const server = createApiServer(world, {
    routes,
    faults,
    rateLimit: options.rateLimit ?? 1_000_000,
    logged,
    exchanged: (exchange) => {
      if (logs.recording) logs.exchanges.push(exchange);
    },
    violated,
  });
  const engine = {
    world,
    routes,
    webhooks,
    faults,
    logs,
    storage,
    storageBase: "",
    api: server,
    timers,
    watchers,
    time,
  };
  return engine;
}

function emptyWorld() {
  return {
    oauth: newOAuthState(),
    url: "",
    accounts: new Map(),
    repositories: new Map(),
    installations: new Map(),
    tokens: new Map(),
    runs: new Map(),
    artifacts: new Map(),
    releases: new Map(),
    checkRuns: new Map(),
    issues: [],
    pulls: [],
    scripts: new Map(),
    attestations: [],
    dispatches: [],
    violations: [],
    lag: { listMs: 0, runMs: 0, attemptMs: 0 },
    limits: { treeEntries: 100_000 },
  };
}

let processKey: string | null = null;

/** Made once a process: it takes a good part of a second, and tests start many sandboxes. */
function generatedKey(): string {
  processKey ??= generateKeyPairSync("rsa", { modulusLength: 2048 })
    .privateKey.export({ type: "pkcs1", format: "pem" })
    .toString();
  return processKey;
}

function appIdentity(wanted: NonNullable<api.SandboxOptions["app"]>, now: number): AppIdentity {
  const privateKey = wanted.privateKey ?? generatedKey();
  return {
    id: wanted.id ?? 4711,
    slug: wanted.slug ?? "release-chain",
    clientId: wanted.clientId ?? "Iv23sandbox0000000001",
    privateKey,
    publicKey: createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString(),
    webhookSecret: wanted.webhookSecret ?? "sandbox-webhook-secret",
    permissions: wanted.permissions ?? defaultPermissions,
    events: wanted.events ?? defaultEvents,
    createdAt: now,
  };
}

/** Listens on 127.0.0.1; the storage on a port of its own. */
export async function startEngine(engine: Engine, options: api.SandboxOptions): Promise<void> {
  const { world, webhooks } = engine;
  world.url = await listen(engine.api, options.port ?? 0);
  engine.storageBase = await listen(engine.storage.server, 0);
  webhooks.setUrl(options.webhookUrl ?? null);
  account(world, "sandbox", "Organization");
}

/** Looks whenever something changes; throws after `timeoutMs`. */
export function untilHolds({ watchers }: Engine, condition: () => boolean, timeoutMs = 60_000): Promise<void> {
  return new Promise((resolve, reject) => {
    function end(result: () => void): void {
      clearTimeout(timer);
      watchers.delete(look);
      result();
    }
    function look(): void {
      try {
        if (condition()) end(resolve);
      } catch (error) {
        end(() => {
          reject(error instanceof Error ? error : new Error(String(error)));
        });
      }
    }
    const timer = setTimeout(() => {
      end(() => {
        reject(new Error(`The sandbox waited ${timeoutMs} ms for: ${condition.toString()}`));
      });
    }, timeoutMs);
    watchers.add(look);
    look();
  });
}

async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Stops timers, deliveries and both servers. */
export async function closeEngine(engine: Engine): Promise<void> {
  for (const timer of engine.timers) clearTimeout(timer);
  engine.timers.clear();
  engine.webhooks.close();
  await Promise.all(
    [engine.api, engine.storage.server].map(async (server) => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    }),
  );
}
