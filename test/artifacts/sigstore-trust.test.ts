/** Whom to trust, asked of a TUF repository of our own over HTTP. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createSigstoreTrust, TrustError, type TrustMirror } from "../../src/artifacts/sigstore-trust.js";

const DAY = 24 * 3_600_000;
const TRUSTED = JSON.stringify({
  mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
  tlogs: [],
  certificateAuthorities: [],
  ctlogs: [],
  timestampAuthorities: [],
});

let dataDir: string;
let server: Server;
let files: Record<string, string>;
let asked: string[];
let url: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "rc-trust-"));
  asked = [];
  server = createServer(({ url: path = "" }, response) => {
    asked.push(path);
    const text = files[path];
    response.writeHead(text === undefined ? 404 : 200, { connection: "close" }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await close();
  await rm(dataDir, { recursive: true });
});

async function close(): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** As TUF's specification has it: keys in their order, no spaces. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}

/** A repository with one target, all of it signed by one key. */
function makeRepository(): { root: unknown; files: Record<string, string> } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex");
  const key = { keytype: "ed25519", scheme: "ed25519", keyval: { public: raw } };
  const keyid = createHash("sha256").update(canonical(key)).digest("hex");
  const common = { spec_version: "1.0.31", version: 1, expires: "2100-01-01T00:00:00Z" };
  const signed = (type: string, more: object) => {
    const content = { _type: type, ...common, ...more };
    return {
      signed: content,
      signatures: [{ keyid, sig: sign(null, Buffer.from(canonical(content)), privateKey).toString("hex") }],
    };
  };
  const role = { keyids: [keyid], threshold: 1 };
  const roles = { root: role, timestamp: role, snapshot: role, targets: role };
  const root = signed("root", { consistent_snapshot: false, keys: { [keyid]: key }, roles });
  const hashes = { sha256: createHash("sha256").update(TRUSTED).digest("hex") };
  const targets = signed("targets", { targets: { "trusted_root.json": { length: TRUSTED.length, hashes } } });
  const found = {
    "/timestamp.json": signed("timestamp", { meta: { "snapshot.json": { version: 1 } } }),
    "/snapshot.json": signed("snapshot", { meta: { "targets.json": { version: 1 } } }),
    "/targets.json": targets,
  };
  const texts = Object.entries(found).map(([path, value]) => [path, JSON.stringify(value)] as const);
  return { root, files: { ...Object.fromEntries(texts), "/targets/trusted_root.json": TRUSTED } };
}

function trusting(mirror: TrustMirror, now: () => number = () => 0) {
  return createSigstoreTrust({ dataDir, now, mirrors: { github: mirror, public: mirror } });
}

it("asks once a day, and keeps what it has below DATA_DIR", async () => {
  const repository = makeRepository();
  files = repository.files;
  let time = 0;
  const trust = trusting({ url, root: repository.root }, () => time);
  const [first, second] = await Promise.all([trust("github"), trust("github")]);
  expect(second).toBe(first);
  expect(first).toMatchObject({ certificateAuthorities: [], tlogs: [] });
  expect(asked.filter((path) => path === "/timestamp.json")).toHaveLength(1);
  const kept = await readdir(join(dataDir, "sigstore"), { recursive: true });
  expect(kept.some((name) => name.endsWith("trusted_root.json"))).toBe(true);

  asked = [];
  time = DAY - 1;
  expect(await trust("github")).toBe(first);
  expect(asked).toEqual([]);
  time = DAY;
  expect(await trust("github")).not.toBe(first);
  // the target is on the disk already, and is what the metadata says
  expect(asked).toContain("/timestamp.json");
  expect(asked).not.toContain("/targets/trusted_root.json");
});

it("refuses what another key has signed, and asks again", async () => {
  const repository = makeRepository();
  files = makeRepository().files;
  const trust = trusting({ url, root: repository.root });
  const refused = await trust("public").catch((cause: unknown) => cause);
  expect(refused).toBeInstanceOf(TrustError);
  expect(String(refused)).toContain(`which keys ${new URL(url).host} vouches for`);
  files = repository.files;
  expect(await trust("public")).toMatchObject({ certificateAuthorities: [] });
});

it("refuses a target that is not what was signed", async () => {
  const repository = makeRepository();
  files = { ...repository.files, "/targets/trusted_root.json": TRUSTED.replace("0.1", "0.2") };
  await expect(trusting({ url, root: repository.root })("github")).rejects.toThrow(TrustError);
});

it("says in words that the mirror cannot be reached, and uses what it knows meanwhile", async () => {
  const repository = makeRepository();
  files = repository.files;
  let time = 0;
  const trust = trusting({ url, root: repository.root }, () => time);
  const known = await trust("github");
  await close();
  time = DAY - 1;
  expect(await trust("github")).toBe(known);
  time = DAY;
  const failed = await trust("github").catch((cause: unknown) => cause);
  expect(failed).toBeInstanceOf(TrustError);
  expect(String(failed)).toMatch(/so attestations cannot be verified: .+\. The server has to reach it over HTTPS\.$/);
  expect(String(failed)).not.toMatch(/\n|\bat .*\.js/);
});
