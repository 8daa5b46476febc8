/** Dependency graphs as text that other programs draw: Mermaid and DOT. An arrow leads from what goes first to what needs it. */
import type { EdgeKind } from "./config.js";
import { drawnNeeds, reasonsWords, type DrawnNeed } from "./graph-needs.js";
import type { GraphReport } from "./graph-report.js";

const DOT_STYLES: Record<EdgeKind, string> = {
  explicit: "style=bold",
  depends: "style=solid",
  conditional: "style=dashed",
  recommends: "style=dotted",
  dynamic: 'style=dotted, arrowhead="empty"',
};

/** `stroke-dasharray` and width of a line, as SVG and Mermaid's `linkStyle` take them. */
const MERMAID_STYLES: Record<EdgeKind, string> = {
  explicit: "stroke-width:3px",
  depends: "stroke-width:1.5px",
  conditional: "stroke-width:1.5px,stroke-dasharray:7 4",
  recommends: "stroke-width:1.5px,stroke-dasharray:2 3",
  dynamic: "stroke-width:1.5px,stroke-dasharray:8 3 2 3",
};
const CYCLE_COLOUR = "#d1242f";

/**
 * A Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html): groups are subgraphs from left to right, the style of
 * a line is its weightiest kind, needs within a cycle are red. Ids are numbered and names quoted, so that any name can
 * stand in it.
 */
export function graphMermaid(report: GraphReport, kinds: readonly EdgeKind[]): string {
  const names = nodeNames(report);
  const needs = drawnNeeds(report, kinds);
  const lines = ["flowchart LR"];
  report.groups.forEach((ids, index) => {
    lines.push(`  subgraph g${index + 1} ["Group ${index + 1}"]`, "    direction TB");
    lines.push(...ids.map((id) => `    ${names.get(id) ?? ""}["${mermaidText(id)}"]`), "  end");
  });
  lines.push(...needs.map(({ from, to }) => `  ${names.get(to) ?? ""} --> ${names.get(from) ?? ""}`));
  const byStyle = new Map<string, number[]>();
  needs.forEach((need, index) => {
    const style = mermaidStyle(need);
    const indexes = byStyle.get(style);
    if (indexes === undefined) byStyle.set(style, [index]);
    else indexes.push(index);
  });
  for (const [style, indexes] of byStyle) lines.push(`  linkStyle ${indexes.join(",")} ${style}`);
  return `${lines.join("\n")}\n`;
}

/** A DOT digraph (https://graphviz.org/doc/info/lang.html): one rank a group, from left to right; reasons as tooltips. */
export function graphDot(report: GraphReport, kinds: readonly EdgeKind[]): string {
  const lines = [
    'digraph "release-chain" {',
    "  rankdir=LR;",
    '  node [shape=box, style=rounded, fontname="sans-serif"];',
  ];
  for (const ids of report.groups) lines.push(`  { rank=same; ${ids.map((id) => `${dotText(id)};`).join(" ")} }`);
  for (const need of drawnNeeds(report, kinds)) {
    const kind = need.reasons[0]?.kind ?? "explicit";
    // Within a cycle no end comes first: such a line must not push them into different ranks.
    const cycle = need.cyclic ? `, color="${CYCLE_COLOUR}", constraint=false` : "";
    const tooltip = dotText(`${need.from} needs ${need.to}: ${reasonsWords(need.reasons)}`);
    lines.push(`  ${dotText(need.to)} -> ${dotText(need.from)} [${DOT_STYLES[kind]}${cycle}, tooltip=${tooltip}];`);
  }
  lines.push("}");
  return `${lines.join("\n")}\n`;
}

function nodeNames(report: GraphReport): Map<string, string> {
  return new Map(report.components.map(({ id }, index) => [id, `n${index}`]));
}

function mermaidStyle({ reasons, cyclic }: DrawnNeed): string {
  const style = MERMAID_STYLES[reasons[0]?.kind ?? "explicit"];
  return cyclic ? `${style},stroke:${CYCLE_COLOUR}` : style;
}

/** Mermaid's entity codes: `#` and a decimal code point, `;`. Letters and digits of any script need none. */
export function mermaidText(text: string): string {
  return withoutControls(text).replace(/[^\p{L}\p{N} ._+/-]/gu, (character) => `#${character.codePointAt(0) ?? 32};`);
}

/** A quoted DOT string: quotes and backslashes escaped. */
function dotText(text: string): string {
  return `"${withoutControls(text).replace(/["\\]/g, "\\$&")}"`;
}

/** Line breaks and other control characters as spaces. */
function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ");
}
