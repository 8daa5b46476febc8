/** The files of a release that release-chain itself makes; they are put into the artifact store. */
import { Readable } from "node:stream";
import { LOCK_FILE_NAME, PROVENANCE_FILE_NAME, signatureName } from "../chain/asset-names.js";
import { checksumsFile } from "../chain/assets.js";
import { envelopeText, IN_TOTO_TYPE, preAuthenticationEncoding, type DsseSignature } from "../chain/dsse.js";
import { lockFile } from "../chain/lock-file.js";
import type { ReleasePlan } from "../chain/plan.js";
import { builtAt, provenance } from "../chain/provenance.js";
import type { PlannedAsset, ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { SigningError, type Signer } from "./ports.js";
import { PublishError } from "./publish-failure.js";

export type OwnFileDeps = Pick<Deps, "artifactStore" | "github" | "signer" | "version" | "webUrl">;

/**
 * All assets of a release: `assets` are those of the components; lock, provenance, checksums over all of them, and the
 * signature of the checksums are made here. Those that are uploaded last come last. Made again for the same run, lock and
 * provenance have the same bytes; a signature only with keys that allow it, but what is published is what is stored with
 * the release run before the first upload. Throws PublishError where the server cannot sign what is to be signed.
 */
export async function withOwnFiles(
  run: ReleaseRun,
  plan: ReleasePlan,
  assets: readonly PlannedAsset[],
  deps: OwnFileDeps,
  signal: AbortSignal,
): Promise<PlannedAsset[]> {
  const { checksums, provenance: proves } = plan.publish;
  const keep = (name: string, text: string): Promise<PlannedAsset> => ownAsset(name, text, deps, signal);
  const signer = signerOf(plan, deps);
  const named = [...assets, await keep(LOCK_FILE_NAME, lockFile(plan, run))];
  if (proves) named.push(await keep(PROVENANCE_FILE_NAME, await provenanceFile(run, plan, named, signer, deps)));
  const sums = checksumsFile(named);
  const all = [...named, await keep(checksums, sums)];
  if (signer === null) return all;
  const { armored } = await signed(signer, Buffer.from(sums), run);
  return [...all, { ...(await keep(signatureName(plan.publish), armored)), signedBy: signer.fingerprint }];
}

/** Whether it is uploaded only after all others are there, and were read back. */
export function isUploadedLast(
  { name }: Pick<PlannedAsset, "name">,
  { publish }: Pick<ReleasePlan, "publish">,
): boolean {
  return name === publish.checksums || name === signatureName(publish);
}

/** Null: the release is not to be signed. */
function signerOf({ publish }: ReleasePlan, { signer }: OwnFileDeps): Signer | null {
  if (!publish.sign) return null;
  if (signer === undefined)
    throw new PublishError(
      "no_signing_key",
      "the release is to be signed (publish.sign), and the server was started without SIGNING_KEY since it was planned. Start it with its key, then start the chain again.",
    );
  return signer;
}

/** The statement in its envelope; without a signature where the release is not signed. */
async function provenanceFile(
  run: ReleaseRun,
  plan: ReleasePlan,
  assets: readonly PlannedAsset[],
  signer: Signer | null,
  { github, version, webUrl }: OwnFileDeps,
): Promise<string> {
  const statement = provenance(run, plan, assets, { botLogin: await github.botLogin(), webUrl, version });
  const payload = Buffer.from(JSON.stringify(statement));
  const signatures: DsseSignature[] = [];
  if (signer !== null) {
    const { binary } = await signed(signer, preAuthenticationEncoding(IN_TOTO_TYPE, payload), run);
    signatures.push({ keyid: signer.fingerprint, sig: Buffer.from(binary).toString("base64") });
  }
  return envelopeText(payload, signatures);
}

async function signed(signer: Signer, bytes: Uint8Array, run: ReleaseRun): ReturnType<Signer["sign"]> {
  try {
    return await signer.sign(bytes, builtAt(run));
  } catch (cause) {
    if (cause instanceof SigningError) throw new PublishError("signing_failed", cause.message);
    throw cause;
  }
}

async function ownAsset(
  name: string,
  text: string,
  { artifactStore }: OwnFileDeps,
  signal: AbortSignal,
): Promise<PlannedAsset> {
  const { sha256, size } = await artifactStore.put(Readable.from([Buffer.from(text)]), signal);
  return { name, size, sha256, component: null, artifact: null, path: null };
}
