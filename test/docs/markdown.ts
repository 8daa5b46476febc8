/** The project's pages, taken apart as far as the tests need it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export interface Page {
  /** From the project's root. */
  path: string;
  text: string;
  /** Without fenced code. */
  prose: string;
  blocks: { language: string; text: string }[];
  /** As GitHub makes them of the headings. */
  anchors: Set<string>;
  /** Targets of links and images. */
  links: string[];
}

const FENCE = /^( *)```([\w-]*)\n([\s\S]*?)\n\1```$/gm;

export function readPage(path: string): Page {
  const text = readFileSync(join(ROOT, path), "utf8");
  const blocks = [...text.matchAll(FENCE)].map(([, , language = "", inner = ""]) => ({ language, text: inner }));
  const prose = text.replace(FENCE, "");
  const links = [...prose.replace(/`[^`\n]*`/g, "code").matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = ""]) => target);
  return { path, text, prose, blocks, anchors: anchorsOf(prose), links };
}

export function readPages(): Page[] {
  const below = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" }).map((path) =>
    join("docs", path),
  );
  return [...readdirSync(ROOT), ...below]
    .filter((path) => path.endsWith(".md"))
    .sort()
    .map(readPage);
}

/** Lower case, spaces to dashes, everything else but letters, digits, `-` and `_` left out; a second one gets `-1`. */
function anchorsOf(prose: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of prose.matchAll(/^#{1,6} +(.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
    let unique = slug;
    for (let count = 1; anchors.has(unique); count++) unique = `${slug}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

/** The part of a page below a heading, up to the next of its level or above. */
export function section(page: Page, heading: string): string {
  const lines = page.text.split("\n");
  const start = lines.findIndex((line) => line.replace(/^#+ /, "") === heading && line.startsWith("#"));
  if (start < 0) throw new Error(`${page.path} has no heading "${heading}"`);
  const level = /^#+/.exec(lines[start] ?? "")?.[0].length ?? 0;
  const length = lines.slice(start + 1).findIndex((line) => /^#+ /.test(line) && line.search(/[^#]/) <= level);
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join("\n");
}

/** The cells of a section's tables, without their headings; text between backticks alone where a cell is nothing else. */
export function rows(text: string): string[][] {
  return [...text.matchAll(/^\|(.+)\|\n\|[-:| ]+\|\n((?:\|.*\|(?:\n|$))+)/gm)].flatMap(([, , body = ""]) =>
    body
      .trimEnd()
      .split("\n")
      .map((line) =>
        line
          .slice(1, -1)
          .split("|")
          .map((cell) => cell.trim().replace(/^`([^`]*)`$/, "$1")),
      ),
  );
}
