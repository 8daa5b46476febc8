/** Verifies the signatures of attestation bundles with Sigstore's own library: certificate, log, time stamp. */
import type { TrustMaterial } from "@sigstore/verify";
import { readStatement, type SignedStatement } from "../chain/attestation.js";

/** Sigstore's public instance signs for public repositories, GitHub's own, which keeps no public log, for private ones. */
export type SigstoreInstance = "public" | "github";

/** Whom to trust. Throws TrustError where that cannot be found out. */
export type SigstoreTrust = (instance: SigstoreInstance) => Promise<TrustMaterial>;

/** A bundle is none, or its signature proves nothing. */
export class AttestationError extends Error {
  override readonly name = "AttestationError";
  constructor(
    readonly code: "bundle" | "signature" | "statement",
    /** Why, as the end of a sentence. */
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const PAYLOAD_TYPE = "application/vnd.in-toto+json";
/** How many entries of a log, signed times and entries of a certificate log each instance gives. */
const THRESHOLDS: Record<
  SigstoreInstance,
  { tlogThreshold: number; timestampThreshold: number; ctlogThreshold: number }
> = {
  public: { tlogThreshold: 1, timestampThreshold: 1, ctlogThreshold: 1 },
  github: { tlogThreshold: 0, timestampThreshold: 1, ctlogThreshold: 0 },
};
// Fulcio's certificate extensions (github.com/sigstore/fulcio, docs/oid-info.md).
const ISSUER = "1.3.6.1.4.1.57264.1.8";
const SOURCE_REPOSITORY = "1.3.6.1.4.1.57264.1.12";

/** What a bundle states and who signed it, once all of its signatures are verified. Throws AttestationError, TrustError. */
export async function verifyBundle(
  bundle: unknown,
  instance: SigstoreInstance,
  trust: SigstoreTrust,
): Promise<SignedStatement> {
  const { bundleFromJSON, isBundleWithDsseEnvelope } = await import("@sigstore/bundle");
  const { toSignedEntity, Verifier } = await import("@sigstore/verify");
  const parsed = orRefused("bundle", "it is no Sigstore bundle", () => bundleFromJSON(bundle));
  if (!isBundleWithDsseEnvelope(parsed)) throw new AttestationError("bundle", "it holds no signed statement");
  const { payload, payloadType } = parsed.content.dsseEnvelope;
  const material = await trust(instance);
  const signer = orRefused("signature", "its signature does not hold", () =>
    new Verifier(material, THRESHOLDS[instance]).verify(toSignedEntity(parsed)),
  );
  const statement = payloadType === PAYLOAD_TYPE ? readStatement(parseJson(payload)) : null;
  if (statement === null) throw new AttestationError("statement", "what is signed is no in-toto statement");
  const { subjectAlternativeName = null, oids = [] } = signer.identity ?? {};
  const values = new Map(oids.map(({ oid, value }) => [oid?.id.join("."), utf8String(Buffer.from(value))]));
  return {
    ...statement,
    signer: {
      issuer: values.get(ISSUER) ?? null,
      workflow: subjectAlternativeName,
      repository: values.get(SOURCE_REPOSITORY) ?? null,
    },
  };
}

function orRefused<T>(code: AttestationError["code"], words: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new AttestationError(code, `${words}: ${detail}`, { cause });
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return null; // is no statement
  }
}

/** The text of a DER UTF8String; null where the bytes are none. */
function utf8String(der: Buffer): string | null {
  if (der[0] !== 0x0c) return null;
  const first = der[1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  if (lengthBytes > 2) return null;
  const length = lengthBytes === 0 ? first : der.readUIntBE(2, lengthBytes);
  const text = der.subarray(2 + lengthBytes);
  return text.length === length ? text.toString("utf8") : null;
}
