/** Attestations of artifacts: Sigstore bundles, as `actions/attest` leaves them with a repository. */
import { json, type SandboxResponse } from "./http.js";
import { notFound } from "./http.js";
import { repositoryRoute, type RepositoryContext, type Route } from "./router.js";
import { apiBase } from "./app-routes.js";
import type { JsonObject } from "./types.js";
import { knownRepository, type Attestation, type World } from "./world.js";

export const attestationRoutes: Route[] = [
  repositoryRoute("GET /attestations/{digest}", "attestations:read", listAttestations),
];

export interface AttestOptions {
  /** Lower-case hex, of what is attested. */
  sha256: string;
  bundle: JsonObject;
  /** It lies in the storage, packed, and the answer has its address only, as with API version 2026-03-10. */
  elsewhere?: boolean;
}

export function attest(world: World, repo: string, { sha256, bundle, elsewhere = false }: AttestOptions): void {
  const repository = knownRepository(world, repo);
  world.attestations.push({ repository, digest: `sha256:${sha256}`, bundle, elsewhere });
}

/** Newest first; turned over by a cursor. */
function listAttestations(context: RepositoryContext): SandboxResponse {
  const { world, repository, request } = context;
  const digest = context.param("digest");
  const found = world.attestations.filter((one) => one.repository === repository && one.digest === digest).reverse();
  if (found.length === 0) throw notFound();
  const start = Number(request.query.get("after") ?? 0);
  const end = start + Math.min(100, Number(request.query.get("per_page") ?? 30));
  const attestations = found.slice(start, end).map((one) => attestationJson(world, one));
  const next = `${apiBase(world)}${request.path}?after=${end}`;
  return json({ attestations }, 200, end < found.length ? { link: `<${next}>; rel="next"` } : {});
}

function attestationJson(world: World, { bundle, elsewhere, repository }: Attestation): JsonObject {
  if (!elsewhere) return { bundle, repository_id: repository.id };
  const content = packed(Buffer.from(JSON.stringify(bundle)));
  const blob = { content, contentType: "application/x-snappy", fileName: "bundle.json.sn", folder: "attestations" };
  return { repository_id: repository.id, bundle_url: world.storageUrl(blob) };
}

/** Snappy's block format, without any compression: the length, and literals of at most 64 KiB. */
function packed(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let length = bytes.length;
  for (; length >= 0x80; length = Math.floor(length / 0x80)) parts.push(Buffer.from([(length & 0x7f) | 0x80]));
  parts.push(Buffer.from([length]));
  for (let at = 0; at < bytes.length; at += 0x10000) {
    const literal = bytes.subarray(at, at + 0x10000);
    const head = Buffer.from([61 << 2, 0, 0]);
    head.writeUInt16LE(literal.length - 1, 1);
    parts.push(head, literal);
  }
  return Buffer.concat(parts);
}
