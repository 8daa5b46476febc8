/** Checks the files of a release in a folder: checksums, signature, provenance, parts and lock. */
import { createHash } from "node:crypto";
import { IN_TOTO_TYPE, preAuthenticationEncoding } from "../chain/dsse.js";
import { LOCK_FILE_LIMIT, readLockFile, type ReadLock } from "../chain/lock/read-lock-file.js";
import { LOCK_FILE_NAME, PROVENANCE_FILE_NAME, signatureName } from "../chain/asset-names.js";
import { CHECKSUMS_LIMIT, complainAboutName, readChecksums, type ReadChecksums } from "../chain/read-checksums.js";
import { PROVENANCE_LIMIT, readProvenance, type ReadProvenance } from "../chain/read-provenance.js";
import { verification, type Check, type Findings, type Verification } from "../chain/verification.js";
import { checkSignature, type TrustedKeys } from "./openpgp-check.js";
import { digestOf, listFolder, readSmall, type FolderEntry } from "./release-folder.js";

const SIGNATURE_LIMIT = 1024 * 1024;

export interface FolderCheck {
  /** Absolute. */
  dir: string;
  /** Name of the checksum file. */
  checksums: string;
  /** null: signatures cannot be checked. */
  trusted: TrustedKeys | null;
  /** A signature is asked for: a release without one is wrong. */
  mustBeSigned: boolean;
  asked: Findings["asked"];
  strict: boolean;
  signal: AbortSignal;
}

/** Checks a folder. Throws a usage error where it is none; all else is told in what it gives. */
export async function verifyFolder(check: FolderCheck): Promise<Verification> {
  const { dir, checksums, asked, strict } = check;
  const entries = await listFolder(dir);
  const read = await readNamed(dir, checksums, CHECKSUMS_LIMIT, entries);
  const sums: ReadChecksums =
    typeof read === "string" ? { ok: false, problems: [read] } : readChecksums(read.toString("utf8"));
  const provenance = await ownFile(check, sums, entries, PROVENANCE_FILE_NAME, PROVENANCE_LIMIT);
  const statement = provenance === null ? null : readProvenance(provenance.toString("utf8"));
  const lock = await ownFile(check, sums, entries, LOCK_FILE_NAME, LOCK_FILE_LIMIT);
  const { digests, joined } = await digestsOf(check, sums, entries, statement);
  return verification({
    checksums,
    sums,
    entries: entries.map((entry) => ({ ...entry, sha256: digests.get(entry.name) ?? null })),
    signature: await sumsSignature(check, typeof read === "string" ? null : read, entries),
    statementSignature: await statementSignature(check, statement),
    provenance: statement,
    lock: lock === null ? null : lockOf(lock),
    joined,
    asked,
    strict,
  });
}

function lockOf(bytes: Buffer): ReadLock {
  return readLockFile(bytes.toString("utf8"));
}

/** The bytes, or a sentence why there are none. */
async function readNamed(
  dir: string,
  name: string,
  limit: number,
  entries: readonly FolderEntry[],
): Promise<Buffer | string> {
  const entry = entries.find((one) => one.name === name);
  if (entry === undefined) return "there is no such file.";
  return entry.refused === null ? readSmall(dir, name, limit) : `${entry.refused}.`;
}

/** A file that the checksums name, and only as they say; null: nothing can be read from it. */
async function ownFile(
  { dir }: FolderCheck,
  sums: ReadChecksums,
  entries: readonly FolderEntry[],
  name: string,
  limit: number,
): Promise<Buffer | null> {
  const expected = sums.ok ? sums.lines.find((line) => line.name === name)?.sha256 : undefined;
  if (expected === undefined) return null;
  const bytes = await readNamed(dir, name, limit, entries);
  if (typeof bytes === "string") return null;
  return createHash("sha256").update(bytes).digest("hex") === expected ? bytes : null;
}

interface Digests {
  digests: Map<string, string | null>;
  joined: Map<string, string | null>;
}

/** Of all named files; those of parts are read once for the part and for the whole. */
async function digestsOf(
  { dir, signal }: FolderCheck,
  sums: ReadChecksums,
  entries: readonly FolderEntry[],
  provenance: ReadProvenance | null,
): Promise<Digests> {
  const digests = new Map<string, string | null>();
  const joined = new Map<string, string | null>();
  const readable = new Set(entries.filter(({ refused }) => refused === null).map(({ name }) => name));
  for (const { name, annotations } of provenance?.ok === true ? provenance.statement.subject : []) {
    const parts = annotations?.joinedFrom;
    if (parts === undefined) continue;
    const whole = createHash("sha256");
    let complete = true;
    for (const part of parts) {
      // No part is one of two files, or twice of one: whoever says so would have it read again and again.
      const usable = complainAboutName(part) === null && readable.has(part) && !digests.has(part);
      const digest = usable ? await digestOf(dir, part, signal, whole) : null;
      if (usable) digests.set(part, digest);
      complete &&= digest !== null;
    }
    joined.set(name, complete ? whole.digest("hex") : null);
  }
  for (const { name } of sums.ok ? sums.lines : [])
    if (!digests.has(name) && readable.has(name)) digests.set(name, await digestOf(dir, name, signal));
  return { digests, joined };
}

const NO_KEY = "not checked: no key. Give the public key with --key, or a server's address in RELEASE_CHAIN_URL.";

async function sumsSignature(
  { dir, checksums, trusted, mustBeSigned }: FolderCheck,
  sums: Buffer | null,
  entries: readonly FolderEntry[],
): Promise<Omit<Check, "check">> {
  const name = signatureName({ checksums });
  if (!entries.some((entry) => entry.name === name))
    return { verdict: mustBeSigned ? "bad" : "unchecked", detail: `The release is not signed: it has no ${name}.` };
  if (trusted === null) return { verdict: "unchecked", detail: `${name}: ${NO_KEY}` };
  if (sums === null) return { verdict: "bad", detail: `${name}: there is no ${checksums} that it could be of.` };
  const text = await readNamed(dir, name, SIGNATURE_LIMIT, entries);
  if (typeof text === "string") return { verdict: "bad", detail: `${name}: ${text}` };
  const result = await checkSignature(sums, text.toString("utf8"), trusted);
  return result.kind === "good"
    ? { verdict: "good", detail: `${checksums} is signed by ${result.fingerprint}.` }
    : { verdict: "bad", detail: `${name}: ${result.words}` };
}

async function statementSignature(
  { trusted, mustBeSigned }: FolderCheck,
  provenance: ReadProvenance | null,
): Promise<Omit<Check, "check">> {
  if (provenance?.ok !== true) return { verdict: "unchecked", detail: "There is no provenance that could be signed." };
  const { envelope, payload } = provenance;
  if (envelope.signatures.length === 0)
    return { verdict: mustBeSigned ? "bad" : "unchecked", detail: "The provenance is not signed." };
  if (trusted === null) return { verdict: "unchecked", detail: `The provenance's signature is ${NO_KEY}` };
  const signed = preAuthenticationEncoding(IN_TOTO_TYPE, payload);
  let words = "";
  for (const { sig } of envelope.signatures) {
    const result = await checkSignature(signed, Buffer.from(sig, "base64"), trusted);
    if (result.kind === "good")
      return { verdict: "good", detail: `The provenance is signed by ${result.fingerprint}.` };
    words = result.words;
  }
  return { verdict: "bad", detail: `The provenance's signature: ${words}` };
}
