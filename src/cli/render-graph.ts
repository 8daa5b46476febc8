import type { EdgeKind } from "../chain/config.js";
import { drawnNeeds, type DrawnNeed } from "../chain/graph-needs.js";
import type { GraphReport } from "../chain/graph-report.js";
import { compare } from "../chain/graph.js";
import { listWords } from "../chain/words.js";
import type { Cell } from "./columns.js";
import { oneLine, table } from "./columns.js";
import type { TextStyle } from "./text-style.js";

const ALL_KINDS: readonly EdgeKind[] = ["depends", "conditional", "recommends", "dynamic"];
const BRANCH = { more: "├─", last: "└─" };

/** A dependency graph for people: groups, what each component needs and why, and what does not fit together. */
export function renderGraph(
  report: GraphReport,
  kinds: readonly EdgeKind[],
  cycles: readonly string[],
  style: TextStyle,
): string {
  const counts = (kind: EdgeKind): boolean => kind === "explicit" || kinds.includes(kind);
  const present = new Set(report.components.flatMap(({ needs }) => needs.map(({ kind }) => kind)));
  const others = ALL_KINDS.filter((kind) => present.has(kind) && !counts(kind));
  const lines = [
    style.strong(`${count(report.components.length, "component")} in ${count(report.groups.length, "group")}`) +
      `, ordered by ${listWords(["explicit", ...kinds], 5)} needs` +
      (others.length === 0 ? "" : style.faint(`; in brackets: ${listWords(others)}, which do not count`)),
    ...groups(report, kinds, style),
    ...section("Cycles", style.bad, cycles),
    ...section(
      "Provided by several repositories, so that nobody is needed",
      style.warn,
      report.ambiguous.map(ambiguity),
    ),
    ...section("Provided by nobody here", style.warn, unresolved(report, counts)),
    ...section(
      "Provided by nobody here, of kinds that do not count",
      style.faint,
      unresolved(report, (kind) => !counts(kind)),
    ),
    ...section("Warnings", style.warn, report.warnings),
  ];
  return `${lines.join("\n")}\n`;
}

function groups(report: GraphReport, kinds: readonly EdgeKind[], style: TextStyle): string[] {
  const layers = new Map(report.components.map(({ id, layers }) => [id, layers.length]));
  const needs = new Map<string, DrawnNeed[]>();
  for (const need of drawnNeeds(report, ALL_KINDS)) append(needs, need.from, need);
  const lines: string[] = [];
  report.groups.forEach((ids, index) => {
    lines.push("", style.strong(`Group ${index + 1}`));
    for (const id of ids) {
      const number = layers.get(id) ?? 0;
      lines.push(`  ${style.busy(oneLine(id))}  ${style.faint(number === 0 ? "no layers" : count(number, "layer"))}`);
      lines.push(...needLines(needs.get(id) ?? [], kinds, style));
    }
  });
  return lines;
}

/** Reasons of kinds that were not asked for stand in brackets: they do not count for the order. */
function needLines(needs: readonly DrawnNeed[], kinds: readonly EdgeKind[], style: TextStyle): string[] {
  const counts = (kind: EdgeKind): boolean => kind === "explicit" || kinds.includes(kind);
  const rows = needs.map(({ to, reasons, cyclic }, index): Cell[] => {
    const words = reasons.map(({ kind, collections }) => {
      const text = [kind, ...collections].join(" ");
      return counts(kind) ? text : `(${text})`;
    });
    const inForce = reasons.some(({ kind }) => counts(kind));
    return [
      { text: index === needs.length - 1 ? BRANCH.last : BRANCH.more, paint: style.faint },
      { text: to, ...(inForce ? {} : { paint: style.faint }) },
      { text: words.join(", "), paint: style.faint },
      { text: cyclic && inForce ? "in a cycle" : "", paint: style.bad },
    ];
  });
  return table(rows, { indent: "  " });
}

function ambiguity({ collection, providers }: GraphReport["ambiguous"][number]): string {
  return `${collection}: ${listWords(providers, 8)}. Let graph.providers name one.`;
}

function unresolved(report: GraphReport, counts: (kind: EdgeKind) => boolean): string[] {
  const askers = new Map<string, string[]>();
  for (const { collection, component, layer, kind } of report.unresolved) {
    if (!counts(kind)) continue;
    const from = layer === "." ? component : `${component}/${layer}`;
    append(askers, collection, `${from} (${kind})`);
  }
  return [...askers.keys()]
    .sort(compare)
    .map((collection) => `${collection}: asked for by ${listWords(askers.get(collection) ?? [], 6)}`);
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

function section(title: string, paint: (text: string) => string, texts: readonly string[]): string[] {
  if (texts.length === 0) return [];
  return ["", paint(title), ...texts.map((text) => `  ${oneLine(text)}`)];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
