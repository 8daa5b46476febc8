/** The repositories of a lock, each at one commit, as tools that check sources out want them. */
import { repositoryName } from "../config-file/repository-names.js";
import { compare } from "../graph.js";
import type { LockedComponent, LockFile } from "../lock-file.js";
import type { RefKind } from "../plan.js";

/** One checkout: components that share repository and commit (machines) share it. */
export interface LockedRepository {
  /** Unique among them, also where upper and lower case are the same: the repository's name, or a component's id. */
  name: string;
  url: string;
  sha: string;
  /** Without `refs/heads/` and the like; null where the components ask for different ones. */
  ref: { name: string; kind: RefKind | null } | null;
  /** Component ids, sorted. */
  components: string[];
  /** Sorted; null where they are not known; empty: it has none. */
  layers: string[] | null;
  /** Whether another entry holds the same repository at another commit. */
  otherCommits: boolean;
}

/** By name. */
export function lockedRepositories(lock: LockFile): LockedRepository[] {
  const groups = new Map<string, LockedComponent[]>();
  for (const component of [...lock.components].sort((a, b) => compare(a.id, b.id))) {
    const key = `${repositoryKey(component.url)} ${component.sha}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [component]);
    else group.push(component);
  }
  const members = [...groups.values()];
  const names = uniqueNames(members);
  const layersAreKnown = lock.components.some(({ layers }) => layers.length > 0);
  const found = members.map((group, index) => repositoryOf(group, names[index] ?? "", layersAreKnown));
  return withOtherCommits(found).sort((a, b) => compare(a.name, b.name));
}

/** The same with and without `.git` and `/` at the end. */
function repositoryKey(url: string): string {
  return url.replace(/\/+$/, "").replace(/\.git$/, "");
}

function repositoryOf(group: LockedComponent[], name: string, layersAreKnown: boolean): LockedRepository {
  const [first] = group;
  const layers = [...new Set(group.flatMap((component) => component.layers))].sort(compare);
  // Of repositories on other hosts nobody has read the layers.
  const known = layers.length > 0 || (layersAreKnown && first?.url !== first?.repo);
  return {
    name,
    url: first?.url ?? "",
    sha: first?.sha ?? "",
    ref: refOf(group),
    components: group.map(({ id }) => id),
    layers: known ? layers : null,
    otherCommits: false,
  };
}

function refOf(group: LockedComponent[]): LockedRepository["ref"] {
  const [first] = group;
  if (first === undefined || first.ref === "" || first.refKind === "commit") return null;
  if (group.some(({ ref, refKind }) => ref !== first.ref || refKind !== first.refKind)) return null;
  return { name: first.ref.replace(/^(?:refs\/)?(?:heads|tags)\//, ""), kind: first.refKind };
}

/** The repository's name where no other has it, else the id of the first component there, else that with a number. */
function uniqueNames(members: LockedComponent[][]): string[] {
  const plain = members.map(([first]) => repositoryName(first?.url ?? "").replace(/[^\w.-]/g, "-"));
  const uses = new Map<string, number>();
  for (const name of plain) uses.set(name.toLowerCase(), (uses.get(name.toLowerCase()) ?? 0) + 1);
  const taken = new Set(plain.map((name) => name.toLowerCase()).filter((name) => uses.get(name) === 1));
  return members.map(([first], index) => {
    const own = plain[index] ?? "";
    if (own !== "" && uses.get(own.toLowerCase()) === 1) return own;
    const id = first?.id ?? "";
    let name = id;
    for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${id}-${number}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

function withOtherCommits(repositories: LockedRepository[]): LockedRepository[] {
  const commits = new Map<string, number>();
  for (const { url } of repositories) commits.set(repositoryKey(url), (commits.get(repositoryKey(url)) ?? 0) + 1);
  return repositories.map((one) => ({ ...one, otherCommits: (commits.get(repositoryKey(one.url)) ?? 0) > 1 }));
}
