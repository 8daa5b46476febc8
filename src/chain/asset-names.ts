/** Names of a release's assets: GitHub's rules for them, and those that are release-chain's own. */
import type { PublishRules } from "./config.js";

export const LOCK_FILE_NAME = "release-chain.lock.json";
export const PROVENANCE_FILE_NAME = "provenance.intoto.jsonl";

/**
 * The name GitHub gives an uploaded asset: runs of characters outside `[A-Za-z0-9._-]` and of dots become one dot, dots at
 * the ends go, and `default.` is put before a name that began with a dot or lost its only dots that way (`.config` is
 * `default.config`). GitHub documents only that it renames; the rule is the one its command-line client reproduces
 * (cli/cli, release upload). It keeps `+` and `@` too, and turns `é` to `e`; here they become dots, since such a name is
 * left alone by GitHub whatever it does with those.
 */
export function githubAssetName(name: string): string {
  const started = name.startsWith(".") ? `default${name}` : name;
  const dotted = started.replace(/[^A-Za-z0-9_-]+/g, ".").replace(/^\.|\.$/g, "");
  if (dotted === "") return "default";
  return dotted !== name && !dotted.includes(".") ? `default.${dotted}` : dotted;
}

/** What release-chain adds to a release. */
export function ownAssetNames({ checksums, provenance, sign }: PublishRules): string[] {
  return [
    checksums,
    LOCK_FILE_NAME,
    ...(provenance ? [PROVENANCE_FILE_NAME] : []),
    ...(sign ? [`${checksums}.asc`] : []),
  ];
}

/** Whether no other file may have the name: it is one of release-chain's own, or would be with other settings. */
export function isReservedName(name: string, { checksums }: PublishRules): boolean {
  const reserved = [checksums, `${checksums}.asc`, "SHA256SUMS.asc", LOCK_FILE_NAME, PROVENANCE_FILE_NAME];
  return reserved.some((own) => own.toLowerCase() === name.toLowerCase());
}

/** What is wrong with the name of the checksum file, in words. */
export function checksumNameProblems({ checksums }: PublishRules, longest: number): string[] {
  const taken = [LOCK_FILE_NAME, PROVENANCE_FILE_NAME].includes(checksums.toLowerCase());
  if (!taken && githubAssetName(checksums) === checksums && checksums.length <= longest) return [];
  const why = taken ? "is the name of another file of the release" : `would be renamed by GitHub`;
  return [`publish.checksums "${checksums}" ${why}: choose another name of letters, digits, ".", "_" and "-".`];
}
