/** release-chain's section in the body of a release, between markers; the rest of the body is a person's and stays theirs. */
import { versionOf } from "./config-file/expand-config.js";
import { webRoot } from "./lock-file.js";
import { plain, webAddress } from "./markdown.js";
import { fillTemplate, OWN_TEMPLATE, type NotesText } from "./notes-template.js";
import { targetOf, type ReleasePlan } from "./plan.js";
import { changesPart } from "./release-changes.js";
import { componentsPart, countedFiles, countedPart, filesPart } from "./release-parts.js";
import { sizesPart } from "./release-sizes.js";
import { checksumsPart, verifyPart } from "./release-verify.js";
import type { PlannedAsset, ReleaseRun } from "./run.js";

const BEGIN = "<!-- release-chain:begin -->";
const END = "<!-- release-chain:end -->";

/** GitHub's limit for the body of a release, in characters. */
export const BODY_LIMIT = 125_000;

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

/** What the section tells of. */
interface Told {
  plan: ReleasePlan;
  run: ReleaseRun;
  assets: readonly PlannedAsset[];
  /** Fingerprint of the key that signed the checksums; null: not known, or they are not signed. */
  signedBy: string | null;
}

/** How much of it is told. */
interface Detail {
  components: boolean;
  commits: boolean;
  changes: boolean;
  /** Of the sizes: the file's own, the sums only, or nothing. */
  sizes: "files" | "sums" | "none";
  files: boolean;
  verify: boolean;
}

const WHOLE: Detail = { components: true, commits: true, changes: true, sizes: "files", files: true, verify: true };

/** From the longest form to the shortest; each is without something that the one before it has. */
const FORMS: readonly Detail[] = [
  WHOLE,
  { ...WHOLE, commits: false },
  { ...WHOLE, commits: false, sizes: "sums" },
  { ...WHOLE, commits: false, sizes: "sums", files: false },
  { ...WHOLE, commits: false, changes: false, sizes: "none", files: false, verify: false },
  { components: false, commits: false, changes: false, sizes: "none", files: false, verify: false },
];

/**
 * The section: components with commits and workflow runs, what was committed since the release before, sizes against it,
 * files with size and SHA-256, and how to verify them; or the plan's own template with these parts. Markdown.
 */
export function releaseSection(
  plan: ReleasePlan,
  run: ReleaseRun,
  assets: readonly PlannedAsset[],
  signedBy: string | null = null,
): string {
  return fillTemplate(plan.notesTemplate ?? OWN_TEMPLATE, notesText({ plan, run, assets, signedBy }, WHOLE));
}

/**
 * The longest form of the section with which `withSection(body, …)` stays within GitHub's limit: whole, else without the
 * commits, then without the sizes of single files, then without the table of files, then without all changes and sizes, then
 * without the table of components; where a template leaves room for none of these, the shortest without it; null where the
 * person's text leaves room for none.
 */
export function fitSection(
  body: string,
  plan: ReleasePlan,
  run: ReleaseRun,
  assets: readonly PlannedAsset[],
  signedBy: string | null = null,
): string | null {
  const told = { plan, run, assets, signedBy };
  const templates = plan.notesTemplate === undefined ? [OWN_TEMPLATE] : [plan.notesTemplate, OWN_TEMPLATE];
  for (const template of templates)
    for (const detail of FORMS) {
      const section = fillTemplate(template, notesText(told, detail));
      if (withSection(body, section).length <= BODY_LIMIT) return section;
    }
  return null;
}

function notesText({ plan, run, assets, signedBy }: Told, detail: Detail): NotesText {
  const { repo, tag, prerelease } = targetOf(plan);
  const web = webRoot(plan);
  const url = repo === plan.hub && tag === plan.tag ? plan.release.url : releaseUrl(web, repo, tag);
  const lines: Record<"components" | "changes" | "sizes" | "files" | "verify", string[]> = {
    components: detail.components ? componentsPart(plan, run) : countedPart(plan, assets),
    changes: detail.changes ? changesPart(plan, run, detail.commits) : [],
    sizes: detail.sizes === "none" ? [] : sizesPart(plan, assets, detail.sizes === "files"),
    // Where the components are only counted, so are the files there.
    files: detail.files ? filesPart(assets) : detail.components ? countedFiles(plan, assets) : [],
    verify: detail.verify ? verifyPart(plan, assets, signedBy) : checksumsPart(plan),
  };
  return {
    components: lines.components.join("\n"),
    changes: lines.changes.join("\n"),
    sizes: lines.sizes.join("\n"),
    files: lines.files.join("\n"),
    verify: lines.verify.join("\n"),
    tag: plain(plan.tag),
    version: plain(versionOf(plan.tag)),
    prerelease: String(prerelease),
    hub: plain(plan.hub),
    url: webAddress(url) ?? "",
    previous: plain(plan.previous?.tag ?? ""),
  };
}

function releaseUrl(web: string | null, repo: string, tag: string): string {
  return `${web ?? ""}/${repo}/releases/tag/${encodeURIComponent(tag)}`;
}
