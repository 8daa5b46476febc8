/** Symbolic links of a repository, followed in its tree as a checkout would follow them. */
import type { TreeEntry } from "./ports.js";

/** The file that a path leads to, or why it leads to none: words that follow "a symbolic link that". */
export type Followed = { kind: "file"; entry: TreeEntry } | { kind: "nothing"; why: string };

/** As many as Linux follows. */
const MOST_LINKS = 40;
/** Longer paths are none anywhere. */
const LONGEST_TARGET = 4096;

export function isFile(entry: TreeEntry | undefined): entry is TreeEntry {
  return entry?.mode === "100644" || entry?.mode === "100755";
}

export function isLink(entry: TreeEntry | undefined): entry is TreeEntry {
  return entry?.mode === "120000";
}

/** `targetOf` reads the blob of a link. The path has neither `.` nor `..`. */
export async function followLinks(
  path: string,
  entries: ReadonlyMap<string, TreeEntry>,
  targetOf: (link: TreeEntry) => Promise<string>,
): Promise<Followed> {
  const done: string[] = [];
  const left = path.split("/").reverse();
  for (let links = 0, part = left.pop(); part !== undefined; part = left.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (done.pop() === undefined) return nothing("leads out of the repository");
      continue;
    }
    done.push(part);
    const entry = entries.get(done.join("/"));
    if (!isLink(entry)) continue;
    done.pop();
    if (++links > MOST_LINKS) return nothing("leads round in a circle");
    if (entry.size !== null && entry.size > LONGEST_TARGET) return nothing("is too long");
    const target = await targetOf(entry);
    if (target.startsWith("/")) return nothing("leads out of the repository");
    left.push(...target.split("/").reverse());
  }
  const entry = entries.get(done.join("/"));
  return isFile(entry) ? { kind: "file", entry } : nothing("leads to no file of the repository");
}

function nothing(why: string): Followed {
  return { kind: "nothing", why };
}
