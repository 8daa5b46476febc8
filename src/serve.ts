/** The server, put together: settings in, a running server out. */
import { createApp } from "./app.js";
import type { SigstoreTrust } from "./artifacts/attestation-signature.js";
import { createArtifactStore } from "./artifacts/file-store.js";
import { createArtifactIntake } from "./artifacts/intake.js";
import { createSigstoreTrust } from "./artifacts/sigstore-trust.js";
import { createCoordinator } from "./coordinator/coordinator.js";
import type { ArtifactStore, Clock, Log, Random } from "./coordinator/ports.js";
import { createRights } from "./coordinator/rights-of.js";
import { traceIdOf } from "./coordinator/trace-ids.js";
import { createTracing, type Tracing } from "./coordinator/tracing.js";
import { makeDataDir } from "./data-dir.js";
import { createGitHub, type Gateway } from "./github/github.js";
import { createEventStreams } from "./http/event-streams.js";
import { createGrants, publicUrlAdvice } from "./http/grants.js";
import { createLog, type LogOptions } from "./http/log.js";
import { createMetrics, type MetricSources } from "./http/metrics.js";
import type { OtlpTraces } from "./http/otlp-traces.js";
import { createTextRedactor } from "./http/redact.js";
import { startServer, type RunningServer } from "./http/server.js";
import { createWebhookHandler } from "./http/webhooks.js";
import { createNoticeSender } from "./notices/sender.js";
import { succeedPredecessor } from "./predecessor.js";
import { sharedQueue } from "./queue/shared-queue.js";
import { createWakeUps, realTimers, type WakeUps } from "./queue/wake-ups.js";
import type { WorkerMail } from "./queue/worker-mail.js";
import { serveAccess } from "./serve-access.js";
import type { ServeSettings } from "./settings.js";
import { openSigningKey } from "./signing-key.js";
import { openStore } from "./store/open-store.js";
import type { OpenedStore } from "./store/opened-store.js";
import { version } from "./version.js";

/** What failed in a handler is tried again after this, in ms. */
const RETRY_AFTER = 1_000;

export interface Serving {
  urls: RunningServer["urls"];
  /** Stops taking work, finishes or hands back what is in hand. */
  stop(): Promise<void>;
}

/**
 * Opens the store, takes up what is open, listens. The log goes to `destination`, else to standard output. Attestations are
 * trusted as `trust` says, else as Sigstore and GitHub do. Throws errors with a sentence for a person.
 */
export async function serve(
  settings: ServeSettings,
  clock: Clock,
  random: Random,
  destination?: LogOptions["destination"],
  trust?: SigstoreTrust,
): Promise<Serving> {
  const { logLevel: level, logFormat: format, secrets } = settings;
  const log = createLog({
    ...{ level, format, secrets },
    ...(settings.tracing !== null && { traceIdOf }),
    ...(destination !== undefined && { destination }),
  });
  const maskSecrets = createTextRedactor(secrets);
  let tracing: Tracing | null = null;
  const github = createGitHub({
    appId: settings.app.id,
    privateKey: settings.app.privateKey,
    baseUrl: settings.apiUrl,
    log,
    clock,
    pace: {
      writesPerMinute: settings.writes.perMinute,
      writesPerHour: settings.writes.perHour,
      writeBurst: settings.writes.burst,
    },
    userAgent: `release-chain/${version()}`,
    ...(settings.tracing !== null && { answered: (request) => tracing?.answered(request) }),
  });
  const signer = await openSigningKey(settings.signing, clock);
  if (signer !== null) log.info({ fingerprint: signer.fingerprint }, "Releases can be signed with this OpenPGP key.");
  await makeDataDir(settings.dataDir);
  const opened = await openStore({ databaseUrl: settings.database.url, log, clock });
  const sources = metricSources(opened, github);
  const metrics = createMetrics(sources, { clock, log });
  const store = metrics.watched(opened);
  const worker = random.id();
  let mail: WorkerMail | null = null;
  try {
    const traces = await openTraces(settings, maskSecrets, log);
    tracing =
      traces === null
        ? null
        : createTracing({ store, events: opened.events, traces, told: opened.traces, clock, random, log });
    mail = await openMail(settings, worker, log);
    const openedMail = mail;
    const artifactStore = await createArtifactStore(settings.dataDir, clock);
    sources.storeBytes = () => bytesOf(artifactStore);
    const artifactIntake = createArtifactIntake({
      store: artifactStore,
      dataDir: settings.dataDir,
      trust: trust ?? createSigstoreTrust({ dataDir: settings.dataDir, now: () => clock.now() }),
    });
    const { allowedHubs, allowPrivateToPublic, webUrl, deliveryScanInterval } = settings;
    const policy = { allowedHubs, allowPrivateToPublic };
    const { id: appId, privateKey, webhookSecret } = settings.app;
    const grants = createGrants({ privateKey, publicUrl: settings.publicUrl });
    const handOff = { addresses: grants.addresses, advice: publicUrlAdvice(settings.publicUrl, settings.apiUrl) };
    if (handOff.advice !== null) log.warn({}, handOff.advice);
    const access = { ...store.access, rights: createRights({ github, clock }), clock, log };
    const coordinator = createCoordinator(
      {
        github,
        store,
        events: store.events,
        artifactStore,
        artifactIntake,
        clock,
        random,
        log,
        policy,
        ...(signer !== null && { signer }),
        version: version(),
        webUrl,
        ...(settings.artifactsMaxSize !== null && { artifactsMaxSize: settings.artifactsMaxSize }),
        worker,
        ...(openedMail !== null && { leaseTerm: settings.leaseTerm }),
        deliveryScanInterval,
        handOff,
        maskSecrets,
        ...(tracing !== null && { tracing }),
        reporting: { github, store: store.reports, access, pageOf: pagesOf(settings) },
        notices: {
          store: store.notices,
          sender: createNoticeSender({
            targets: settings.noticeTargets,
            clock,
            userAgent: `release-chain/${version()}`,
          }),
          publicUrl: settings.publicUrl,
        },
      },
      (handle, hear) => {
        const wakeUps = wakeUpsOf(handle, clock, log);
        return openedMail === null ? wakeUps : sharedQueue(wakeUps, openedMail, hear);
      },
    );
    const streams = createEventStreams({ operations: coordinator });
    sources.readers = () => streams.readers();
    const app = createApp(coordinator, {
      log,
      clock,
      lag: (event, ms) => {
        metrics.webhookLag(event, ms);
      },
    });
    const webhooks = await createWebhookHandler({
      appId,
      privateKey,
      webhookSecret,
      apiUrl: settings.apiUrl,
      app,
      log,
    });
    const server = await startServer({
      settings: { ...settings, https: settings.publicUrl?.startsWith("https:") ?? false },
      operations: coordinator,
      ...serveAccess(settings, { store: store.access, github, clock, random, log }),
      artifactStore,
      grants,
      webhooks,
      metrics,
      streams,
      clock,
      log,
      ...(signer !== null && { signingKey: signer }),
    });
    try {
      if (openedMail !== null) await succeedPredecessor(settings.dataDir, worker, store);
      await coordinator.resume();
    } catch (cause) {
      // Its listeners would keep the process alive.
      await server.close();
      throw cause;
    }
    return {
      urls: server.urls,
      async stop() {
        await server.close();
        await coordinator.stop();
        await Promise.all([tracing?.stop(), traces?.stop()]);
        await openedMail?.close();
        await store.close();
      },
    };
  } catch (cause) {
    await mail?.stop();
    await mail?.close();
    await store.close();
    throw cause;
  }
}

/** null: they go nowhere. OpenTelemetry's SDK is loaded only where they do. */
async function openTraces(
  { tracing }: ServeSettings,
  redact: (text: string) => string,
  log: Log,
): Promise<OtlpTraces | null> {
  if (tracing === null) return null;
  const { openOtlpTraces } = await import("./http/otlp-traces.js");
  return openOtlpTraces({ ...tracing, version: version(), redact, log });
}

/** What is there later is put in its place then. */
function metricSources(store: OpenedStore, github: Gateway): MetricSources {
  return {
    figures: () => store.figures(),
    github: () => github.figures(),
    storeBytes: () => Promise.resolve(0),
    readers: () => 0,
  };
}

async function bytesOf(artifactStore: Pick<ArtifactStore, "list">): Promise<number> {
  let bytes = 0;
  for await (const { size } of artifactStore.list()) bytes += size;
  return bytes;
}

/** SQLite is one process's: there is nobody to write to. */
async function openMail(settings: ServeSettings, worker: string, log: Log): Promise<WorkerMail | null> {
  if (settings.database.kind === "sqlite") return null;
  const { openWorkerMail } = await import("./queue/worker-mail.js");
  return openWorkerMail({ databaseUrl: settings.database.url, worker, log });
}

/** Where people find a release run's own page; null: nobody can reach one from GitHub. */
function pagesOf({ publicUrl, oauth }: ServeSettings): (runId: string) => string | null {
  return (runId) => (publicUrl === null || oauth === null ? null : `${publicUrl.replace(/\/+$/, "")}/runs/${runId}`);
}

function wakeUpsOf(handle: (key: string) => Promise<void>, clock: Clock, log: Log): WakeUps {
  return createWakeUps({
    handle,
    failed: (key, cause) => {
      log.error({ key, cause: cause instanceof Error ? cause.message : String(cause) }, "a look failed; again soon");
    },
    timers: realTimers(),
    now: () => clock.now(),
    retryAfter: RETRY_AFTER,
  });
}
