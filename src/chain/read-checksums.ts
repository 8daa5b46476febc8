/** Reads the `SHA256SUMS` of a release, from whomever it comes. */

/** Longest text that is read, in bytes: a thousand assets have a tenth of a percent of it. */
export const CHECKSUMS_LIMIT = 16 * 1024 * 1024;
/** More problems than these are counted, not listed. */
const LISTED = 10;

export interface ChecksumLine {
  /** Of a file in the same folder. */
  name: string;
  /** Lower-case hex. */
  sha256: string;
}

export type ReadChecksums = { ok: true; lines: ChecksumLine[] } | { ok: false; problems: string[] };

/** Reads what `sha256sum` writes, of files of one folder. `problems`: a sentence each. Never throws. */
export function readChecksums(text: string): ReadChecksums {
  const lines: ChecksumLine[] = [];
  const problems: string[] = [];
  const seen = new Set<string>();
  text.split("\n").forEach((line, index, all) => {
    if (line === "" && index === all.length - 1) return;
    const [, digest = "", name = ""] = /^([0-9a-f]{64}) [ *](.+)$/s.exec(line) ?? [];
    const complaint = name === "" ? "is no line of sha256sum" : complainAboutName(name);
    if (complaint !== null) problems.push(`line ${index + 1} ${complaint}.`);
    else if (seen.has(name)) problems.push(`line ${index + 1} names ${name} again.`);
    else lines.push({ name, sha256: digest });
    seen.add(name);
  });
  if (problems.length === 0 && lines.length === 0) problems.push("it names no file.");
  if (problems.length > LISTED) problems.splice(LISTED, Infinity, `and ${problems.length - LISTED} more problems.`);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, lines };
}

/** Why a name is none of a file of a release; null: it is one. The name is not repeated. */
export function complainAboutName(name: string): string | null {
  if (/[/\\]/.test(name) || name === "." || name === "..") return "names a file outside of the folder";
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) return "names a file with a control character";
  return name.length > 255 ? "names a file with more than 255 characters" : null;
}
