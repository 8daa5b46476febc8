/**
 * A lock as a configuration of bitbake-setup (BitBake user manual, "Setting Up The Environment With bitbake-setup"): its
 * sources with fixed revisions, and one configuration with their layers.
 */
import type { LockFile } from "../lock-file.js";
import { lockedRepositories, type LockedRepository } from "./locked-repositories.js";

interface Source {
  "git-remote": { remotes: { origin: { uri: string } }; branch?: string; rev: string };
}

/** The text of the `.conf.json` file. The same lock gives the same bytes; sources by name, layers in building order. */
export function bitbakeSetup(lock: LockFile): string {
  const repositories = lockedRepositories(lock);
  const release = `${lock.hub}@${lock.tag}`;
  const layers = bbLayers(lock, repositories);
  const configuration = {
    name: lock.hub.split("/").at(-1) ?? lock.hub,
    description: `The layers of ${release}`,
    notes: notes(repositories),
    ...(layers.length > 0 && { "bb-layers": layers }),
  };
  const file = {
    description: `The sources of ${release} (commit ${lock.hubSha}), each pinned to the commit of the release`,
    sources: Object.fromEntries(repositories.map((repository) => [repository.name, sourceOf(repository)])),
    "bitbake-setup": { configurations: [configuration] },
    version: "1.0",
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function sourceOf({ url, sha, ref }: LockedRepository): Source {
  const branch = ref?.kind === "branch" ? { branch: ref.name } : {};
  return { "git-remote": { remotes: { origin: { uri: withScheme(url) } }, ...branch, rev: sha } };
}

/** BitBake's fetcher takes no `git@host:path`. */
function withScheme(url: string): string {
  const [, user, path] = /^([\w.-]+@[\w.-]+):([^\s:]+)$/.exec(url) ?? [];
  return user === undefined || path === undefined ? url : `ssh://${user}/${path.replace(/^\/+/, "")}`;
}

/** In building order, so that what others need comes first. */
function bbLayers(lock: LockFile, repositories: LockedRepository[]): string[] {
  const order = new Map(lock.groups.flat().map((id, index) => [id, index]));
  const place = ({ components }: LockedRepository): number =>
    components.reduce((least, id) => Math.min(least, order.get(id) ?? Infinity), Infinity);
  return repositories
    .map((repository) => ({ repository, at: place(repository) }))
    .sort((a, b) => (a.at === b.at ? 0 : a.at - b.at))
    .flatMap(({ repository: { name, layers } }) =>
      (layers ?? []).map((layer) => (layer === "." ? name : `${name}/${layer}`)),
    );
}

function notes(repositories: LockedRepository[]): string[] {
  const named = (wanted: (repository: LockedRepository) => boolean): string =>
    repositories
      .filter(wanted)
      .map(({ name }) => name)
      .join(", ");
  const unknown = named(({ layers }) => layers === null);
  const twice = named(({ otherCommits }) => otherCommits);
  const bitbake = repositories.some(({ name }) => /^(?:bitbake|poky)$/i.test(name));
  return [
    "Set MACHINE and DISTRO as the release's workflows do, by oe-fragments or in conf/local.conf.",
    ...(bitbake ? [] : ["Add BitBake to the sources: none of the repositories has its name."]),
    ...(unknown === ""
      ? []
      : [`Add to bb-layers what these repositories provide, their layers are not known: ${unknown}.`]),
    ...(twice === "" ? [] : [`One repository at several commits, a build takes the layers of one of them: ${twice}.`]),
  ];
}
