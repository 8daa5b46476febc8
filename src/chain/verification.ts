/** Whether a release is what it says: judged from what was found in its folder. */
import type { LockFile } from "./lock-file.js";
import type { ReadLock } from "./lock/read-lock-file.js";
import { LOCK_FILE_NAME, PROVENANCE_FILE_NAME, signatureName } from "./asset-names.js";
import type { ReadChecksums } from "./read-checksums.js";
import type { ReadProvenance, ReadStatement } from "./read-provenance.js";

/** good: checked, and right. bad: wrong. unchecked: it could not be checked, or there is nothing to check. */
export type Verdict = "good" | "bad" | "unchecked";

export interface Check {
  check: "checksums" | "signature" | "provenance" | "provenance-signature" | "parts" | "lock";
  verdict: Verdict;
  /** A sentence or two. */
  detail: string;
}

/** `foreign`: no file of this release run, since `SHA256SUMS` does not name it. */
export type FileState = "good" | "differs" | "missing" | "refused" | "foreign";

export interface CheckedFile {
  name: string;
  state: FileState;
  /** Bytes; null where there is no file that could be read. */
  size: number | null;
  /** As found; null where it was not read. */
  sha256: string | null;
  /** As `SHA256SUMS` says; null: it does not name the file. */
  expected: string | null;
  /** Why it was refused. */
  detail: string | null;
}

export interface Verification {
  /** Nothing is bad; if it is strict, nothing is unchecked or foreign either. */
  ok: boolean;
  /** The release run that made the files, as they say; null: they do not. */
  madeBy: { hub: string; tag: string; releaseRun: string | null } | null;
  checks: Check[];
  /** By name. */
  files: CheckedFile[];
}

/** What was found in the folder. */
export interface Findings {
  /** The name of the checksum file. */
  checksums: string;
  sums: ReadChecksums;
  /** All entries of the folder; `refused` says why one is no file that is read. `sha256`: of those that are named. */
  entries: readonly { name: string; size: number; sha256: string | null; refused: string | null }[];
  signature: Omit<Check, "check">;
  statementSignature: Omit<Check, "check">;
  /** null: there is none, or it is not as the checksums say. */
  provenance: ReadProvenance | null;
  lock: ReadLock | null;
  /** Digests of the files that are published in parts, by name; null: a part could not be read. */
  joined: ReadonlyMap<string, string | null>;
  /** The release that it should be; null: any. */
  asked: { repo: string; tag: string } | null;
  strict: boolean;
}

export function verification(found: Findings): Verification {
  const files = checkedFiles(found);
  const statement = found.provenance?.ok === true ? found.provenance.statement : null;
  const lock = found.lock?.ok === true ? found.lock.lock : null;
  const checks: Check[] = [
    checksumsCheck(found, files),
    { check: "signature", ...found.signature },
    provenanceCheck(found),
    { check: "provenance-signature", ...found.statementSignature },
    ...partsCheck(statement, found),
    lockCheck(found, statement),
  ];
  const foreign = files.some(({ state }) => state === "foreign");
  const open = foreign || checks.some(({ verdict }) => verdict === "unchecked");
  return {
    ok: !checks.some(({ verdict }) => verdict === "bad") && !(found.strict && open),
    madeBy: madeBy(statement, lock),
    checks,
    files,
  };
}

function checkedFiles({ sums, entries, checksums }: Findings): CheckedFile[] {
  const expected = new Map(sums.ok ? sums.lines.map(({ name, sha256 }) => [name, sha256]) : []);
  const own = new Set([checksums, signatureName({ checksums })]);
  const there = entries
    .filter(({ name }) => !own.has(name))
    .map(({ name, size, sha256, refused }): CheckedFile => {
      const wanted = expected.get(name) ?? null;
      const state = wanted === null ? "foreign" : refused !== null ? "refused" : sha256 === wanted ? "good" : "differs";
      return { name, state, size: refused === null ? size : null, sha256, expected: wanted, detail: refused };
    });
  const names = new Set(entries.map(({ name }) => name));
  const missing = [...expected]
    .filter(([name]) => !names.has(name))
    .map(([name, wanted]): CheckedFile => {
      return { name, state: "missing", size: null, sha256: null, expected: wanted, detail: null };
    });
  return [...there, ...missing].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function checksumsCheck({ checksums, sums }: Findings, files: readonly CheckedFile[]): Check {
  if (!sums.ok) return { check: "checksums", verdict: "bad", detail: `${checksums}: ${sums.problems.join(" ")}` };
  const wrong = files.filter(({ state }) => state !== "good" && state !== "foreign").length;
  const foreign = files.filter(({ state }) => state === "foreign").length;
  const beside =
    foreign === 0 ? "" : ` ${counted(foreign, "other file is", "other files are")} not of this release run.`;
  const named = counted(sums.lines.length, "file is", "files are");
  return wrong > 0
    ? {
        check: "checksums",
        verdict: "bad",
        detail: `${wrong} of ${sums.lines.length} files are not as ${checksums} says.${beside}`,
      }
    : { check: "checksums", verdict: "good", detail: `${named} as ${checksums} says.${beside}` };
}

function provenanceCheck(found: Findings): Check {
  const { provenance, sums, checksums, asked } = found;
  if (provenance === null) return absent("provenance", PROVENANCE_FILE_NAME, found);
  if (!provenance.ok)
    return { check: "provenance", verdict: "bad", detail: `${PROVENANCE_FILE_NAME}: ${provenance.problems.join(" ")}` };
  const { statement } = provenance;
  const problems = [...subjectProblems(statement, sums, checksums), ...releaseProblems(statement, asked)];
  if (problems.length > 0) return { check: "provenance", verdict: "bad", detail: problems.join(" ") };
  const count = (evidence: string): number =>
    statement.predicate.buildDefinition.resolvedDependencies.filter(
      ({ annotations }) => annotations?.evidence === evidence,
    ).length;
  const detail = `Made by ${statement.predicate.runDetails.builder.id}. Commits: ${count("built")} built, ${count("requested")} only requested, ${count("locked")} locked.`;
  return { check: "provenance", verdict: "good", detail };
}

/** Its subjects are what `SHA256SUMS` names, but itself. */
function subjectProblems({ subject }: ReadStatement, sums: ReadChecksums, checksums: string): string[] {
  if (!sums.ok) return [`${checksums} cannot be read, so its subjects are not held against it.`];
  const published = new Map(
    subject
      .filter(({ annotations }) => annotations?.joinedFrom === undefined)
      .map(({ name, digest }) => [name, digest.sha256]),
  );
  const named = sums.lines.filter(({ name }) => name !== PROVENANCE_FILE_NAME);
  const differing = named.filter(({ name, sha256 }) => published.get(name) !== sha256).map(({ name }) => name);
  const names = new Set(named.map(({ name }) => name));
  const extra = [...published.keys()].filter((name) => !names.has(name));
  return [
    ...(differing.length > 0 ? [`It does not say what ${checksums} says of ${some(differing)}.`] : []),
    ...(extra.length > 0 ? [`It names files that ${checksums} does not: ${some(extra)}.`] : []),
  ];
}

/** A whole, well signed set of files of another release is not the one that was asked for. */
function releaseProblems({ predicate }: ReadStatement, asked: Findings["asked"]): string[] {
  if (asked === null) return [];
  const { target } = predicate.buildDefinition.externalParameters;
  const same = target.tag === asked.tag && target.repo.toLowerCase() === asked.repo.toLowerCase();
  return same ? [] : [`It is of another release: ${target.repo}@${target.tag}, not ${asked.repo}@${asked.tag}.`];
}

/** Nothing where no file is published in parts. */
function partsCheck(statement: ReadStatement | null, { joined }: Findings): Check[] {
  const wholes = statement?.subject.filter(({ annotations }) => annotations?.joinedFrom !== undefined) ?? [];
  if (wholes.length === 0) return [];
  const wrong = wholes.filter(({ name, digest }) => joined.get(name) !== digest.sha256).map(({ name }) => name);
  return wrong.length > 0
    ? [
        {
          check: "parts",
          verdict: "bad",
          detail: `Joined from their parts they are not what they should be: ${some(wrong)}.`,
        },
      ]
    : [
        {
          check: "parts",
          verdict: "good",
          detail: `${counted(wholes.length, "file is", "files are")} whole when joined from the parts.`,
        },
      ];
}

function lockCheck(found: Findings, statement: ReadStatement | null): Check {
  const { lock } = found;
  const name = LOCK_FILE_NAME;
  if (lock === null) return absent("lock", name, found);
  if (!lock.ok) return { check: "lock", verdict: "bad", detail: `${name}: ${lock.problems.join(" ")}` };
  const problems = statement === null ? [] : contradictions(lock.lock, statement);
  const { hub, tag, components } = lock.lock;
  const files = components.reduce((sum, component) => sum + component.files.length, 0);
  return problems.length > 0
    ? { check: "lock", verdict: "bad", detail: problems.join(" ") }
    : {
        check: "lock",
        verdict: "good",
        detail: `${counted(components.length, "component", "components")} of ${hub}@${tag}, with ${counted(files, "file", "files")}.`,
      };
}

/** Where lock and provenance do not say the same of release and files. */
function contradictions({ hub, tag, components }: LockFile, { subject, predicate }: ReadStatement): string[] {
  const parameters = predicate.buildDefinition.externalParameters;
  const other = parameters.hub !== hub || parameters.tag !== tag;
  const locked = new Set(
    components.flatMap(({ id, files }) =>
      files.map(({ artifact, path, sha256 }) => JSON.stringify([id, artifact, path, sha256])),
    ),
  );
  const unknown = subject
    .filter(({ annotations: { component, artifact, path } = {}, digest }) => {
      const known = component !== undefined && artifact !== undefined && path !== undefined;
      return known && !locked.has(JSON.stringify([component, artifact, path, digest.sha256]));
    })
    .map(({ name }) => name);
  return [
    ...(other ? [`The lock is of ${hub}@${tag}, the provenance of ${parameters.hub}@${parameters.tag}.`] : []),
    ...(unknown.length > 0 ? [`The lock does not have files that the provenance names: ${some(unknown)}.`] : []),
  ];
}

/** A file that is named and not there as it should be is told with the checksums, and nothing can be read from it. */
function absent(check: "provenance" | "lock", name: string, { sums, checksums }: Findings): Check {
  const named = sums.ok && sums.lines.some((line) => line.name === name);
  return named
    ? { check, verdict: "bad", detail: `${name} is missing or not as ${checksums} says.` }
    : { check, verdict: "unchecked", detail: `The release has no ${name}.` };
}

function madeBy(statement: ReadStatement | null, lock: LockFile | null): Verification["madeBy"] {
  if (statement !== null) {
    const { externalParameters, internalParameters } = statement.predicate.buildDefinition;
    return { hub: externalParameters.hub, tag: externalParameters.tag, releaseRun: internalParameters.releaseRun };
  }
  return lock === null ? null : { hub: lock.hub, tag: lock.tag, releaseRun: null };
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
