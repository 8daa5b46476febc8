import path from "node:path";
import { findLayerTexts, foldersIn } from "./checkouts.js";
import { usageError } from "./cli-io.js";
import type { DemoProduct, DemoRepository } from "./demo-product.js";
import { DEMO_TAG, demoWorkflow, hubRepository, withChecksums } from "./demo-product.js";

const OWNER = "acme";
const HUB = `${OWNER}/product`;

interface LayerRepository {
  folder: string;
  /** `owner/name` */
  repo: string;
  /** Component id. */
  id: string;
  /** Path in the repository to content. */
  layerConfs: Record<string, string>;
}

export interface LayerProduct {
  product: DemoProduct;
  /** Folders without a layer, left out. */
  skipped: string[];
}

/**
 * A product of the real layers in a folder: one folder a repository, named `owner+name` or `name`. Throws a usage error
 * where the folder holds none.
 */
export async function layerProduct(dir: string): Promise<LayerProduct> {
  const found: Omit<LayerRepository, "id">[] = [];
  const skipped: string[] = [];
  for (const folder of await foldersIn(dir)) {
    const { texts, warnings } = await findLayerTexts(path.join(dir, folder));
    for (const { file, message } of warnings) throw usageError(`${path.join(dir, folder, file)} ${message}`);
    const layerConfs = Object.fromEntries(texts);
    if (Object.keys(layerConfs).length === 0) skipped.push(folder);
    else found.push({ folder, repo: repositoryName(folder), layerConfs });
  }
  if (found.length === 0) {
    throw usageError(
      `${dir} holds no layers. It must have one folder a repository, named owner+name or name, each with a conf/layer.conf in it or below.`,
    );
  }
  refuseTwins(found);
  const repositories = withIds(found);
  const product = {
    hub: HUB,
    tag: DEMO_TAG,
    repositories: [hubRepository(HUB, configOf(repositories)), ...repositories.map(toDemoRepository)],
  };
  return { product, skipped };
}

function repositoryName(folder: string): string {
  const plus = folder.indexOf("+");
  const [owner, name] = plus === -1 ? [OWNER, folder] : [folder.slice(0, plus), folder.slice(plus + 1)];
  if (!/^[A-Za-z0-9-]+$/.test(owner) || !/^[A-Za-z0-9._-]+$/.test(name)) {
    throw usageError(`The folder ${folder} is named like no repository. Name it owner+name or name.`);
  }
  const repo = `${owner}/${name}`;
  if (repo.toLowerCase() === HUB)
    throw usageError(`The folder ${folder} has the name of the demo's own hub, ${HUB}. Rename it.`);
  return repo;
}

/** `meta-x` and `acme+meta-x` are one repository, as are names that differ in case only. */
function refuseTwins(found: readonly Omit<LayerRepository, "id">[]): void {
  const seen = new Map<string, string>();
  for (const { repo, folder } of found) {
    const other = seen.get(repo.toLowerCase());
    if (other !== undefined)
      throw usageError(`The folders ${other} and ${folder} are both the repository ${repo}. Rename one.`);
    seen.set(repo.toLowerCase(), folder);
  }
}

/** The repository's name, or owner and name where two share it. */
function withIds(found: readonly Omit<LayerRepository, "id">[]): LayerRepository[] {
  const name = (repo: string): string => repo.slice(repo.indexOf("/") + 1).toLowerCase();
  return found.map((repository) => {
    const shared = found.filter((other) => name(other.repo) === name(repository.repo)).length > 1;
    return {
      ...repository,
      id: shared ? repository.repo.replace("/", "-") : repository.repo.slice(repository.repo.indexOf("/") + 1),
    };
  });
}

/** The order is what the layers say. Nothing is really built, so layers of different series are shown, not refused. */
function configOf(repositories: readonly LayerRepository[]): string {
  return [
    "version: 1",
    "graph: {series: warn, ambiguous: warn}",
    "components:",
    // Quoted, since a repository may be named like a number.
    ...repositories.map(({ id, repo }) => `  - {id: "${id}", repo: "${repo}"}`),
    "",
  ].join("\n");
}

function toDemoRepository({ repo, id, layerConfs }: LayerRepository, index: number): DemoRepository {
  return {
    repo,
    files: { ...layerConfs, ".github/workflows/build.yml": demoWorkflow(id, true) },
    workflow: {
      file: "build.yml",
      builds: [{ duration: 1000 + (index % 5) * 200, conclusion: "success" }],
      artifact: { name: `${id}-files`, files: withChecksums(id, { [`${id}.tar.gz`]: 64 * 1024 }) },
    },
  };
}
