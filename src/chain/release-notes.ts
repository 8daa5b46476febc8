/** release-chain's section in the body of a release, between markers; the rest of the body is a person's and stays theirs. */
import { decisiveAttempt, webRoot } from "./lock-file.js";
import { code, folded, link, repositoryUrl } from "./markdown.js";
import type { PlannedComponent, ReleasePlan } from "./plan.js";
import { changesPart } from "./release-changes.js";
import type { PlannedAsset, ReleaseRun } from "./run.js";

const BEGIN = "<!-- release-chain:begin -->";
const END = "<!-- release-chain:end -->";

/** GitHub's limit for the body of a release, in characters. */
export const BODY_LIMIT = 125_000;
/** More files than this are folded. */
const FOLD_ABOVE = 10;

/**
 * The body with `section` between the markers: in place of the section that is there, else after a blank line at the end.
 * All other text stays byte for byte. A marker without its partner is taken for text.
 */
export function withSection(body: string, section: string): string {
  const harmless = section.replaceAll("<!-- release-chain:", "<!-- release-chain :");
  const block = `${BEGIN}\n${harmless}\n${END}`;
  const found = findSection(body);
  if (found !== null) return body.slice(0, found.start) + block + body.slice(found.end);
  if (body === "") return block;
  const newline = body.includes("\r\n") ? "\r\n" : "\n";
  // Always two, so that taking them away again leaves the body as it was, however it ended.
  return `${body}${newline}${newline}${block}`;
}

/** The body without the section, and without the line breaks that `withSection` set before it. */
export function withoutSection(body: string): string {
  const found = findSection(body);
  if (found === null) return body;
  return body.slice(0, found.start).replace(/\r?\n\r?\n$/, "") + body.slice(found.end);
}

/** The section as it is between the markers; null where there is none. */
export function sectionOf(body: string): string | null {
  const found = findSection(body);
  if (found === null) return null;
  const inner = body.slice(found.start + BEGIN.length, found.end - END.length);
  return inner.replace(/^\r?\n/, "").replace(/\r?\n$/, "");
}

/** The last begin marker that has an end marker after it, and that end marker: so a stray marker never takes text along. */
function findSection(body: string): { start: number; end: number } | null {
  const lastEnd = body.lastIndexOf(END);
  const start = lastEnd === -1 ? -1 : body.lastIndexOf(BEGIN, lastEnd);
  if (start === -1) return null;
  return { start, end: body.indexOf(END, start) + END.length };
}

/**
 * The section: components with commits and workflow runs, what was committed since the release before, files with size
 * and SHA-256, and how to verify them. Markdown.
 */
export function releaseSection(plan: ReleasePlan, run: ReleaseRun, assets: PlannedAsset[]): string {
  return joined([componentsPart(plan, run), changesPart(plan, run, true), filesPart(assets), verifyPart(plan)]);
}

/**
 * The longest form of the section with which `withSection(body, …)` stays within GitHub's limit: whole, else without the
 * commits, then without the table of files, then without all changes, then without the table of components; null where
 * the person's text leaves room for none.
 */
export function fitSection(body: string, plan: ReleasePlan, run: ReleaseRun, assets: PlannedAsset[]): string | null {
  const parts = componentsPart(plan, run);
  const changes = changesPart(plan, run, false);
  const verify = verifyPart(plan);
  const counted = [
    "### Files",
    "",
    `The ${assets.length} files are too many to be listed here: ${code(plan.publish.checksums)} names them all.`,
  ];
  const shortest = [
    "### Built by release-chain",
    "",
    `${plan.components.length} components and ${assets.length} files are too many to be listed here: see ${code("release-chain.lock.json")}.`,
  ];
  const forms = [
    releaseSection(plan, run, assets),
    joined([parts, changes, filesPart(assets), verify]),
    joined([parts, changes, counted, verify]),
    joined([parts, counted, verify]),
    joined([shortest, verify]),
  ];
  return forms.find((form) => withSection(body, form).length <= BODY_LIMIT) ?? null;
}

/** The parts that there are, with a blank line between them. */
function joined(parts: readonly (readonly string[])[]): string {
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function componentsPart(plan: ReleasePlan, run: ReleaseRun): string[] {
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

function filesPart(assets: PlannedAsset[]): string[] {
  const rows = [...assets]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, size, sha256 }) => `| ${code(name)} | ${humanSize(size)} | ${code(sha256)} |`);
  const table = ["| File | Size | SHA-256 |", "| --- | ---: | --- |", ...rows];
  if (assets.length <= FOLD_ABOVE) return ["### Files", "", ...table];
  return ["### Files", "", ...folded(`${assets.length} files`, table)];
}

function verifyPart(plan: ReleasePlan): string[] {
  const { checksums } = plan.publish;
  return [
    "### Verify",
    "",
    `Download the files and ${code(checksums)} into one folder and run there (with \`--ignore-missing\` if you took only some):`,
    "",
    "```sh",
    `sha256sum -c ${checksums}`,
    "```",
  ];
}

/** 1,536 is `1.5 KiB`. */
function humanSize(bytes: number): string {
  const units = ["KiB", "MiB", "GiB"];
  if (bytes < 1024) return `${bytes} B`;
  const step = Math.min(Math.floor(Math.log2(bytes) / 10), units.length);
  return `${(bytes / 1024 ** step).toFixed(1)} ${units[step - 1] ?? ""}`;
}
