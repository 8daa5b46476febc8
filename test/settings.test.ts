import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Environment } from "../src/environment.js";
import { readSettings } from "../src/settings.js";
import type { ServeSettings, Settings } from "../src/settings.js";

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pkcs8 = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const pkcs1 = pair.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
const app = { APP_ID: "123", PRIVATE_KEY: pkcs8, WEBHOOK_SECRET: "a long and random secret" };

function noFile(path: string): string {
  throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: "ENOENT" });
}

function settings(env: Environment, readFile = noFile): Settings {
  const result = readSettings(env, readFile);
  if (!result.ok) throw new Error(result.problems.join("\n"));
  return result.settings;
}

function serving(env: Environment, readFile = noFile): ServeSettings {
  const read = settings(env, readFile);
  if (read.mode !== "serve") throw new Error("set-up mode");
  return read;
}

function problems(env: Environment): string[] {
  const result = readSettings(env, noFile);
  return result.ok ? [] : result.problems;
}

describe("defaults and modes", () => {
  it("has the defaults of the contract", () => {
    expect(settings({})).toEqual({
      mode: "setup",
      host: "localhost",
      port: 3000,
      localPort: null,
      logLevel: "info",
      logFormat: "auto",
      apiUrl: "https://api.github.com",
      webUrl: "https://github.com",
      database: { kind: "sqlite", url: "file:./data/release-chain.db" },
      dataDir: "./data",
      publicUrl: null,
      oauth: null,
      trustProxy: 0,
      allowedHubs: null,
      allowPrivateToPublic: [],
      signing: null,
      writes: { perMinute: 80, perHour: 500, burst: 20 },
      deliveryScanInterval: 300_000,
      artifactsMaxSize: null,
      leaseTerm: 60_000,
      noticeTargets: [],
      tracing: null,
      secrets: [],
    });
  });

  it("takes a variable that is set to nothing for unset", () => {
    const empty = Object.fromEntries(Object.keys(everything).map((name) => [name, " "]));
    expect(settings(empty)).toEqual(settings({}));
  });

  it("serves with an App", () => {
    expect(serving(app).app).toEqual({ id: 123, privateKey: pkcs8, webhookSecret: "a long and random secret" });
  });

  it.each([undefined, "", "development"])("refuses an App whose WEBHOOK_SECRET is %j", (WEBHOOK_SECRET) => {
    expect(problems({ ...app, WEBHOOK_SECRET })).toEqual([expect.stringMatching(/^WEBHOOK_SECRET is /)]);
  });
});

const everything: Environment = {
  ...app,
  HOST: "0.0.0.0",
  PORT: "0",
  LOCAL_PORT: "8081",
  LOG_LEVEL: "debug",
  LOG_FORMAT: "json",
  GHE_HOST: "ghe.example.com:8443",
  GHE_PROTOCOL: "http",
  DATABASE_URL: "postgresql://chain:p%40ss-word@db.example.com/chain",
  DATA_DIR: "/var/lib/chain",
  PUBLIC_URL: "https://chain.example.com/base/",
  ALLOWED_HUBS: "acme/*, {a,b}/hub-?\n other/hub",
  ALLOW_PRIVATE_TO_PUBLIC: "acme/hub",
  SIGNING_KEY: "-----BEGIN PGP PRIVATE KEY BLOCK-----\\n\\nlQHYBG\\n-----END PGP PRIVATE KEY BLOCK-----",
  SIGNING_KEY_PASSPHRASE: "a passphrase",
  WRITES_PER_MINUTE: "10",
  WRITES_PER_HOUR: "20",
  WRITE_BURST: "3",
  GITHUB_CLIENT_ID: "Iv1.abc",
  GITHUB_CLIENT_SECRET: "a-client-secret",
  TRUST_PROXY: "1",
  LEASE_TERM: "30s",
  DELIVERY_SCAN_INTERVAL: "1.5m",
  ARTIFACTS_MAX_SIZE: "200GiB",
  NOTICE_TARGETS: "ops: {kind: slack, url: https://hooks.slack.com/services/T0/B0/hidden}",
  OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318/otlp/",
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://traces.example.com/in",
  OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%2Ckey, x-tenant=common",
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-tenant=acme",
  OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  OTEL_SERVICE_NAME: "chain",
  OTEL_RESOURCE_ATTRIBUTES: "service.name=other,deployment.environment.name=a%20test",
  OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
  OTEL_TRACES_SAMPLER_ARG: "0.25",
};

it.each(["GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"])("%s alone is a mistake, which is not repeated", (name) => {
  const read = readSettings({ [name]: "a-value-of-one" }, () => "");
  expect(read).toMatchObject({ ok: false, problems: [expect.stringContaining(`${name} is set, but `)] });
  expect(JSON.stringify(read)).not.toContain("a-value-of-one");
});

describe("traces", () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318" };

  it("go below the endpoint that all signals have, whole, and under the program's name", () => {
    const expected = { endpoint: "http://localhost:4318/v1/traces", headers: {}, share: 1 };
    expect(settings(endpoint).tracing).toEqual({ ...expected, attributes: { "service.name": "release-chain" } });
    const attributes = { "service.name": "named" };
    expect(settings({ ...endpoint, OTEL_RESOURCE_ATTRIBUTES: "service.name=named" }).tracing).toMatchObject({
      attributes,
    });
    expect(settings({ ...endpoint, OTEL_TRACES_SAMPLER: "always_off" }).tracing).toMatchObject({ share: 0 });
  });

  it.each([
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hidden@collector:4318"],
    ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/v1/traces"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "hidden"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a b=hidden"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=hidden%0Ab: c"],
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
    ["OTEL_RESOURCE_ATTRIBUTES", "a=%"],
    ["OTEL_TRACES_SAMPLER", "jaeger_remote"],
  ])("tell of %s=%s, and quote no secret", (name, value) => {
    const told = problems({ ...endpoint, [name]: value });
    expect(told).toEqual([expect.stringMatching(new RegExp(`^${name} (must|is)`))]);
    expect(told.join()).not.toContain("hidden");
  });

  it.each(["", "2", "-1", "half"])(
    "take a share for OTEL_TRACES_SAMPLER_ARG, and %j is one only if it is unset",
    (arg) => {
      const sampled = { ...endpoint, OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: arg };
      if (arg === "") expect(settings(sampled).tracing).toMatchObject({ share: 1 });
      else expect(problems(sampled)).toEqual([expect.stringMatching(/^OTEL_TRACES_SAMPLER_ARG must be a share/)]);
    },
  );
});

describe("every variable", () => {
  it("is read", () => {
    expect(serving(everything)).toMatchObject({
      host: "0.0.0.0",
      port: 0,
      localPort: 8081,
      logLevel: "debug",
      logFormat: "json",
      apiUrl: "http://ghe.example.com:8443/api/v3",
      webUrl: "http://ghe.example.com:8443",
      database: { kind: "postgresql", url: everything.DATABASE_URL },
      dataDir: "/var/lib/chain",
      publicUrl: "https://chain.example.com/base",
      allowedHubs: ["acme/*", "{a,b}/hub-?", "other/hub"],
      allowPrivateToPublic: ["acme/hub"],
      signing: {
        key: "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQHYBG\n-----END PGP PRIVATE KEY BLOCK-----",
        passphrase: "a passphrase",
      },
      writes: { perMinute: 10, perHour: 20, burst: 3 },
      deliveryScanInterval: 90_000,
      artifactsMaxSize: 200 * 1024 ** 3,
      leaseTerm: 30_000,
      oauth: { clientId: "Iv1.abc", clientSecret: "a-client-secret" },
      trustProxy: 1,
      noticeTargets: [{ name: "ops", kind: "slack", hubs: null, allowPrivate: false }],
      tracing: {
        endpoint: "https://traces.example.com/in",
        headers: { "api-key": "a,key", "x-tenant": "acme" },
        attributes: { "service.name": "chain", "deployment.environment.name": "a test" },
        share: 0.25,
      },
    });
  });

  it("gives its secrets to the log, in every spelling", () => {
    expect(serving(everything).secrets).toEqual(
      expect.arrayContaining([
        app.WEBHOOK_SECRET,
        pkcs8.trim(),
        pkcs8,
        "p%40ss-word",
        "p@ss-word",
        "a passphrase",
        "a-client-secret",
        "/services/T0/B0/hidden",
        "a%2Ckey",
        "a,key",
        "acme",
      ]),
    );
  });

  it("is in .env.example, with its default where it has one", () => {
    const example = readFileSync(join(import.meta.dirname, "../.env.example"), "utf8");
    const lines = [...example.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
    const names = lines.map(([name]) => name).sort();
    expect(names).toEqual([...Object.keys(everything), "PRIVATE_KEY_PATH"].sort());
    expect(settings(Object.fromEntries(lines) as Environment)).toEqual({ ...settings({}) });
  });
});

describe("private key", () => {
  const oneLine = pkcs1.trim().replaceAll("\n", " ");
  it.each([
    ["PKCS#8", pkcs8, pkcs8],
    ["PKCS#1", pkcs1, pkcs1],
    ["\\n for line ends", pkcs1.replaceAll("\n", "\\n"), pkcs1],
    ["quotes around it", `"${pkcs1.replaceAll("\n", "\\n")}"`, pkcs1],
    ["Windows line ends", pkcs8.replaceAll("\n", "\r\n"), pkcs8],
    ["base64", Buffer.from(pkcs8).toString("base64"), pkcs8],
    ["one line", oneLine, pkcs1],
  ])("is read with %s", (_, given, expected) => {
    expect(serving({ ...app, PRIVATE_KEY: given }).app.privateKey).toBe(expected);
  });

  it("is read from PRIVATE_KEY_PATH", () => {
    const files: Record<string, string> = { "/keys/app.pem": pkcs1 };
    const env = { ...app, PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: "/keys/app.pem" };
    const read = serving(env, (path) => files[path] ?? noFile(path));
    expect(read.app.privateKey).toBe(pkcs1);
    expect(read.secrets).toContain(pkcs1);
  });

  it.each([
    ["missing", {}, "PRIVATE_KEY and PRIVATE_KEY_PATH are not set."],
    ["no file", { PRIVATE_KEY_PATH: "/gone.pem" }, "PRIVATE_KEY_PATH: the file /gone.pem cannot be read (ENOENT)."],
    ["no PEM", { PRIVATE_KEY: "hello" }, "PRIVATE_KEY is no private key in PEM."],
    ["cut short", { PRIVATE_KEY: pkcs8.slice(0, 400) + pkcs8.slice(800) }, "PRIVATE_KEY cannot be read:"],
  ])("is refused: %s", (_, env, sentence) => {
    const found = problems({ ...app, PRIVATE_KEY: undefined, ...env });
    expect(found).toEqual([expect.stringContaining(sentence)]);
  });

  it("is refused where it is not RSA", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const PRIVATE_KEY = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(problems({ ...app, PRIVATE_KEY })).toEqual([expect.stringContaining("PRIVATE_KEY is no RSA key.")]);
  });
});

describe("problems", () => {
  it.each([
    ["APP_ID", "Iv1.abc"],
    ["APP_ID", "0"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "80a"],
    ["LOCAL_PORT", "x"],
    ["LOG_LEVEL", "verbose"],
    ["LOG_FORMAT", "text"],
    ["GHE_HOST", "https://ghe.example.com"],
    ["GHE_HOST", "ghe.example.com/api"],
    ["GHE_PROTOCOL", "ftp"],
    ["DATABASE_URL", "mysql://x"],
    ["DATABASE_URL", "file:"],
    ["PUBLIC_URL", "chain.example.com"],
    ["PUBLIC_URL", "https://me:secret@chain.example.com"],
    ["ALLOWED_HUBS", "acme"],
    ["ALLOWED_HUBS", "{a,b"],
    ["ALLOW_PRIVATE_TO_PUBLIC", "a/b/c"],
    ["SIGNING_KEY", "hello"],
    ["WRITES_PER_MINUTE", "0"],
    ["WRITES_PER_HOUR", "1.5"],
    ["WRITE_BURST", "many"],
    ["DELIVERY_SCAN_INTERVAL", "5"],
    ["ARTIFACTS_MAX_SIZE", "lots"],
    ["ARTIFACTS_MAX_SIZE", "-1GB"],
    ["DELIVERY_SCAN_INTERVAL", "0s"],
    ["LEASE_TERM", "1s"],
    ["LEASE_TERM", "soon"],
  ])("%s=%s is told by name", (name, value) => {
    expect(problems({ ...app, [name]: value })).toEqual([expect.stringContaining(name)]);
  });

  it.each(["", "\\n", "\\n\\n"])("a signing key may end with %j", (end) => {
    const { SIGNING_KEY = "" } = everything;
    expect(serving({ ...app, SIGNING_KEY: SIGNING_KEY + end }).signing?.key).toBe(SIGNING_KEY.replaceAll("\\n", "\n"));
  });

  it("a passphrase without its key is told", () => {
    expect(problems({ SIGNING_KEY_PASSPHRASE: "x" })).toEqual([expect.stringContaining("SIGNING_KEY is not")]);
  });

  it("are told all at once", () => {
    const found = problems({ APP_ID: "x", PORT: "x", LOG_LEVEL: "x", GHE_HOST: "x y", WRITE_BURST: "x" });
    const names = ["PORT", "LOG_LEVEL", "GHE_HOST", "WRITE_BURST", "WEBHOOK_SECRET", "APP_ID", "PRIVATE_KEY"];
    expect(found).toHaveLength(names.length);
    for (const name of names) expect(found).toContainEqual(expect.stringContaining(name));
  });

  it("never quote a secret", () => {
    const secret = fc.string({ minLength: 24, maxLength: 60 }).filter((text) => text.trim().length >= 24);
    const names = ["PRIVATE_KEY", "WEBHOOK_SECRET", "SIGNING_KEY", "SIGNING_KEY_PASSPHRASE", "DATABASE_URL"] as const;
    fc.assert(
      fc.property(fc.constantFrom(...names), secret, (name, value) => {
        const found = problems({ APP_ID: "x", PORT: "x", [name]: value }).join("\n");
        expect(found).toContain("PORT");
        expect(found).not.toContain(value.trim());
      }),
    );
  });
});
