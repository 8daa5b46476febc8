/** Holds the files of an artifact against GitHub's attestations of what built them. */
import { findAttestationFault, isBuildProvenance, signerName, type ExpectedSigner } from "../chain/attestation.js";
import type { CollectedFile } from "../chain/run.js";
import { ArtifactError, type AttestationRequest } from "../coordinator/ports.js";
import { AttestationError, verifyBundle, type SigstoreTrust } from "./attestation-signature.js";
import { quoted } from "./entry-names.js";

export interface Attested {
  /** Of the artifact as it was downloaded. */
  sha256: string;
  files: readonly CollectedFile[];
}

/**
 * The files with `attestedBy`. An attestation of the artifact as a whole counts for all its files, and one statement for
 * all that it names, so that few are asked for. Throws ArtifactError naming the file where one is attested by nobody and
 * has to be, or only in ways that prove nothing: somebody else's signature is worse than none.
 */
export async function attestFiles(
  { sha256, files }: Attested,
  request: AttestationRequest,
  trust: SigstoreTrust,
): Promise<CollectedFile[]> {
  const search = new Search(request, trust);
  const whole = await search.builderOf(sha256, "The artifact");
  const attested: CollectedFile[] = [];
  for (const file of files) {
    const attestedBy = whole ?? (await search.builderOf(file.sha256, quoted(file.path)));
    if (attestedBy === null && request.required) throw new ArtifactError(missingWords(file.path, request.expected));
    attested.push({ ...file, attestedBy });
  }
  return attested;
}

function missingWords(path: string, { repo }: ExpectedSigner): string {
  return `${quoted(path)} has no attestation of its build in ${repo}, which artifacts.attestation: required asks for. Have the workflow attest it (actions/attest-build-provenance), or set if-present.`;
}

class Search {
  readonly #request: AttestationRequest;
  readonly #trust: SigstoreTrust;
  /** By SHA-256: the workflow that built it; null: it was asked for, and there is none. */
  readonly #known = new Map<string, string | null>();

  constructor(request: AttestationRequest, trust: SigstoreTrust) {
    this.#request = request;
    this.#trust = trust;
  }

  async builderOf(sha256: string, what: string): Promise<string | null> {
    const known = this.#known.get(sha256);
    if (known !== undefined) return known;
    this.#known.set(sha256, null);
    const reasons: string[] = [];
    for (const bundle of await this.#request.bundles(sha256)) {
      const reason = await this.#judge(bundle, sha256);
      if (reason === null) return this.#known.get(sha256) ?? null;
      if (reason.counts) reasons.push(reason.words);
    }
    if (reasons.length === 0) return null;
    throw new ArtifactError(
      `${what} is attested, but no attestation shows that ${this.#request.expected.repo} built it: ${[...new Set(reasons)].join("; ")}.`,
    );
  }

  /** null: it is proof, and known now for all that it names. */
  async #judge(bundle: unknown, sha256: string): Promise<{ counts: boolean; words: string } | null> {
    const { instance, expected } = this.#request;
    try {
      const statement = await verifyBundle(bundle, instance, this.#trust);
      if (!isBuildProvenance(statement)) return { counts: false, words: "" };
      const fault = findAttestationFault(statement, sha256, expected);
      if (fault !== null) return { counts: true, words: fault.message };
      for (const subject of statement.subjects) this.#known.set(subject, signerName(statement, expected));
      return null;
    } catch (error) {
      if (!(error instanceof AttestationError)) throw error;
      return { counts: true, words: error.message };
    }
  }
}
