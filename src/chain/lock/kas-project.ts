/**
 * A lock as a project of kas (https://kas.readthedocs.io, "Project Configuration"): every repository at its commit, with its
 * layers. What release-chain does not know, it leaves out and says so in a comment.
 */
import { Document, isMap, isScalar, type YAMLMap } from "yaml";
import type { LockFile } from "../lock-file.js";
import { listWords } from "../words.js";
import { lockedRepositories, type LockedRepository } from "./locked-repositories.js";

/** The first version of kas's format that knows `commit`, `branch` and `tag`: kas 4.1 and later read it. */
const KAS_FORMAT = 15;

interface KasRepository {
  url: string;
  commit: string;
  branch?: string;
  tag?: string;
  layers?: Record<string, null | "disabled">;
}

/**
 * The text of the project file: YAML 1.1, as kas reads it. The same lock gives the same bytes; repositories by name, which is
 * also the order in which kas names their layers in `bblayers.conf`.
 */
export function kasProject(lock: LockFile): string {
  const repositories = lockedRepositories(lock);
  const repos = Object.fromEntries(repositories.map((repository) => [repository.name, kasRepository(repository)]));
  const document = new Document(
    { header: { version: KAS_FORMAT }, repos },
    { version: "1.1", aliasDuplicateObjects: false },
  );
  document.commentBefore = comment(preamble(lock, repositories));
  const map = document.get("repos");
  if (isMap(map)) annotate(map, new Map(repositories.map((repository) => [repository.name, repository])));
  return document.toString({ lineWidth: 0 });
}

function kasRepository({ url, sha, ref, layers }: LockedRepository): KasRepository {
  return {
    url,
    commit: sha,
    ...(ref?.kind === "branch" && { branch: ref.name }),
    ...(ref?.kind === "tag" && { tag: ref.name }),
    ...(layers !== null && { layers: kasLayers(layers) }),
  };
}

/** kas takes the root of a repository for a layer unless it is told of others. */
function kasLayers(layers: string[]): Record<string, null | "disabled"> {
  if (layers.length === 0) return { ".": "disabled" };
  return Object.fromEntries(layers.map((layer) => [layer, null]));
}

function preamble({ hub, tag, hubSha }: LockFile, repositories: LockedRepository[]): string[] {
  const bitbake = repositories.some(({ name }) => /^(?:bitbake|poky)$/i.test(name));
  return [
    `The sources of ${hub}@${tag} (commit ${hubSha}), each pinned to the commit of the release.`,
    "`kas checkout` with this file gets them. To build, add what the release's workflows set:",
    "  machine, distro and target, and local_conf_header where they change local.conf.",
    ...(bitbake
      ? []
      : ["BitBake itself is not among these repositories, as far as their names tell: add it to repos."]),
  ];
}

function annotate(repos: YAMLMap, byName: ReadonlyMap<string, LockedRepository>): void {
  for (const { key } of repos.items) {
    if (!isScalar(key)) continue;
    const repository = byName.get(String(key.value));
    const notes = repository === undefined ? [] : notesOf(repository);
    if (notes.length > 0) key.commentBefore = comment(notes);
  }
}

function notesOf({ name, components, ref, layers, otherCommits }: LockedRepository): string[] {
  const own = components.length === 1 && components[0] === name;
  return [
    ...(own ? [] : [`component${components.length === 1 ? "" : "s"} ${listWords(components, 12)}`]),
    ...(ref?.kind === null ? [`from ${ref.name}`] : []),
    ...(otherCommits
      ? [
          "the same repository is here at another commit too: a build takes one of them, set the layers of the other to disabled",
        ]
      : []),
    ...(layers === null ? ["its layers are not known: kas takes its root for one; name them under layers"] : []),
  ];
}

/** Lines as the yaml package wants comments: each begins with the blank that follows `#`. */
function comment(lines: string[]): string {
  return lines.map((line) => ` ${line.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")}`).join("\n");
}
