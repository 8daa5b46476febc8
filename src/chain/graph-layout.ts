/** Where the boxes and lines of a drawn graph go: groups are columns from left to right. Lengths in SVG user units. */
import type { EdgeKind } from "./config.js";
import { Graph, layout, type DagrePoint } from "./dagre.js";
import { drawnNeeds, type DrawnNeed } from "./graph-needs.js";
import type { GraphReport } from "./graph-report.js";

export const FONT_SIZE = 13;
const LINE_HEIGHT = 17;
/** No monospaced font in use is wider, in parts of its size; ideographs and emoji take two characters. */
const CHARACTER = FONT_SIZE * 0.62;
/** Longer names are broken into lines. */
const LONGEST_LINE = 30;
const PADDING = { x: 12, y: 9 };
const GAP = { column: 96, box: 16, line: 10 };
const HEADING = 34;
const MARGIN = 20;

export interface Box {
  id: string;
  lines: string[];
  /** Upper left corner. */
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Line {
  need: DrawnNeed;
  /** It follows from others: there is a longer way between the two. */
  implied: boolean;
  /** `d` of an SVG path, from what is needed to what needs it. */
  path: string;
}

export interface Column {
  /** Left edge. */
  x: number;
  width: number;
}

export interface GraphLayout {
  width: number;
  height: number;
  lineHeight: number;
  columns: Column[];
  boxes: Box[];
  lines: Line[];
}

/** What a box holds besides its name: so much lower down, and it is at least so wide. */
export interface BoxRoom {
  leastWidth: number;
  below: number;
}

const NAME_ALONE: BoxRoom = { leastWidth: 60, below: 0 };

/** Lays out a report with the needs of the given kinds. Takes some seconds for a thousand components. */
export function layOutGraph(report: GraphReport, kinds: readonly EdgeKind[], room: BoxRoom = NAME_ALONE): GraphLayout {
  const needs = drawnNeeds(report, kinds);
  const groupOf = new Map(report.groups.flatMap((ids, index) => ids.map((id) => [id, index] as const)));
  const sizes = boxSizes(report, room);
  const laidOut = runDagre(report, needs, groupOf, sizes);
  const heights = [...laidOut.boxes, ...[...laidOut.bends.values()].flat()].map(({ y }) => y);
  const top = heights.reduce((high, y) => Math.min(high, y), Infinity);
  const rise = (Number.isFinite(top) ? top : 0) - MARGIN - HEADING;

  const columns = report.groups.map((ids): Column => {
    const own = laidOut.boxes.filter(({ id }) => groupOf.get(id) === groupOf.get(ids[0] ?? ""));
    return { x: Math.min(...own.map(({ x }) => x)), width: Math.max(...own.map(({ width }) => width)) };
  });
  const boxes = laidOut.boxes.map((box) => ({ ...box, y: box.y - rise }));
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const implied = impliedNeeds(report, needs);
  const lines = needs.flatMap((need): Line[] => {
    const [from, to] = [byId.get(need.to), byId.get(need.from)];
    if (from === undefined || to === undefined) return [];
    const bends = (laidOut.bends.get(need) ?? []).map(({ x, y }) => ({ x, y: y - rise }));
    const path = need.cyclic ? aside(from, to) : through(from, to, bends, columns);
    return [{ need, path, implied: implied.has(need) }];
  });
  const bends = [...laidOut.bends.values()].flat().map(({ y }) => y - rise);
  const bottom = [...boxes.map(({ y, height }) => y + height), ...bends].reduce((low, y) => Math.max(low, y), HEADING);
  const right = columns.reduce((far, { x, width }) => Math.max(far, x + width), 0);
  const beside = needs.some(({ cyclic }) => cyclic) ? GAP.column / 2 : 0;
  return { width: right + beside + MARGIN, height: bottom + MARGIN, lineHeight: LINE_HEIGHT, columns, boxes, lines };
}

interface Size {
  lines: string[];
  width: number;
  height: number;
}

/** All boxes of a column are as wide as its widest. */
function boxSizes(report: GraphReport, { leastWidth, below }: BoxRoom): Map<string, Size> {
  const sizes = new Map<string, Size>();
  for (const ids of report.groups) {
    const texts = ids.map((id) => wrap(id));
    const widest = texts.flat().reduce((width, text) => Math.max(width, textWidth(text)), leastWidth);
    texts.forEach((lines, index) => {
      const height = lines.length * LINE_HEIGHT + 2 * PADDING.y + below;
      sizes.set(ids[index] ?? "", { lines, width: Math.ceil(widest + 2 * PADDING.x), height });
    });
  }
  return sizes;
}

/** Broken after punctuation where there is some, else anywhere. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of text.match(/[^-_./+:]+[-_./+:]*|[-_./+:]+/gu) ?? [])
    for (const part of piece.match(new RegExp(`.{1,${LONGEST_LINE}}`, "gsu")) ?? []) {
      if (line !== "" && Array.from(line + part).length > LONGEST_LINE) {
        lines.push(line);
        line = "";
      }
      line += part;
    }
  return [...lines, line];
}

function textWidth(text: string): number {
  return Array.from(text).reduce((sum, char) => sum + CHARACTER * ((char.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2), 0);
}

interface LaidOut {
  boxes: Box[];
  /** Where a line passes the columns between its ends, from what needs to what is needed. */
  bends: Map<DrawnNeed, DagrePoint[]>;
}

/**
 * Ranks by longest path, which are the groups: a need leads to its rank or a lower one. Needs within a cycle would tear its
 * members apart and are left out; a line that is not drawn keeps each of them at the cycle's group.
 */
function runDagre(
  report: GraphReport,
  needs: readonly DrawnNeed[],
  groupOf: ReadonlyMap<string, number>,
  sizes: ReadonlyMap<string, Size>,
): LaidOut {
  // Names of our own, since some names of objects and dagre's own would be no good.
  const names = new Map(report.components.map(({ id }, index) => [id, `n${index}`]));
  const graph = new Graph();
  graph.setGraph({
    ...{ rankdir: "RL", ranker: "longest-path" },
    ...{ nodesep: GAP.box, edgesep: GAP.line, ranksep: GAP.column, marginx: MARGIN, marginy: MARGIN },
  });
  for (const { id } of report.components) {
    const { width = 0, height = 0 } = sizes.get(id) ?? {};
    graph.setNode(names.get(id) ?? "", { width, height });
  }
  const group = (id: string): number => groupOf.get(id) ?? 0;
  const straight = needs.filter(({ cyclic }) => !cyclic);
  for (const { from, to } of straight)
    graph.setEdge(names.get(from) ?? "", names.get(to) ?? "", { minlen: group(from) - group(to), weight: 1 });
  for (const ids of report.cycles) {
    const members = new Set(ids);
    const below = straight.find(({ from, to }) => members.has(from) && group(to) === group(from) - 1)?.to;
    for (const id of below === undefined ? [] : ids)
      if (!graph.hasEdge(names.get(id) ?? "", names.get(below ?? "") ?? ""))
        graph.setEdge(names.get(id) ?? "", names.get(below ?? "") ?? "", { minlen: 1, weight: 0 });
  }
  layout(graph);
  const boxes = report.components.map(({ id }) => {
    const { x, y } = graph.node(names.get(id) ?? "");
    const { lines = [], width = 0, height = 0 } = sizes.get(id) ?? {};
    return { id, lines, width, height, x: x - width / 2, y: y - height / 2 };
  });
  const bends = straight.map((need) => {
    const { points } = graph.edge(names.get(need.from) ?? "", names.get(need.to) ?? "");
    return [need, points.slice(1, -1)] as const;
  });
  return { boxes, bends: new Map(bends) };
}

/** Level across each column that it passes, so that it keeps clear of the boxes, and curved in the gaps. */
function through(from: Box, to: Box, bends: readonly DagrePoint[], columns: readonly Column[]): string {
  const points: DagrePoint[] = [{ x: from.x + from.width, y: from.y + from.height / 2 }];
  const passed = bends.filter(({ x }) => x > from.x + from.width && x < to.x).sort((a, b) => a.x - b.x);
  for (const { x, y } of passed) {
    const column = columns.find((one) => Math.abs(one.x + one.width / 2 - x) < 1);
    if (column !== undefined) points.push({ x: column.x, y }, { x: column.x + column.width, y });
  }
  points.push({ x: to.x, y: to.y + to.height / 2 });
  const [first = { x: 0, y: 0 }] = points;
  let path = `M${number(first.x)},${number(first.y)}`;
  for (let index = 1; index < points.length; index++) {
    const [a = first, b = first] = [points[index - 1], points[index]];
    const middle = number((a.x + b.x) / 2);
    path +=
      index % 2 === 0
        ? `H${number(b.x)}`
        : `C${middle},${number(a.y)} ${middle},${number(b.y)} ${number(b.x)},${number(b.y)}`;
  }
  return path;
}

/** Round the right side of a column, the further the longer the way; two that need each other are drawn one in the other. */
function aside(from: Box, to: Box): string {
  const up = to.y < from.y;
  const [start, end] = [from.y + from.height * (up ? 0.35 : 0.65), to.y + to.height * (up ? 0.65 : 0.35)];
  const distance = Math.min(1, Math.abs(end - start) / 600);
  const right = from.x + from.width;
  const out = number(right + (up ? 26 : 34) + distance * (GAP.column / 2 - 14));
  return `M${number(right)},${number(start)}C${out},${number(start)} ${out},${number(end)} ${number(right)},${number(end)}`;
}

/** Needs between whose ends a way of several others leads. */
function impliedNeeds(report: GraphReport, needs: readonly DrawnNeed[]): Set<DrawnNeed> {
  const implied = new Set<DrawnNeed>();
  const behind = new Map<string, Set<string>>();
  const byComponent = new Map<string, DrawnNeed[]>();
  for (const need of needs.filter(({ cyclic }) => !cyclic)) {
    const own = byComponent.get(need.from);
    if (own === undefined) byComponent.set(need.from, [need]);
    else own.push(need);
  }
  for (const id of report.groups.flat()) {
    const own = byComponent.get(id) ?? [];
    const further = new Set(own.flatMap(({ to }) => [...(behind.get(to) ?? [])]));
    for (const need of own) if (further.has(need.to)) implied.add(need);
    behind.set(id, new Set([...further, ...own.map(({ to }) => to)]));
  }
  return implied;
}

function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}
