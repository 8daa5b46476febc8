/** The environment (CONTRACT.md section 3) as Settings: read once at start, every problem told at once. */
import { EnvironmentReader, quote, type Environment } from "./environment.js";
import type { NoticeTarget } from "./notices/targets.js";
import { readPrivateKey } from "./private-key.js";
import { databaseAddress } from "./store/database-url.js";
import { readTraceSettings, SAMPLERS, type TraceSettings } from "./trace-settings.js";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
/** auto: pretty on a terminal, else json. */
export type LogFormat = "json" | "pretty" | "auto";

interface CommonSettings {
  /** Where the public listener binds. */
  host: string;
  /** 0: any free port. */
  port: number;
  /** The loopback listener with API and no sign-in; null: off, 0: any free port. */
  localPort: number | null;
  logLevel: LogLevel;
  logFormat: LogFormat;
  /** GitHub's REST root, without a slash at the end. */
  apiUrl: string;
  /** Where people find GitHub's repositories, without a slash at the end. */
  webUrl: string;
  database: { kind: "sqlite" | "postgresql"; url: string };
  /** Milliseconds after which the release runs of a server that gives no sign of life are taken over; PostgreSQL only. */
  leaseTerm: number;
  dataDir: string;
  /** Bytes that the artifact store may have; null: no limit. */
  artifactsMaxSize: number | null;
  /** How others reach the server, without a slash at the end; null: not told. */
  publicUrl: string | null;
  /** The App's OAuth credentials, with which people sign in; null: they cannot. */
  oauth: { clientId: string; clientSecret: string } | null;
  /** Proxies before the server whose X-Forwarded-For is believed; 0: none. */
  trustProxy: number;
  /** Globs of `owner/repo`; null: any hub of an installation. */
  allowedHubs: string[] | null;
  /** Globs of hubs that may publish files of private repositories to a public one. */
  allowPrivateToPublic: string[];
  /** OpenPGP, armored; null: the server cannot sign. */
  signing: { key: string; passphrase: string | null } | null;
  /** The pace of content-creating requests, per installation. */
  writes: { perMinute: number; perHour: number; burst: number };
  /** Milliseconds between two readings of the App's delivery log. */
  deliveryScanInterval: number;
  /** Who can be told what became of release runs. */
  noticeTargets: NoticeTarget[];
  /** Where traces go; null: nowhere. */
  tracing: TraceSettings | null;
  /** Every secret value in every spelling it came in: never to be logged. */
  secrets: string[];
}

/** No App yet: only Probot's set-up page is served. */
export interface SetupSettings extends CommonSettings {
  mode: "setup";
}

export interface ServeSettings extends CommonSettings {
  mode: "serve";
  app: {
    id: number;
    /** PEM. */
    privateKey: string;
    webhookSecret: string;
  };
}

export type Settings = SetupSettings | ServeSettings;

export type SettingsResult = { ok: true; settings: Settings } | { ok: false; problems: string[] };

/**
 * Reads the settings from an environment; a variable that is set to nothing counts as unset.
 * `readFile` gives the text of `PRIVATE_KEY_PATH` and throws if it cannot.
 * Problems are sentences for a person; they never quote a variable that may hold a secret.
 */
export function readSettings(env: Environment, readFile: (path: string) => string): SettingsResult {
  const reader = new EnvironmentReader(env);
  const common = readCommon(reader, readFile);
  const app = readApp(reader, readFile);
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  const settings: Settings = app === null ? { mode: "setup", ...common } : { mode: "serve", ...common, app };
  return { ok: true, settings };
}

function readCommon(reader: EnvironmentReader, readFile: (path: string) => string): CommonSettings {
  const { apiUrl, webUrl } = readGitHub(reader);
  const database = readDatabase(reader);
  const signing = readSigning(reader);
  return {
    host: reader.text("HOST") ?? "localhost",
    port: reader.integer("PORT", 0, 65_535) ?? 3000,
    localPort: reader.integer("LOCAL_PORT", 0, 65_535),
    logLevel: reader.choice("LOG_LEVEL", LOG_LEVELS) ?? "info",
    logFormat: reader.choice("LOG_FORMAT", ["json", "pretty"] as const) ?? "auto",
    apiUrl,
    webUrl,
    database,
    leaseTerm: readLeaseTerm(reader),
    dataDir: reader.text("DATA_DIR") ?? "./data",
    artifactsMaxSize: reader.size("ARTIFACTS_MAX_SIZE"),
    publicUrl: readPublicUrl(reader),
    oauth: readOAuth(reader),
    trustProxy: reader.integer("TRUST_PROXY", 0, 10) ?? 0,
    allowedHubs: reader.globs("ALLOWED_HUBS"),
    allowPrivateToPublic: reader.globs("ALLOW_PRIVATE_TO_PUBLIC") ?? [],
    signing,
    writes: {
      perMinute: reader.integer("WRITES_PER_MINUTE", 1, 1_000_000) ?? 80,
      perHour: reader.integer("WRITES_PER_HOUR", 1, 1_000_000) ?? 500,
      burst: reader.integer("WRITE_BURST", 1, 1_000_000) ?? 20,
    },
    deliveryScanInterval: reader.duration("DELIVERY_SCAN_INTERVAL") ?? 5 * 60_000,
    noticeTargets: reader.noticeTargets("NOTICE_TARGETS", readFile),
    tracing: readTracing(reader),
    secrets: reader.secrets,
  };
}

function readApp(reader: EnvironmentReader, readFile: (path: string) => string): ServeSettings["app"] | null {
  const webhookSecret = reader.secret("WEBHOOK_SECRET");
  const id = reader.integer("APP_ID", 1, Number.MAX_SAFE_INTEGER);
  const given = reader.secret("PRIVATE_KEY");
  if (reader.text("APP_ID") === null) return null;

  if (webhookSecret === null || webhookSecret === "development") {
    reader.problems.push(
      webhookSecret === null
        ? "WEBHOOK_SECRET is not set: without it anybody could send webhooks. Set it to the webhook secret of the GitHub App."
        : 'WEBHOOK_SECRET is "development", which everybody knows. Set a random one, here and in the GitHub App.',
    );
  }
  const key = readPrivateKey({ given, path: reader.text("PRIVATE_KEY_PATH"), readFile });
  if (key.kind === "problem") reader.problems.push(key.problem);
  else reader.secrets.push(key.pem);
  return { id: id ?? 0, privateKey: key.kind === "key" ? key.pem : "", webhookSecret: webhookSecret ?? "" };
}

/** github.com, or a GitHub Enterprise Server, whose REST root is `PROTOCOL://HOST/api/v3`, as Probot derives it. */
function readGitHub(reader: EnvironmentReader): { apiUrl: string; webUrl: string } {
  const host = reader.text("GHE_HOST");
  const protocol = reader.choice("GHE_PROTOCOL", ["https", "http"] as const) ?? "https";
  if (host === null) return { apiUrl: "https://api.github.com", webUrl: "https://github.com" };
  if (!/^(\[[0-9a-f:]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:\d{1,5})?$/i.test(host)) {
    reader.problems.push(
      "GHE_HOST must be a host name, with a port if need be, and nothing else: `github.example.com` or `localhost:8080`. The protocol goes into GHE_PROTOCOL.",
    );
  }
  const webUrl = `${protocol}://${host}`;
  return { apiUrl: `${webUrl}/api/v3`, webUrl };
}

function readDatabase(reader: EnvironmentReader): CommonSettings["database"] {
  const url = reader.text("DATABASE_URL") ?? "file:./data/release-chain.db";
  // The address itself is no secret, its password is, in both spellings; also where the rest of it is wrong.
  const password = URL.canParse(url) ? new URL(url).password : "";
  reader.secrets.push(...[password, safeDecode(password)].filter((secret) => secret !== ""));
  try {
    return { kind: databaseAddress(url).kind, url };
  } catch (error) {
    reader.problems.push(error instanceof Error ? error.message : String(error));
    return { kind: "sqlite", url: "" };
  }
}

/** Shorter than this, a pause of the process or of the network would cost it its release runs. */
const SHORTEST_LEASE = 2_000;

function readLeaseTerm(reader: EnvironmentReader): number {
  const term = reader.duration("LEASE_TERM") ?? 60_000;
  if (term < SHORTEST_LEASE) reader.problems.push("LEASE_TERM must be 2s or more; 60s is usual.");
  return term;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % is no escape: the password is what it is
  }
}

function readPublicUrl(reader: EnvironmentReader): string | null {
  const text = reader.text("PUBLIC_URL");
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain =
    url !== null &&
    ["http:", "https:"].includes(url.protocol) &&
    url.username + url.password + url.search + url.hash === "";
  if (plain) return url.href.replace(/\/+$/, "");
  reader.problems.push(
    "PUBLIC_URL must be an http or https address without user, query and fragment, such as `https://chain.example.com`.",
  );
  return null;
}

function readOAuth(reader: EnvironmentReader): CommonSettings["oauth"] {
  const clientId = reader.text("GITHUB_CLIENT_ID");
  const clientSecret = reader.secret("GITHUB_CLIENT_SECRET");
  if (clientId !== null && clientSecret !== null) return { clientId, clientSecret };
  if (clientId !== null || clientSecret !== null)
    reader.problems.push(
      `${clientId === null ? "GITHUB_CLIENT_SECRET is set, but GITHUB_CLIENT_ID" : "GITHUB_CLIENT_ID is set, but GITHUB_CLIENT_SECRET"} is not. Set both, as the GitHub App's page shows them, or none.`,
    );
  return null;
}

function readSigning(reader: EnvironmentReader): CommonSettings["signing"] {
  const given = reader.secret("SIGNING_KEY");
  const passphrase = reader.secret("SIGNING_KEY_PASSPHRASE");
  if (given === null) {
    if (passphrase !== null)
      reader.problems.push("SIGNING_KEY_PASSPHRASE is set, but SIGNING_KEY is not. Set both or none.");
    return null;
  }
  const key = given.replaceAll("\\n", "\n").trim();
  const armored = /^-----BEGIN PGP PRIVATE KEY BLOCK-----\n[\s\S]+-----END PGP PRIVATE KEY BLOCK-----$/;
  if (!armored.test(key.replaceAll("\r", ""))) {
    reader.problems.push(
      "SIGNING_KEY is no armored OpenPGP private key. Export it with `gpg --armor --export-secret-keys KEY`; line ends may be written as \\n.",
    );
  }
  reader.secrets.push(key);
  return { key, passphrase };
}

function readTracing(reader: EnvironmentReader): TraceSettings | null {
  const protocol = reader.text("OTEL_EXPORTER_OTLP_PROTOCOL") ?? "http/json";
  const tracing = readTraceSettings(
    {
      endpoint: reader.text("OTEL_EXPORTER_OTLP_ENDPOINT"),
      tracesEndpoint: reader.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
      headers: reader.text("OTEL_EXPORTER_OTLP_HEADERS"),
      tracesHeaders: reader.text("OTEL_EXPORTER_OTLP_TRACES_HEADERS"),
      serviceName: reader.text("OTEL_SERVICE_NAME"),
      resourceAttributes: reader.text("OTEL_RESOURCE_ATTRIBUTES"),
      sampler: reader.choice("OTEL_TRACES_SAMPLER", SAMPLERS),
      samplerArg: reader.text("OTEL_TRACES_SAMPLER_ARG"),
    },
    reader,
  );
  if (tracing !== null && protocol !== "http/json")
    reader.problems.push(
      `OTEL_EXPORTER_OTLP_PROTOCOL is ${quote(protocol)}, and only http/json is spoken. Collectors take it where they take http/protobuf: port 4318 as a rule.`,
    );
  return tracing;
}
