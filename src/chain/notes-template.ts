/** A hub's own text for the section in the body of a release (`publish.notes.template`), with placeholders for its parts. */
import { TextPositions } from "./config-file/text-positions.js";
import { nearestKey } from "./config-file/nearest-key.js";

/** Parts of the section, each of which stands in a template at most once: they are long. */
export const NOTES_BLOCKS = {
  components: "a table of the components, with commits and workflow runs",
  changes: "what was committed since the release before; nothing in the first release",
  sizes: "sizes against the release before; nothing in the first release",
  files: "a table of the files, with size and SHA-256",
  verify: "how to check the files, and to join those that are published in parts",
} as const;
export type NotesBlock = keyof typeof NOTES_BLOCKS;

/** What else a template knows. */
export const NOTES_VALUES = {
  tag: "the tag that is released",
  version: "the tag without a leading `v` before a digit",
  prerelease: "`true` for a prerelease, else `false`",
  hub: "`owner/name` of the hub",
  url: "the address of the release's page",
  previous: "the tag of the release before; nothing in the first release",
} as const;
export type NotesValue = keyof typeof NOTES_VALUES;

/** In characters: half of what a body may have, so that there is room for the parts. */
export const TEMPLATE_LIMIT = 60_000;

/** The section as it is where no template is given. */
export const OWN_TEMPLATE = "${components}\n\n${changes}\n\n${sizes}\n\n${files}\n\n${verify}\n";

const KNOWN: readonly string[] = [...Object.keys(NOTES_BLOCKS), ...Object.keys(NOTES_VALUES)];

/** `$${` stands for the two characters themselves; a `${` without an end is a mistake. */
const TOKEN = /\$\$\{|\$\{([^{}\n]*)\}|\$\{/g;

/** What is wrong with a template, each as `path:line:column: …`, in the order of the text; empty: nothing. */
export function templateProblems(template: string, path: string): string[] {
  if (template.length > TEMPLATE_LIMIT)
    return [
      `${path} has ${template.length} characters, and a template may have ${TEMPLATE_LIMIT}: GitHub takes 125000 for the whole text of a release. Shorten it.`,
    ];
  if (template.trim() === "")
    return [
      `${path} is empty: write the section's text there, or set publish.notes to false for a release without one.`,
    ];
  const positions = new TextPositions(template);
  const seen = new Set<string>();
  return Array.from(template.matchAll(TOKEN)).flatMap((token) => {
    const message = complaint(token, seen);
    const { line, column } = positions.at(token.index);
    return message === null ? [] : [`${path}:${line}:${column}: ${message}`];
  });
}

function complaint([token, name]: RegExpExecArray, seen: Set<string>): string | null {
  if (token === "$${") return null;
  if (name === undefined)
    return 'a "${" that begins no placeholder: write ${name}, or $${ for these characters themselves';
  if (!KNOWN.includes(name)) {
    const near = nearestKey(name, KNOWN);
    const meant = near === null ? "" : ` Did you mean \${${near}}?`;
    const known = KNOWN.map((one) => `\${${one}}`).join(", ");
    return `unknown placeholder ${token}; known here: ${known}. Write $${token} for these characters themselves.${meant}`;
  }
  if (!Object.hasOwn(NOTES_BLOCKS, name)) return null;
  if (seen.has(name)) return `${token} stands here a second time: each part of the section is there once at most`;
  seen.add(name);
  return null;
}

/** What stands for each placeholder: Markdown, with everything of others escaped. */
export type NotesText = Readonly<Record<NotesBlock | NotesValue, string>>;

/**
 * Fills a template in, in one pass: what a value brings in is never filled in again. A part that is empty takes the line that
 * it has for itself along, and the blank lines after it. Lines end in `\n`; nothing but text follows the last one.
 */
export function fillTemplate(template: string, text: NotesText): string {
  const lines: string[] = [];
  let leavesOut = false;
  for (const line of template.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    if (leavesOut && line.trim() === "") continue;
    leavesOut = isEmptyPart(line, text);
    if (!leavesOut) lines.push(line.replace(TOKEN, (token: string, name?: string) => valueOf(token, name, text)));
  }
  return lines.join("\n").trimEnd();
}

function isEmptyPart(line: string, text: NotesText): boolean {
  const name = /^\s*\$\{([^{}\n]*)\}\s*$/.exec(line)?.[1] ?? "";
  return Object.hasOwn(NOTES_BLOCKS, name) && text[name as NotesBlock] === "";
}

function valueOf(token: string, name: string | undefined, text: NotesText): string {
  if (token === "$${") return "${";
  return name !== undefined && Object.hasOwn(text, name) ? text[name as keyof NotesText] : token;
}
