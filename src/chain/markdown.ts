/** Pieces of Markdown that hold what others wrote: names, titles, addresses. */

/** Text as code, whatever it holds: nothing in it can end the cell, the code or the section, or call a person by `@name`. */
export function code(text: string): string {
  if (/^[\w./:#+-]+$/.test(text)) return `\`${text}\``;
  const encoded = text.replace(/\s+/g, " ").replace(/[^\w ./:+-]/gu, (char) => `&#${char.codePointAt(0) ?? 0xfffd};`);
  return `<code>${encoded}</code>`;
}

/** Text within a sentence, whatever it holds: nothing in it means anything to Markdown or HTML, or calls a person. */
export function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[^\p{L}\p{N}_ ./:+-]/gu, (char) => `&#${char.codePointAt(0) ?? 0xfffd};`);
}

/** The address where it is a plain web address, which can end neither a link nor a table's cell; else null. */
export function webAddress(url: string | null): string | null {
  return url !== null && /^https?:\/\/[^\s()<>|\\]+$/.test(url) ? url : null;
}

/** A link where `url` is a plain web address, else the label alone. */
export function link(label: string, url: string | null): string {
  const address = webAddress(url);
  return address === null ? label : `[${label}](${address})`;
}

/** Lines that a reader opens by their summary, which is trusted text. `indent` puts them into a list's entry. */
export function folded(summary: string, lines: readonly string[], indent = ""): string[] {
  return ["<details>", `<summary>${summary}</summary>`, "", ...lines, "", "</details>"].map((line) =>
    line === "" ? "" : `${indent}${line}`,
  );
}

/** Where people find a repository; null where it is on another host, or `web` (as `webRoot` gives it) is not known. */
export function repositoryUrl(web: string | null, repo: string): string | null {
  return web !== null && /^[\w.-]+\/[\w.-]+$/.test(repo) ? `${web}/${repo}` : null;
}
