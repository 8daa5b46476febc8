import type { ConfigProblem } from "../config.js";

/**
 * Problems as compilers print them, one a line, each line ended:
 * `file:line:column: message (key) — did you mean "x"?`
 */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  return problems.map((problem) => `${formatProblem(problem)}\n`).join("");
}

/** One problem, without the line's end; what the file brings in cannot break the line. */
function formatProblem({ file, line, column, key, message, suggestion }: ConfigProblem): string {
  const place = `${file}:${line}:${column}`;
  const where = key === "" ? "" : ` (${key})`;
  const hint = suggestion === null ? "" : ` — did you mean ${quoted(suggestion)}?`;
  return `${place}: ${message}${where}${hint}`.replace(/\p{Cc}+/gu, " ");
}

function quoted(suggestion: string): string {
  return suggestion.startsWith('"') ? suggestion : `"${suggestion}"`;
}
