/** Texts of files by the SHA of their blob: from the database where they were read before, else from GitHub, then kept. */
import pLimit from "p-limit";
import type { Deps } from "./deps.js";
import { GitHubError } from "./ports.js";
import type { TreeEntry } from "./ports.js";
import type { RepositorySource } from "./repository-tree.js";

export interface LayerTexts {
  /** Reads these files, each blob once. Throws GitHubError; what was read until then is kept all the same. */
  load(files: readonly TreeEntry[]): Promise<void>;
  /** The text of a file that was loaded. */
  text(file: TreeEntry): string;
}

const AT_ONCE = 8;

export function createLayerTexts(
  source: RepositorySource,
  { github, store, clock }: Pick<Deps, "github" | "store" | "clock">,
): LayerTexts {
  const known = new Map<string, string>();
  const limit = pLimit(AT_ONCE);

  async function download(file: TreeEntry): Promise<[sha: string, text: string]> {
    const text = await github.blob(source.repo, file.sha, source.as);
    if (text !== null) return [file.sha, text];
    const sentence = `${source.repo} has no blob ${file.sha}, which is ${file.path} at commit ${source.sha}.`;
    throw new GitHubError("unknown", 404, sentence);
  }

  async function load(files: readonly TreeEntry[]): Promise<void> {
    const asked = new Map(files.filter(({ sha }) => !known.has(sha)).map((file) => [file.sha, file]));
    if (asked.size === 0) return;
    for (const [sha, text] of await store.layerFiles([...asked.keys()], clock.now())) known.set(sha, text);
    const missing = [...asked.values()].filter(({ sha }) => !known.has(sha));
    const results = await Promise.allSettled(missing.map((file) => limit(() => download(file))));
    const read = new Map(results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])));
    if (read.size > 0) await store.keepLayerFiles(read, clock.now());
    for (const result of results) if (result.status === "rejected") throw result.reason;
    for (const [sha, text] of read) known.set(sha, text);
  }

  return {
    load,
    text(file) {
      const text = known.get(file.sha);
      if (text === undefined) throw new Error(`${file.path} of ${source.repo} was not loaded.`);
      return text;
    },
  };
}
