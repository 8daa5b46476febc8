/** Which artifacts of a component, and which files in them, its configuration asks for. */
import type { ArtifactRules } from "./config.js";
import { matchesAnyName, matchesAnyPath } from "./globs.js";

export function isWantedArtifact(rules: Pick<ArtifactRules, "include" | "exclude">, name: string): boolean {
  return matchesAnyName(rules.include, name) && !matchesAnyName(rules.exclude, name);
}

/** `path` is that inside the artifact. */
export function isWantedFile(rules: Pick<ArtifactRules, "files" | "exclude">, path: string): boolean {
  return matchesAnyPath(rules.files, path) && !matchesAnyPath(rules.exclude, path);
}
