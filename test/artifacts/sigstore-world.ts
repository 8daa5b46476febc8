/** Sigstore instances of our own: certificates, logs and time stamps as real ones give them, and whom to trust. */
import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyPairKeyObjectResult } from "node:crypto";
import { X509Certificate } from "@sigstore/core";
import { initializeCA, initializeTLog, initializeTSA } from "@sigstore/mock";
import type { TrustMaterial } from "@sigstore/verify";
import type { SigstoreTrust } from "../../src/artifacts/attestation-signature.js";
import type { JsonObject } from "../../src/sandbox/types.js";

const REKOR = "https://rekor.sigstore.dev";
const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const ISSUER = "1.3.6.1.4.1.57264.1.8";
const SOURCE_REPOSITORY = "1.3.6.1.4.1.57264.1.12";

export interface Signing {
  /** The SHA-256s of the subjects. */
  subjects: string[];
  webUrl?: string;
  repo?: string;
  issuer?: string;
  /** With its repository and ref; default: build.yml of `repo` at main. */
  workflow?: string;
  predicateType?: string;
  payloadType?: string;
  /** Says something else than what was signed. */
  forged?: (payload: Buffer) => Buffer;
}

export interface SigstoreWorld {
  trust: SigstoreTrust;
  /** As GitHub gives it for a public repository: with an entry in the log. */
  publicBundle(signing: Signing): Promise<JsonObject>;
  /** For a private one: with a time stamp, and in no log. */
  privateBundle(signing: Signing): Promise<JsonObject>;
}

export async function startSigstore(): Promise<SigstoreWorld> {
  const keys = () => generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const ctLog = certificateLog(keys());
  const publicCa = await initializeCA(keys(), ctLog);
  // Its time stamps are read in whole seconds only, and have to lie within what certificates are valid for.
  const clock = new Date(Math.ceil(Date.now() / 1000) * 1000 + 2_000);
  const privateCa = await initializeCA(keys(), undefined, clock);
  const tlog = await initializeTLog(REKOR, keys());
  const tsa = await initializeTSA(keys(), clock);
  const material: Record<"public" | "github", TrustMaterial> = {
    public: trustMaterial([[publicCa.rootCertificate]], [], [tlog.publicKey], [ctLog.publicKey]),
    github: trustMaterial([[privateCa.rootCertificate]], [[tsa.intCertificate, tsa.rootCertificate]], [], []),
  };

  async function sealed(ca: typeof publicCa, signing: Signing) {
    const { webUrl = "https://github.com", repo = "acme/base" } = signing;
    const { issuer = "https://token.actions.githubusercontent.com" } = signing;
    const { workflow = `${repo}/.github/workflows/build.yml@refs/heads/main` } = signing;
    const key = keys();
    const certificate = await ca.issueCertificate({
      publicKey: key.publicKey.export({ format: "der", type: "spki" }),
      subjectAltName: `${webUrl}/${workflow}`,
      extensions: [
        { oid: ISSUER, value: issuer },
        { oid: SOURCE_REPOSITORY, value: `${webUrl}/${repo}` },
      ],
    });
    const payload = Buffer.from(JSON.stringify(statement(signing)));
    const payloadType = signing.payloadType ?? PAYLOAD_TYPE;
    const toSign = Buffer.concat([
      Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `),
      payload,
    ]);
    const signature = sign("sha256", toSign, key.privateKey);
    const shown = signing.forged?.(payload) ?? payload;
    const dsseEnvelope = {
      payload: shown.toString("base64"),
      payloadType,
      signatures: [{ sig: signature.toString("base64"), keyid: "" }],
    };
    return { payload, signature, certificate, dsseEnvelope };
  }

  function bundle(certificate: Buffer, dsseEnvelope: JsonObject, more: JsonObject): JsonObject {
    return {
      mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      verificationMaterial: { certificate: { rawBytes: certificate.toString("base64") }, ...more },
      dsseEnvelope,
    };
  }

  return {
    trust: (instance) => Promise.resolve(material[instance]),
    async publicBundle(signing) {
      const { payload, signature, certificate, dsseEnvelope } = await sealed(publicCa, signing);
      const digest = createHash("sha256").update(payload).digest("hex");
      const entry = {
        apiVersion: "0.0.1",
        kind: "dsse",
        spec: {
          payloadHash: { algorithm: "sha256", value: digest },
          signatures: [{ signature: signature.toString("base64"), verifier: certificate.toString("base64") }],
        },
      };
      const logged = Object.values((await tlog.log(entry)) as Record<string, Logged>)[0];
      if (logged === undefined) throw new Error("the log took nothing");
      const { inclusionProof: proof, signedEntryTimestamp } = logged.verification;
      const tlogEntry = {
        logIndex: String(logged.logIndex),
        logId: { keyId: Buffer.from(logged.logID, "hex").toString("base64") },
        kindVersion: { kind: "dsse", version: "0.0.1" },
        integratedTime: String(logged.integratedTime),
        inclusionPromise: { signedEntryTimestamp },
        inclusionProof: {
          logIndex: String(proof.logIndex),
          rootHash: Buffer.from(proof.rootHash, "hex").toString("base64"),
          treeSize: String(proof.treeSize),
          hashes: proof.hashes.map((hash) => Buffer.from(hash, "hex").toString("base64")),
          checkpoint: { envelope: proof.checkpoint },
        },
        canonicalizedBody: logged.body,
      };
      return bundle(certificate, dsseEnvelope, { tlogEntries: [tlogEntry] });
    },
    async privateBundle(signing) {
      const { signature, certificate, dsseEnvelope } = await sealed(privateCa, signing);
      const stamp = await tsa.timestamp({
        artifactHash: createHash("sha256").update(signature).digest(),
        hashAlgorithmOID: "2.16.840.1.101.3.4.2.1",
        nonce: 1,
        policyOID: "1.3.6.1.4.1.57264.2",
      });
      const rfc3161Timestamps = [{ signedTimestamp: stamp.toString("base64") }];
      return bundle(certificate, dsseEnvelope, { tlogEntries: [], timestampVerificationData: { rfc3161Timestamps } });
    },
  };
}

/** What @sigstore/mock's log answers, as Rekor does. */
interface Logged {
  body: string;
  integratedTime: number;
  logID: string;
  logIndex: number;
  verification: {
    signedEntryTimestamp: string;
    inclusionProof: { logIndex: number; rootHash: string; treeSize: number; hashes: string[]; checkpoint: string };
  };
}

/** A log of certificates (RFC 6962, 3.2): @sigstore/mock's leaves the signature out of its own time stamps. */
function certificateLog({ publicKey, privateKey }: KeyPairKeyObjectResult) {
  const der = publicKey.export({ format: "der", type: "spki" });
  const logID = createHash("sha256").update(der).digest();
  const number = (value: number, bytes: number): Buffer => {
    const buffer = Buffer.alloc(bytes);
    buffer.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(6, bytes));
    return buffer;
  };
  return {
    publicKey: der,
    logID,
    log(certificate: ArrayBuffer, issuerID: ArrayBuffer): Promise<ArrayBuffer> {
      const tbs = X509Certificate.parse(Buffer.from(certificate)).tbsCertificate.toDER();
      const at = number(Date.now(), 8);
      const entry = [number(1, 2), Buffer.from(issuerID), number(tbs.length, 3), tbs, number(0, 2)];
      const signature = sign("sha256", Buffer.concat([Buffer.from([0, 0]), at, ...entry]), privateKey);
      const head = [Buffer.from([0]), logID, at, number(0, 2), Buffer.from([4, 3]), number(signature.length, 2)];
      const stamp = Buffer.concat([...head, signature]);
      return Promise.resolve(new Uint8Array(Buffer.concat([number(stamp.length, 2), stamp])).buffer);
    },
  };
}

function statement({ subjects, predicateType = "https://slsa.dev/provenance/v1" }: Signing): JsonObject {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: subjects.map((sha256, index) => ({ name: `file-${index}`, digest: { sha256 } })),
    predicateType,
    predicate: {},
  };
}

function trustMaterial(cas: Buffer[][], tsas: Buffer[][], tlogs: Buffer[], ctlogs: Buffer[]): TrustMaterial {
  const validFor = { start: new Date(Date.now() - 3_600_000), end: new Date(Date.now() + 3_600_000) };
  const authority = (chain: Buffer[]) => ({
    certChain: chain.map((certificate) => X509Certificate.parse(Buffer.from(certificate))),
    validFor,
  });
  const log = (publicKey: Buffer) => ({
    baseURL: REKOR,
    logID: createHash("sha256").update(publicKey).digest(),
    publicKey: createPublicKey({ key: publicKey, format: "der", type: "spki" }),
    validFor,
  });
  const never = (): never => {
    throw new Error("nothing is signed with a key alone");
  };
  return {
    certificateAuthorities: cas.map(authority),
    timestampAuthorities: tsas.map(authority),
    tlogs: tlogs.map(log),
    ctlogs: ctlogs.map(log),
    publicKey: never,
  };
}
