/** A dependency graph as an SVG drawing that stands alone: light or dark as the reader prefers, with words for who cannot see it. */
import type { EdgeKind } from "./config.js";
import { FONT_SIZE, layOutGraph, type Box, type GraphLayout, type Line } from "./graph-layout.js";
import { KINDS_BY_WEIGHT, reasonsWords } from "./graph-needs.js";
import type { GraphReport } from "./graph-report.js";
import { listWords } from "./words.js";

const DASHES: Record<EdgeKind, string> = {
  explicit: "stroke-width:2.4",
  depends: "",
  conditional: "stroke-dasharray:7 4",
  recommends: "stroke-dasharray:2 3",
  dynamic: "stroke-dasharray:9 3 2 3",
};
const LEGEND = { height: 30, sample: 34, letter: FONT_SIZE * 0.6, gap: 22 };

interface Colours {
  paper: string;
  band: string;
  box: string;
  frame: string;
  ink: string;
  /** Lines, their tips and headings. */
  faint: string;
  /** What lies on a cycle. */
  bad: string;
}
const LIGHT: Colours = {
  ...{ paper: "#ffffff", band: "#f3f5f8", box: "#ffffff", frame: "#8c959f" },
  ...{ ink: "#1f2328", faint: "#57606a", bad: "#cf222e" },
};
const DARK: Colours = {
  ...{ paper: "#0d1117", band: "#161b22", box: "#21262d", frame: "#6e7681" },
  ...{ ink: "#e6edf3", faint: "#9198a1", bad: "#ff7b72" },
};

/** Plain colours, since not every program that draws SVG knows variables of CSS. */
function coloured({ paper, band, box, frame, ink, faint, bad }: Colours): string {
  return [
    `.rc-paper{fill:${paper}}.rc-band{fill:${band}}.rc-name{fill:${ink}}.rc-head{fill:${faint}}`,
    `.rc-box{fill:${box};stroke:${frame}}.rc-edge{stroke:${faint}}.rc-tip{fill:${faint}}`,
    `.rc-box.rc-cyclic,.rc-edge.rc-cyclic{stroke:${bad}}.rc-tip.rc-cyclic{fill:${bad}}`,
  ].join("");
}

/** All classes begin with rc-, so that a page may hold the drawing as it is. */
const STYLE = [
  `.rc-name,.rc-head{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:${FONT_SIZE}px}`,
  ".rc-edge{fill:none;stroke-width:1.4}.rc-implied{opacity:.35}",
  KINDS_BY_WEIGHT.flatMap((kind) => (DASHES[kind] === "" ? [] : [`.rc-${kind}{${DASHES[kind]}}`])).join(""),
  coloured(LIGHT),
  `@media (prefers-color-scheme:dark){${coloured(DARK)}}`,
].join("\n");

/**
 * Draws the groups as columns; an arrow leads from what goes first to what needs it, in the style of its weightiest kind.
 * Needs that follow from others are faint, those within a cycle red and beside the column. Hovering tells the reasons.
 */
export function graphSvg(report: GraphReport, kinds: readonly EdgeKind[]): string {
  const drawing = layOutGraph(report, kinds);
  const cyclic = new Set(report.cycles.flat());
  const entries = legendEntries(drawing.lines);
  const legendWidth = entries.reduce((width, { text }) => width + LEGEND.sample + text.length * 8.1 + LEGEND.gap, 40);
  const width = Math.ceil(Math.max(drawing.width, legendWidth, 240));
  const height = Math.ceil(drawing.height + (entries.length > 0 ? LEGEND.height : 0));
  const faintFirst = [...drawing.lines].sort((a, b) => Number(b.implied) - Number(a.implied));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" class="rc-graph" role="img" aria-labelledby="rc-title rc-desc" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title id="rc-title">Dependency graph of ${count(report.components.length, "component")} in ${count(report.groups.length, "group")}</title>`,
    `<desc id="rc-desc">${xmlText(description(report))}</desc>`,
    `<style>${STYLE}</style>`,
    `<defs>${marker("rc-arrow", "")}${marker("rc-arrow-cyclic", " rc-cyclic")}</defs>`,
    `<rect class="rc-paper" width="${width}" height="${height}"/>`,
    ...bands(drawing),
    ...faintFirst.map(lineSvg),
    ...drawing.boxes.map((box) => boxSvg(box, drawing.lineHeight, cyclic.has(box.id))),
    ...legend(entries, drawing.height),
    "</svg>",
  ].join("\n")}\n`;
}

function description(report: GraphReport): string {
  const groups = report.groups.map((ids, index) => `Group ${index + 1}: ${ids.join(", ")}.`);
  const cycles = report.cycles.map((ids) => `${listWords(ids, 8)} need each other in a cycle.`);
  return [...groups, ...cycles].join(" ");
}

function marker(id: string, more: string): string {
  return `<marker id="${id}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="rc-tip${more}" d="M0,0.5L8,4L0,7.5z"/></marker>`;
}

function bands({ columns, height }: GraphLayout): string[] {
  return columns.flatMap(({ x, width }, index) => [
    `<rect class="rc-band" x="${x - 10}" y="10" width="${width + 20}" height="${Math.ceil(height) - 16}" rx="8"/>`,
    `<text class="rc-head" x="${x + width / 2}" y="32" text-anchor="middle">Group ${index + 1}</text>`,
  ]);
}

function lineSvg({ need, path, implied }: Line): string {
  const kind = need.reasons[0]?.kind ?? "explicit";
  const classes = ["rc-edge", `rc-${kind}`, ...(implied ? ["rc-implied"] : []), ...(need.cyclic ? ["rc-cyclic"] : [])];
  const arrow = need.cyclic ? "rc-arrow-cyclic" : "rc-arrow";
  const words = `${need.from} needs ${need.to}: ${reasonsWords(need.reasons)}`;
  return `<path class="${classes.join(" ")}" d="${path}" marker-end="url(#${arrow})"><title>${xmlText(words)}</title></path>`;
}

function boxSvg(box: Box, lineHeight: number, cyclic: boolean): string {
  const middle = box.x + box.width / 2;
  const first = box.y + box.height / 2 - ((box.lines.length - 1) * lineHeight) / 2 + FONT_SIZE * 0.35;
  const texts = box.lines.map(
    (line, index) =>
      `<text class="rc-name" x="${round(middle)}" y="${round(first + index * lineHeight)}" text-anchor="middle">${xmlText(line)}</text>`,
  );
  const frame = `<rect class="rc-box${cyclic ? " rc-cyclic" : ""}" x="${round(box.x)}" y="${round(box.y)}" width="${round(box.width)}" height="${round(box.height)}" rx="6"/>`;
  return `<g><title>${xmlText(box.id)}</title>${frame}${texts.join("")}</g>`;
}

interface LegendEntry {
  classes: string;
  arrow: string;
  text: string;
}

/** Of the styles that the drawing has. */
function legendEntries(lines: readonly Line[]): LegendEntry[] {
  const used = new Set(lines.map(({ need }) => need.reasons[0]?.kind));
  const entries = KINDS_BY_WEIGHT.filter((kind) => used.has(kind)).map((kind): LegendEntry => ({
    ...{ classes: `rc-edge rc-${kind}`, arrow: "rc-arrow", text: kind },
  }));
  if (lines.some(({ implied }) => implied))
    entries.push({ classes: "rc-edge rc-implied", arrow: "rc-arrow", text: "follows from others" });
  if (lines.some(({ need }) => need.cyclic))
    entries.push({ classes: "rc-edge rc-cyclic", arrow: "rc-arrow-cyclic", text: "in a cycle" });
  return entries;
}

function legend(entries: readonly LegendEntry[], top: number): string[] {
  const y = Math.ceil(top) + 12;
  let x = 20;
  return entries.map(({ classes, arrow, text }) => {
    const sample = `<path class="${classes}" d="M${round(x)},${y}h${LEGEND.sample - 8}" marker-end="url(#${arrow})"/>`;
    const label = `<text class="rc-head" x="${round(x + LEGEND.sample)}" y="${y + 4}">${text}</text>`;
    x += LEGEND.sample + text.length * 8.1 + LEGEND.gap;
    return sample + label;
  });
}

/** Text and attribute values; characters that XML 1.0 does not allow become U+FFFD. */
function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
