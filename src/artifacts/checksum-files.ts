/** Checksum files inside an artifact: `SHA256SUMS`, `*.sha256` and their kin, as sha256sum, shasum and BSD's sha256 write them. */
import { posix } from "node:path";
import { ArtifactError } from "../coordinator/ports.js";
import { quoted } from "./entry-names.js";

/** Ten thousand lines of long names; more is no checksum file. */
export const LARGEST_CHECKSUM_FILE = 8 * 1024 * 1024;

const WHOLE_NAMES = new Set(["sha256sums", "sha256sums.txt", "sha256sum.txt"]);
const SUFFIX = /\.sha256(sum)?$/i;

/** Whether a path inside an artifact is that of a checksum file; upper and lower case count the same. */
export function isChecksumFile(path: string): boolean {
  const name = posix.basename(path);
  return WHOLE_NAMES.has(name.toLowerCase()) || SUFFIX.test(name);
}

export interface ChecksumLine {
  /** Path inside the artifact. */
  path: string;
  /** Lower-case hex. */
  sha256: string;
}

/**
 * Reads a checksum file at `path` of an artifact. Names in it are relative to its own directory. Known are GNU's format
 * (text and binary, with escaped names), BSD's (`SHA256 (name) = hex`) and, in `x.sha256`, a bare digest for `x`. Blank
 * lines, `#` comments and the line some tools write for the checksum file itself are passed over.
 * Throws ArtifactError on anything else, on a name outside the artifact, and on a file that names nothing: what cannot be
 * read cannot vouch for anything.
 */
export function parseChecksumFile(path: string, text: string): ChecksumLine[] {
  const found: ChecksumLine[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  let named = 0;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const parsed = parseLine(line) ?? bareDigest(path, line);
    if (parsed === null) {
      throw new ArtifactError(`Line ${index + 1} of the checksum file ${quoted(path)} is not in a known format.`);
    }
    named += 1;
    const target = resolve(path, parsed.name);
    if (target === null) {
      throw new ArtifactError(
        `Line ${index + 1} of the checksum file ${quoted(path)} names ${quoted(parsed.name)}, which is outside the artifact.`,
      );
    }
    if (target !== path) found.push({ path: target, sha256: parsed.hex.toLowerCase() });
  }
  if (named === 0) throw new ArtifactError(`The checksum file ${quoted(path)} is empty.`);
  return found;
}

interface Named {
  name: string;
  hex: string;
}

function parseLine(line: string): Named | null {
  const gnu = /^(?<escaped>\\?)(?<hex>[0-9a-f]{64}) [ *](?<name>.+)$/i.exec(line);
  const bsd = /^(?<escaped>\\?)SHA256 ?\((?<name>.+)\) ?= ?(?<hex>[0-9a-f]{64})$/i.exec(line);
  const loose = /^(?<escaped>)(?<hex>[0-9a-f]{64})[ \t]+(?<name>\S.*)$/i.exec(line);
  const groups = (gnu ?? bsd ?? loose)?.groups;
  if (groups?.name === undefined || groups.hex === undefined) return null;
  return { hex: groups.hex, name: groups.escaped === "\\" ? unescapeName(groups.name) : groups.name };
}

/** GNU's sha256sum writes a backslash before the line, and `\\`, `\n` and `\r` in the name. */
function unescapeName(name: string): string {
  return name.replace(/\\([\\nr])/g, (_, char: string) => (char === "n" ? "\n" : char === "r" ? "\r" : "\\"));
}

function bareDigest(path: string, line: string): Named | null {
  const name = posix.basename(path).replace(SUFFIX, "");
  const hex = line.trim();
  return SUFFIX.test(path) && name !== "" && /^[0-9a-f]{64}$/i.test(hex) ? { name, hex } : null;
}

/** null where the name leads out of the artifact. `-` is standard input: in `x.sha256`, x. */
function resolve(checksumPath: string, name: string): string | null {
  const meant = name === "-" && SUFFIX.test(checksumPath) ? posix.basename(checksumPath).replace(SUFFIX, "") : name;
  if (meant.startsWith("/")) return null;
  const target = posix.join(posix.dirname(checksumPath), meant);
  return target === ".." || target.startsWith("../") ? null : target;
}

/**
 * Compares the files of an artifact (digests by path) with its checksum files (lines by path). Gives, for each file, the
 * checksum files that name it and agree. Throws ArtifactError at the first disagreement and at a file that is not there.
 */
export function compareWithChecksumFiles(
  files: ReadonlyMap<string, string>,
  checksumFiles: ReadonlyMap<string, ChecksumLine[]>,
): Map<string, string[]> {
  const agreed = new Map<string, string[]>();
  const inOrder = [...checksumFiles].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [checksumPath, lines] of inOrder) {
    for (const { path, sha256 } of lines) {
      const actual = files.get(path);
      if (actual === undefined) {
        throw new ArtifactError(
          `The checksum file ${quoted(checksumPath)} names ${quoted(path)}, which is not in the artifact: upload them together, or drop the line.`,
        );
      }
      if (actual !== sha256) {
        throw new ArtifactError(
          `${quoted(path)} does not match ${quoted(checksumPath)}: SHA-256 ${sha256} expected, ${actual} found.`,
        );
      }
      const vouchers = agreed.get(path) ?? [];
      if (!vouchers.includes(checksumPath)) vouchers.push(checksumPath);
      agreed.set(path, vouchers);
    }
  }
  return agreed;
}
