/** Repositories for a first configuration, from a folder of checkouts: one folder a repository. */
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { isFullSha } from "../chain/config-file/repository-names.js";
import { readLayerConf } from "../chain/layer-conf.js";
import { readWorkflowFile } from "../chain/workflow-file.js";
import { findLayerTexts, foldersIn } from "./checkouts.js";
import { type FoundRepository, type LeftOut, USUAL_WORKFLOWS } from "./first-config.js";
import { type GitCheckout, readGitCheckout, remoteName } from "./git-checkout.js";

const WORKFLOWS = ".github/workflows";
const LARGEST_WORKFLOW = 1024 * 1024;

export interface FolderFindings {
  found: FoundRepository[];
  leftOut: LeftOut[];
}

/**
 * Looks at each folder of `dir`. `hosts` are those whose repositories are on the hub's GitHub. Throws a usage error where
 * the folder cannot be read.
 */
export async function repositoriesInFolder(dir: string, hosts: ReadonlySet<string>): Promise<FolderFindings> {
  const findings: FolderFindings = { found: [], leftOut: [] };
  for (const folder of await foldersIn(dir)) {
    const root = path.join(dir, folder);
    const source = sourceOf(folder, await readGitCheckout(root), hosts);
    if ("why" in source) {
      findings.leftOut.push(source);
      continue;
    }
    const layers = await collectionsIn(root);
    const workflow = source.source.kind === "git" ? null : await workflowIn(root);
    findings.found.push({ ...source, archived: false, layers, workflow });
  }
  return findings;
}

type Source = Pick<FoundRepository, "source" | "ref">;

function sourceOf(folder: string, checkout: GitCheckout | null, hosts: ReadonlySet<string>): Source | LeftOut {
  const origin = checkout?.origin ?? null;
  const remote = origin === null ? null : remoteName(origin);
  // A path on this machine says nothing of where the repository is.
  if (checkout === null || origin === null || remote === null) {
    return { source: { kind: "github", repo: folder.replace("+", "/") }, ref: null };
  }
  if (remote.repo !== null && hosts.has(remote.host)) {
    const ref = checkout.isDefaultBranch === true || !isPlainRef(checkout.branch) ? null : checkout.branch;
    return { source: { kind: "github", repo: remote.repo }, ref };
  }
  const { sha } = checkout;
  if (sha === null || !isFullSha(sha)) {
    return { name: folder, why: `on another host (${remote.host}), and which commit is checked out cannot be told` };
  }
  return { source: { kind: "git", url: origin, sha }, ref: null };
}

/** Those that need no thought; of another one the default branch is taken. */
function isPlainRef(branch: string | null): boolean {
  return (
    branch !== null && /^[\w-]+(?:[./][\w-]+)*$/.test(branch) && !branch.startsWith("-") && !branch.endsWith(".lock")
  );
}

async function collectionsIn(root: string): Promise<string[]> {
  const { texts } = await findLayerTexts(root);
  return Array.from(new Set([...texts].flatMap(([file, text]) => collectionNames(file, text)))).sort();
}

/** A layer that names no collection is there all the same. */
function collectionNames(file: string, text: string): string[] {
  const names = readLayerConf(text, { file }).collections.map(({ name }) => name);
  return names.length === 0 ? [`${path.posix.dirname(path.posix.dirname(file))} (no collection)`] : names;
}

/** The usual ones first, else the first by name that listens. */
async function workflowIn(root: string): Promise<string | null> {
  const folder = path.join(root, WORKFLOWS);
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  const inOrder = [...USUAL_WORKFLOWS.filter((name) => files.includes(name)), ...files];
  for (const name of inOrder) if (await listens(path.join(folder, name))) return name;
  return null;
}

async function listens(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  if (found?.isFile() !== true || found.size > LARGEST_WORKFLOW) return false;
  const workflow = readWorkflowFile(await readFile(file, "utf8"));
  return !("error" in workflow) && workflow.listensTo("repository_dispatch", "build-chain");
}
