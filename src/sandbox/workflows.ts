/** The workflows of a repository: those whose file is on the default branch, as GitHub lists them. */
import { parseWorkflow, type WorkflowFile } from "./workflow-file.js";
import type { Commit } from "./git-store.js";
import type { Repository, Workflow, World } from "./world.js";

const parsed = new WeakMap<Buffer, WorkflowFile>();
const workflowPath = /^\.github\/workflows\/[^/]+\.ya?ml$/;

export function headCommit(repository: Repository, branch: string): Commit | null {
  return repository.git.commits.get(repository.branches.get(branch) ?? "") ?? null;
}

/** Workflows on the default branch, by path; ids stay with their paths. */
export function listWorkflows(world: World, repository: Repository): Workflow[] {
  const head = headCommit(repository, repository.defaultBranch);
  const paths = [...(head?.files.keys() ?? [])].filter((path) => workflowPath.test(path)).sort();
  return paths.map((path) => knownWorkflow(world, repository, path));
}

function knownWorkflow(world: World, repository: Repository, path: string): Workflow {
  const known = repository.workflows.get(path);
  if (known !== undefined) return known;
  const made: Workflow = {
    id: world.nextId("workflow"),
    path,
    state: "active",
    createdAt: world.clock.now(),
    runs: 0,
    executions: 0,
  };
  repository.workflows.set(path, made);
  return made;
}

/** By id, or by the name of its file. */
export function findWorkflow(world: World, repository: Repository, idOrFile: string): Workflow | undefined {
  return listWorkflows(world, repository).find(
    (one) => String(one.id) === idOrFile || one.path === `.github/workflows/${idOrFile}`,
  );
}

/** The workflow file as it is in a commit; null if it is not there. */
export function workflowFileAt(repository: Repository, commit: Commit, path: string): WorkflowFile | null {
  const content = repository.git.blobs.get(commit.files.get(path)?.sha ?? "");
  if (content === undefined) return null;
  const known = parsed.get(content);
  if (known !== undefined) return known;
  const file = parseWorkflow(content.toString("utf8"));
  parsed.set(content, file);
  return file;
}

/** `name:` of the file on the default branch, else its path. */
export function workflowName(repository: Repository, workflow: Workflow): string {
  const head = headCommit(repository, repository.defaultBranch);
  return (head && workflowFileAt(repository, head, workflow.path)?.name) ?? workflow.path;
}
