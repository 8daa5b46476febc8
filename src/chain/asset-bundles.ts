/** One archive a component, where a release would have more files than GitHub takes. */
import { githubAssetName } from "./asset-names.js";
import type { AssetSource } from "./assets.js";
import { foldName } from "./fold-name.js";

/** A file in a bundle. */
export interface BundleEntry {
  /** `artifact/path`: within a component no two are equal. */
  path: string;
  size: number;
  /** Lower-case hex. */
  sha256: string;
}

export interface Bundle {
  component: string;
  name: string;
  /** Bytes of the archive. */
  size: number;
  /** In the order of the archive: by path. */
  entries: BundleEntry[];
}

/** All files of each component in one archive, `${component}.zip`. */
export function bundlesOf(sources: readonly AssetSource[]): Bundle[] {
  const byComponent = new Map<string, BundleEntry[]>();
  for (const { component, artifact, path, size, sha256 } of sources) {
    const entries = byComponent.get(component) ?? [];
    byComponent.set(component, entries);
    entries.push({ path: `${artifact}/${path}`, size, sha256 });
  }
  return [...byComponent].map(([component, files]) => {
    const entries = files.sort((a, b) => (a.path < b.path ? -1 : 1));
    return { component, name: githubAssetName(`${component}.zip`), size: bundleSize(entries), entries };
  });
}

/** Paths that an archive may not hold, as they would lead out of the folder that it is unpacked in. */
export function unsafePaths({ entries }: Bundle): string[] {
  return entries
    .map(({ path }) => path)
    .filter((path) => /\\|^[A-Za-z]:/.test(path) || path.split("/").some((part) => ["", ".", ".."].includes(part)));
}

/** Names of artifacts that would be one folder where upper and lower case are not told apart; each list has two or more, sorted. */
export function twinArtifacts({ entries }: Bundle): string[][] {
  const names = new Set(entries.map(({ path }) => path.slice(0, path.indexOf("/"))));
  const byFolder = new Map<string, string[]>();
  for (const name of [...names].sort()) byFolder.set(foldName(name), [...(byFolder.get(foldName(name)) ?? []), name]);
  return [...byFolder.values()].filter(({ length }) => length > 1);
}

/** The largest number that a field of 32 bits holds and that does not stand for "see the zip64 field". */
const LARGEST_32 = 0xfffffffe;
const LOCAL_HEADER = 30;
const DESCRIPTOR = 16;
const CENTRAL_RECORD = 46;
const END_RECORD = 22;
/** What zip64 adds to a descriptor, to a central record, and before the end record (APPNOTE.TXT 4.3.9, 4.5.3, 4.3.14, 4.3.15). */
const ZIP64_DESCRIPTOR = 8;
const ZIP64_FIELD = 28;
const ZIP64_END_RECORDS = 56 + 20;
const MOST_ENTRIES = 0xfffe;

/**
 * Bytes of the archive that `src/coordinator/bundle.ts` makes of the entries: stored, not compressed, with a data descriptor
 * after each file. Known before a byte is read, so that what is too large is refused, or its parts are named, in time.
 */
export function bundleSize(entries: readonly BundleEntry[]): number {
  let offset = 0;
  let directory = 0;
  for (const { path, size } of entries) {
    const name = utf8Length(path);
    const isLarge = size > LARGEST_32 || offset > LARGEST_32;
    offset += LOCAL_HEADER + name + size + DESCRIPTOR + (isLarge ? ZIP64_DESCRIPTOR : 0);
    directory += CENTRAL_RECORD + name + (isLarge ? ZIP64_FIELD : 0);
  }
  const isLarge = entries.length > MOST_ENTRIES || directory > LARGEST_32 || offset > LARGEST_32;
  return offset + directory + END_RECORD + (isLarge ? ZIP64_END_RECORDS : 0);
}

function utf8Length(text: string): number {
  let length = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}
