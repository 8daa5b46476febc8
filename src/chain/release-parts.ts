/** The tables in the body of a release: what was built, from which commits, and its files. Markdown. */
import { decisiveAttempt, webRoot } from "./lock-file.js";
import { code, folded, link, repositoryUrl } from "./markdown.js";
import type { PlannedComponent, ReleasePlan } from "./plan.js";
import type { PlannedAsset, ReleaseRun } from "./run.js";
import { sizeWords } from "./words.js";

/** More files than this are folded. */
const FOLD_ABOVE = 10;

/** A heading and a row for each component. */
export function componentsPart(plan: ReleasePlan, run: ReleaseRun): string[] {
  const web = webRoot(plan);
  const rows = plan.components.map((component) => componentRow(component, run, web));
  return [
    "### Built by release-chain",
    "",
    "| Component | Repository | Commit | Workflow run |",
    "| --- | --- | --- | --- |",
    ...rows,
  ];
}

function componentRow(planned: PlannedComponent, run: ReleaseRun, web: string | null): string {
  const component = run.components.find(({ id }) => id === planned.id);
  const sha = component?.sha ?? planned.sha;
  const repoUrl = repositoryUrl(web, planned.repo);
  const attempt = component === undefined ? null : decisiveAttempt(component);
  const conclusion = component?.conclusion ?? null;
  const note = conclusion === null || conclusion === "success" ? "" : ` (${conclusion.replace("_", " ")})`;
  const built =
    attempt?.workflowRunId == null
      ? planned.build
        ? "none"
        : "not built, locked only"
      : link(`#${attempt.workflowRunId}`, attempt.url ?? runUrl(repoUrl, attempt.workflowRunId));
  const cells = [
    code(planned.id),
    link(code(planned.repo), repoUrl),
    link(code(sha.slice(0, 12)), repoUrl === null ? null : `${repoUrl}/commit/${sha}`),
    `${built}${note}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function runUrl(repoUrl: string | null, workflowRunId: number): string | null {
  return repoUrl === null ? null : `${repoUrl}/actions/runs/${workflowRunId}`;
}

/** A heading and a row for each file, by name; folded where they are many. */
export function filesPart(assets: readonly PlannedAsset[]): string[] {
  const rows = [...assets]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, size, sha256 }) => `| ${code(name)} | ${sizeWords(size)} | ${code(sha256)} |`);
  const table = ["| File | Size | SHA-256 |", "| --- | ---: | --- |", ...rows];
  const files = assets.length <= FOLD_ABOVE ? table : folded(`${assets.length} files`, table);
  return ["### Files", "", ...archiveLines(assets), ...files];
}

/** Where they have been too many for a release: what is in the archives, one a component, that are there instead. */
function archiveLines(assets: readonly PlannedAsset[]): string[] {
  const isArchived = assets.some(({ component, path }) => component !== null && path === null);
  if (!isArchived) return [];
  return [
    `There are more files than GitHub takes in a release, so each component's are in one archive, under ${code("ARTIFACT/PATH")}; ${code("release-chain.lock.json")} has the SHA-256 of each.`,
    "",
  ];
}

/** In place of `filesPart` where there is no room. */
export function countedFiles({ publish }: ReleasePlan, assets: readonly PlannedAsset[]): string[] {
  return [
    "### Files",
    "",
    ...archiveLines(assets),
    `The ${assets.length} files are too many to be listed here: ${code(publish.checksums)} names them all.`,
  ];
}

/** In place of `componentsPart` and `filesPart` where there is no room. */
export function countedPart({ components }: ReleasePlan, assets: readonly PlannedAsset[]): string[] {
  return [
    "### Built by release-chain",
    "",
    `${components.length} components and ${assets.length} files are too many to be listed here: see ${code("release-chain.lock.json")}.`,
  ];
}
