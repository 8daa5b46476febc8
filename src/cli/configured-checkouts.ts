/** A folder of checkouts as a configuration sees it: its components with the layers that lie in their folders. */
import type { ChainConfig, ComponentConfig } from "../chain/config.js";
import type { GraphMember } from "../chain/layer-graph.js";
import type { Checkouts } from "./checkouts.js";
import { oneLine } from "./columns.js";
import { UNKNOWN_OWNER } from "./config-input.js";

/**
 * One member for each component, also of those that a release may leave out by `when`. Its folder is named as its
 * repository, `name` or `owner+name`. Warns of components without a folder, and of folders that are no component's.
 */
export function configuredCheckouts({ members, warnings }: Checkouts, config: ChainConfig): Checkouts {
  const folders = new Map(members.map((member) => [member.id.toLowerCase(), member]));
  const used = new Set<GraphMember>();
  const missing: string[] = [];
  const configured = config.components.map((component): GraphMember => {
    const { owner, name } = repositoryOf(component);
    const folder = folders.get(`${owner}+${name}`) ?? folders.get(name) ?? soleFolder(folders, owner, name);
    if (folder !== undefined) used.add(folder);
    else missing.push(`${component.id}: no folder here is named ${oneLine(name)}: what its layers need is not known.`);
    return {
      id: component.id,
      repo: `${owner}/${name}`,
      needs: component.needs,
      layers: config.graph.layers ? (folder?.layers ?? []) : [],
    };
  });
  const left = members
    .filter((member) => !used.has(member))
    .map(({ id }) => `${id} is no component of the configuration, and left out.`);
  return { members: configured, warnings: [...warnings, ...missing, ...left] };
}

/** In lower case. Of a repository on another host, what stands before its name in the URL is its owner. */
function repositoryOf({ source }: ComponentConfig): { owner: string; name: string } {
  const text = source.kind === "github" ? source.repo : source.url.replace(/\/+$/, "").replace(/\.git$/, "");
  const slash = text.lastIndexOf("/");
  return { owner: text.slice(0, slash).toLowerCase(), name: text.slice(slash + 1).toLowerCase() };
}

/** Where the hub's owner is not known, any will do. */
function soleFolder(folders: ReadonlyMap<string, GraphMember>, owner: string, name: string): GraphMember | undefined {
  if (owner !== UNKNOWN_OWNER.toLowerCase()) return undefined;
  const found = [...folders].filter(([folder]) => folder.endsWith(`+${name}`));
  return found.length === 1 ? found[0]?.[1] : undefined;
}
