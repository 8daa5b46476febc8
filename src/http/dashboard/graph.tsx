/** The live graph of a release run: groups as columns, every node a link that tells how it stands and what it waits for. */
import { html as markup } from "hono/html";
import type { Box, GraphLayout, Line } from "../../chain/graph-layout.js";
import { reasonsWords } from "../../chain/graph-needs.js";
import type { ComponentView, RunView } from "../../chain/run-view.js";
import { counted, paths, spanWords } from "./parts.js";
import { componentState, lookOf, type ShownState } from "./states.js";

const PADDING = 12;
/** Below the last line of the name. */
const STATE_LINE = 17;
const WHY_LINE = 32;
/** What a character of the small print is wide, at most nearly always. */
const SMALL_CHARACTER = 5.9;

export interface GraphProps {
  run: RunView;
  layout: GraphLayout;
  /** Ids of the longest path, in building order. */
  longest: readonly string[];
  now: number;
}

export function RunGraph({ run, layout, longest, now }: GraphProps) {
  const components = new Map(run.components.map((component) => [component.id, component]));
  const critical = new Set(longest);
  const steps = new Set(longest.slice(1).map((id, index) => `${longest[index] ?? ""} ${id}`));
  const onPath = ({ need }: Line): boolean => steps.has(`${need.to} ${need.from}`);
  const lines = layout.lines.toSorted((a, b) => rankOf(a, onPath) - rankOf(b, onPath));
  const [width, height] = [Math.ceil(layout.width), Math.ceil(layout.height)];
  return (
    <svg
      id="graph"
      class="graph"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="group"
      aria-labelledby="graph-title graph-text"
    >
      <title id="graph-title">{`Graph of ${run.hub}@${run.tag}`}</title>
      <desc id="graph-text">
        {`${counted(run.components.length, "component")} in ${counted(run.groups.length, "group")}; the table of components below says the same in words.`}
      </desc>
      <defs>
        {["", " done", " critical"].map((kind) => (
          <marker
            id={`tip${kind.replace(" ", "-")}`}
            viewBox="0 0 8 8"
            refX="7.5"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path class={`tip${kind}`} d="M0,0.5L8,4L0,7.5z" />
          </marker>
        ))}
      </defs>
      {layout.columns.map((column, index) => (
        <Band column={column} height={height} title={groupTitle(run, index, components)} />
      ))}
      {lines.map((line) => edge(line, onPath(line), components.get(line.need.to)?.conclusion === "success"))}
      {layout.boxes.map((box) => {
        const component = components.get(box.id);
        const { lineHeight } = layout;
        return component && node({ box, lineHeight, run, component, now, critical: critical.has(box.id) });
      })}
    </svg>
  );
}

/** What is drawn later lies above. */
function rankOf(line: Line, onPath: (line: Line) => boolean): number {
  if (onPath(line)) return 2;
  return line.implied ? 0 : 1;
}

function groupTitle(run: RunView, index: number, components: ReadonlyMap<string, ComponentView>): string {
  const ids = run.groups[index] ?? [];
  const ended = ids.filter((id) => components.get(id)?.status === "completed").length;
  return `Group ${index + 1}: ${ended} of ${ids.length}`;
}

function Band({ column, height, title }: { column: { x: number; width: number }; height: number; title: string }) {
  const { x, width } = column;
  return (
    <g>
      <rect class="band" x={round(x - 10)} y="10" width={round(width + 20)} height={height - 16} rx="8" />
      <text class="group-title" x={round(x + width / 2)} y="32" text-anchor="middle">
        {title}
      </text>
    </g>
  );
}

function edge({ need, path, implied }: Line, critical: boolean, done: boolean) {
  const kind = critical ? "critical" : done ? "done" : "";
  const classes = ["edge", kind, implied ? "implied" : ""].filter((name) => name !== "").join(" ");
  const title = `${need.from} needs ${need.to}: ${reasonsWords(need.reasons)}`;
  return markup`<path class="${classes}" d="${path}" marker-end="url(#tip${kind === "" ? "" : `-${kind}`})"><title>${title}</title></path>
`;
}

interface NodeProps {
  box: Box;
  lineHeight: number;
  run: RunView;
  component: ComponentView;
  critical: boolean;
  now: number;
}

function node({ box, lineHeight, run, component, critical, now }: NodeProps) {
  const { id } = component;
  const state = componentState(component);
  const { tone, shape } = lookOf(state);
  const words = stateWords(component, state, now);
  const why = component.why ?? "";
  const title = `${id}: ${words}${critical ? ", on the longest path" : ""}${why === "" ? "" : `\n${why}`}`;
  const [x, y, width, height] = [box.x, box.y, box.width, box.height].map(round);
  const [left, top] = [round(box.x + PADDING), box.y + PADDING + lineHeight * 0.7];
  const last = top + (box.lines.length - 1) * lineHeight;
  const room = Math.floor((box.width - 2 * PADDING) / SMALL_CHARACTER);
  return markup`<a class="node state-${state} tone-${tone}${critical ? " critical" : ""}" id="node-${id}" href="${paths.component(run.id, id)}">
<title>${title}</title>
<rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>
<rect class="edge-mark" x="${x}" y="${y}" width="5" height="${height}" rx="2.5"/>
${box.lines.map((line, index) => markup`<text class="name" x="${left}" y="${round(top + index * lineHeight)}">${line}</text>`)}
<path class="mark" fill-rule="evenodd" d="${shape}" transform="translate(${left} ${round(last + STATE_LINE - 11)}) scale(0.82)"/>
<text class="small state-word" x="${round(left + 18)}" y="${round(last + STATE_LINE)}">${clipped(words, room - 3)}</text>
<text class="small" x="${left}" y="${round(last + WHY_LINE)}">${clipped(why, room)}</text>
</a>
`;
}

/** `in progress 12m 5s, attempt 2 of 3` */
export function stateWords(component: ComponentView, state: ShownState, now: number): string {
  const { attempts, maxAttempts } = component;
  const last = attempts.at(-1);
  const span = last === undefined ? null : spanWords(last.startedAt, last.completedAt, now);
  const attempt = attempts.length > 1 ? `, attempt ${attempts.length} of ${maxAttempts}` : "";
  return `${lookOf(state).word}${span === null ? "" : ` ${span}`}${attempt}`;
}

function clipped(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
