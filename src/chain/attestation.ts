/** Whose work an attestation says a file is, once its signature is verified: a handful of checks. */

/** An in-toto statement with who signed it, as the signing certificate names him. */
export interface SignedStatement {
  predicateType: string;
  /** SHA-256 of each subject, lower-case hex. */
  subjects: readonly string[];
  signer: {
    /** The OIDC issuer that vouched for the signer. */
    issuer: string | null;
    /** `https://github.com/owner/repo/.github/workflows/x.yml@ref`: the workflow whose job signed. */
    workflow: string | null;
    /** `https://github.com/owner/repo`: where the workflow run was started. */
    repository: string | null;
  };
}

/** Who should have signed. */
export interface ExpectedSigner {
  /** Of the OIDC tokens of that GitHub's workflow runs. */
  issuer: string;
  /** `https://github.com`, without `/` at the end. */
  webUrl: string;
  /** `owner/name` */
  repo: string;
  /** `.github/workflows/build.yml` */
  workflowPath: string;
}

export interface AttestationFault {
  code: "subject" | "issuer" | "repository" | "workflow";
  /** Why it does not count, as the end of a sentence. */
  message: string;
}

/** What says how something was built; other attestations, such as a bill of materials, are passed over. */
const PROVENANCE = /^https:\/\/slsa\.dev\/provenance\/v(?:0\.2|1)$/;

export function isBuildProvenance({ predicateType }: Pick<SignedStatement, "predicateType">): boolean {
  return PROVENANCE.test(predicateType);
}

/** The first thing that is wrong with a statement as proof that `expected` built what has this digest; null: it is one. */
export function findAttestationFault(
  statement: SignedStatement,
  sha256: string,
  expected: ExpectedSigner,
): AttestationFault | null {
  for (const check of [checkSubject, checkIssuer, checkRepository, checkWorkflow]) {
    const fault = check(statement, sha256, expected);
    if (fault !== null) return fault;
  }
  return null;
}

function checkSubject({ subjects }: SignedStatement, sha256: string): AttestationFault | null {
  if (subjects.includes(sha256)) return null;
  return { code: "subject", message: `it speaks of other files: no subject has the SHA-256 ${sha256}` };
}

function checkIssuer({ signer }: SignedStatement, _: string, { issuer }: ExpectedSigner): AttestationFault | null {
  if (signer.issuer === issuer) return null;
  return { code: "issuer", message: `its signer was vouched for by ${shown(signer.issuer)}, not by ${issuer}` };
}

function checkRepository({ signer }: SignedStatement, _: string, expected: ExpectedSigner): AttestationFault | null {
  const wanted = `${expected.webUrl}/${expected.repo}`;
  if (signer.repository?.toLowerCase() === wanted.toLowerCase()) return null;
  return { code: "repository", message: `it was built in ${shown(signer.repository)}, not in ${wanted}` };
}

/** Owner and name are not case-sensitive, paths are. What a reusable workflow signs is the reusable workflow's. */
function checkWorkflow({ signer }: SignedStatement, _: string, expected: ExpectedSigner): AttestationFault | null {
  const wanted = `${expected.repo}/${expected.workflowPath}`;
  const [repo, path] = workflowParts(signer.workflow, expected.webUrl);
  if (repo?.toLowerCase() === expected.repo.toLowerCase() && path === expected.workflowPath) return null;
  return { code: "workflow", message: `it was signed by ${shown(signer.workflow)}, not by the workflow ${wanted}` };
}

function workflowParts(workflow: string | null, webUrl: string): [string, string] | [] {
  const local = workflow?.startsWith(`${webUrl}/`) === true ? workflow.slice(webUrl.length + 1) : "";
  const found = /^([^/]+\/[^/]+)\/([^@]+)@.+$/.exec(local);
  return found?.[1] === undefined || found[2] === undefined ? [] : [found[1], found[2]];
}

/** The signer as it is kept with a file: `owner/repo/path@ref`. */
export function signerName({ signer }: SignedStatement, { webUrl }: Pick<ExpectedSigner, "webUrl">): string {
  const workflow = signer.workflow ?? "";
  return workflow.startsWith(`${webUrl}/`) ? workflow.slice(webUrl.length + 1) : workflow;
}

/** Names in a certificate are what somebody else wrote. */
function shown(name: string | null): string {
  return name === null ? "nobody it names" : name.replace(/[^\x20-\x7e]/g, "?").slice(0, 300);
}

/**
 * The issuer of the OIDC tokens of workflow runs: of github.com, of a company's own domain on ghe.com, or of an Enterprise
 * Server (GitHub's documentation, OpenID Connect reference).
 */
export function tokenIssuerOf(webUrl: string): string {
  const { protocol, host } = new URL(webUrl);
  if (host === "github.com") return "https://token.actions.githubusercontent.com";
  if (host.endsWith(".ghe.com")) return `https://token.actions.${host}`;
  return `${protocol}//${host}/_services/token`;
}

/** Predicate type and subjects of an in-toto statement (v0.1 or v1), as JSON; null where it is none. */
export function readStatement(json: unknown): Pick<SignedStatement, "predicateType" | "subjects"> | null {
  if (!isObject(json) || !/^https:\/\/in-toto\.io\/Statement\/v(?:0\.1|1)$/.test(String(json["_type"]))) return null;
  const { predicateType, subject } = json;
  if (typeof predicateType !== "string" || !Array.isArray(subject)) return null;
  const subjects = subject.flatMap((one: unknown) => {
    const digest = isObject(one) && isObject(one["digest"]) ? one["digest"]["sha256"] : undefined;
    return typeof digest === "string" ? [digest.toLowerCase()] : [];
  });
  return { predicateType, subjects };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
