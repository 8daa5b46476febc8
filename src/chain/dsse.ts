/** DSSE, the envelope of in-toto statements (https://github.com/secure-systems-lab/dsse, version 1.0.2). */

/** What the payload is. */
export const IN_TOTO_TYPE = "application/vnd.in-toto+json";

export interface DsseSignature {
  /** Fingerprint of the OpenPGP key, upper-case hex. */
  keyid: string;
  /** A detached OpenPGP signature over the pre-authentication encoding: its packets, not armored, in base64. */
  sig: string;
}

export interface DsseEnvelope {
  payloadType: string;
  /** Base64. */
  payload: string;
  signatures: DsseSignature[];
}

/** What is signed: type and payload with their lengths in bytes, so that neither can be taken for a piece of the other. */
export function preAuthenticationEncoding(type: string, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
}

/** The envelope of a statement as a file holds it: a line of JSON. */
export function envelopeText(payload: Uint8Array, signatures: readonly DsseSignature[]): string {
  const envelope = { payloadType: IN_TOTO_TYPE, payload: Buffer.from(payload).toString("base64"), signatures };
  return `${JSON.stringify(envelope)}\n`;
}
