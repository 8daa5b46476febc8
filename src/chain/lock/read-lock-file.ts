/** Reads `release-chain.lock.json`, from whomever it comes. */
import { z } from "zod";
import { complainAboutId } from "../config-file/config-fields.js";
import { complainAboutGitUrl, complainAboutRepo, isFullSha } from "../config-file/repository-names.js";
import { LOCK_FILE_VERSION, type LockFile } from "../lock-file.js";
import type { SourceLock } from "../run.js";

/** Longest text that is read, in characters. A lock of a thousand components with a hundred files each is 25 MB. */
export const LOCK_FILE_LIMIT = 64 * 1024 * 1024;
/** More problems than these are counted, not listed. */
const LISTED = 20;
/** More components than these in one lock are taken for a mistake. */
const MAX_COMPONENTS = 20_000;

/** `problems`: sentences without the file's name, each beginning with what it is about. */
export type ReadLock = { ok: true; lock: LockFile } | { ok: false; problems: string[] };

const text = z.string().max(10_000);
const shortText = z.string().regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{0,1000}$/u, "must be one line of at most 1,000 characters");
const hub = z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, "must be owner/repo");
const tag = z.string().regex(/^[^\s\p{Cc}]{1,250}$/u, "must be the name of a tag");
const ref = z.string().regex(/^[^\s\p{Cc}]{0,250}$/u, "must be a branch, tag or SHA");
const count = z.int().min(0);
const id = z.string().superRefine((value, context) => {
  const complaint = complainAboutId(value.slice(0, 200));
  if (complaint !== null) context.addIssue({ code: "custom", message: complaint.message });
});
const sha = z
  .string()
  .refine(isFullSha, "must be a full commit SHA: 40 or 64 hexadecimal digits")
  .transform((value) => value.toLowerCase());
const url = z.string().refine(isCloneUrl, "must be the URL of a Git repository, without a password in it");
const repo = z.string().refine(isRepository, "must be owner/name, or the URL of a Git repository");
const layer = z.string().refine(isLayerPath, "must be a folder within the repository, or `.`");

const component = z.object({
  id,
  repo,
  url,
  ref,
  refKind: z.enum(["branch", "tag", "commit"]).nullable(),
  sha,
  lockedSha: sha,
  build: z.boolean(),
  checkout: z.enum(["locked", "head"]),
  conclusion: shortText.nullable(),
  needs: z.array(id),
  layers: z.array(layer),
  workflow: shortText.nullable(),
  workflowRunId: count.nullable(),
  attempt: count.nullable(),
  runAttempt: count.nullable(),
  files: z.array(
    z.object({
      artifact: text,
      path: text,
      size: count,
      sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256"),
    }),
  ),
});

const lockSchema = z.object({
  version: z.literal(LOCK_FILE_VERSION),
  hub,
  tag,
  hubSha: sha,
  groups: z.array(z.array(id)),
  components: z.array(component).min(1, "there is no component").max(MAX_COMPONENTS),
}) satisfies z.ZodType<LockFile>;

/**
 * The sources of a lock as a request to the server brings them: by component id, each `{repo, ref, sha}`. Read by entries,
 * since a component may be called `__proto__`.
 */
export const sourceLockSchema: z.ZodType<SourceLock> = z.strictObject({
  hub,
  tag,
  components: z.preprocess(
    (value) => (typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : null),
    z
      .array(z.tuple([id, z.strictObject({ repo, ref, sha })]), "must name components by id")
      .min(1, "there is no component")
      .max(MAX_COMPONENTS)
      .transform((entries) => Object.fromEntries(entries)),
  ),
});

/** Reads a lock; keys that it does not know are left out. Never throws. */
export function readLockFile(text: string): ReadLock {
  if (text.length > LOCK_FILE_LIMIT) return refused([tooLarge(text.length)]);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return refused(["it is no JSON. Name the release-chain.lock.json of a release, as it was downloaded."]);
  }
  const version = versionOf(value);
  if (version === null)
    return refused([
      "it is no lock of release-chain: it has no version. Name the release-chain.lock.json of a release.",
    ]);
  if (version !== LOCK_FILE_VERSION)
    return refused([
      `it has version ${version}; this program reads ${LOCK_FILE_VERSION}. Use the release-chain that wrote it.`,
    ]);
  const parsed = lockSchema.safeParse(value);
  if (!parsed.success) return refused(issueSentences(parsed.error));
  const problems = inconsistencies(parsed.data);
  return problems.length > 0 ? refused(problems) : { ok: true, lock: parsed.data };
}

/** Why a file of so many bytes is not read. */
export function tooLarge(size: number): string {
  return `it has ${Math.ceil(size / 1_000_000)} MB; a lock has at most ${Math.floor(LOCK_FILE_LIMIT / 1_000_000)}.`;
}

/** What a release run that is built from a lock needs of it. */
export function sourceLock({ hub: ofHub, tag: ofTag, components }: LockFile): SourceLock {
  const sources = components.map(({ id: name, repo: from, ref: at, sha: commit }) => {
    return [name, { repo: from, ref: at, sha: commit }] as const;
  });
  return { hub: ofHub, tag: ofTag, components: Object.fromEntries(sources) };
}

function refused(problems: string[]): ReadLock {
  if (problems.length <= LISTED) return { ok: false, problems };
  const rest = problems.length - LISTED;
  return {
    ok: false,
    problems: [...problems.slice(0, LISTED), rest === 1 ? "and 1 more." : `and ${rest} more problems.`],
  };
}

function versionOf(value: unknown): number | null {
  if (typeof value !== "object" || value === null || !("version" in value)) return null;
  return typeof value.version === "number" ? value.version : null;
}

/** `components[3].sha: must be …`, each with its end. */
function issueSentences(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => {
    const place = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
    const words = message.replace(/^Invalid input: /, "").replace(/^expected \w+, received undefined$/, "is missing");
    return `${place.replace(/^\./, "")}: ${words}.`;
  });
}

function inconsistencies(lock: LockFile): string[] {
  const seen = new Set<string>();
  const problems: string[] = [];
  lock.components.forEach(({ id: name }, index) => {
    if (seen.has(name)) problems.push(`components[${index}].id: there are two components ${name}.`);
    seen.add(name);
  });
  const strangers = new Set(lock.groups.flat().filter((name) => !seen.has(name)));
  return [...problems, ...[...strangers].map((name) => `groups: there is no component ${name}.`)];
}

function isCloneUrl(value: string): boolean {
  return value.length <= 2_000 && complainAboutGitUrl(value) === null;
}

function isRepository(value: string): boolean {
  return (value.length <= 150 && value.includes("/") && complainAboutRepo(value) === null) || isCloneUrl(value);
}

/** Nothing that leads out of the repository, and nothing that a BBLAYERS or a YAML comment would take for something else. */
function isLayerPath(value: string): boolean {
  if (value === ".") return true;
  if (value.length > 1_000 || /[\p{Cc}\s"'\\$]/u.test(value)) return false;
  return value.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
