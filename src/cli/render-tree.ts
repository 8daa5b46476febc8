/** A release run as a tree of its groups, for a terminal: how far each is, what waits for what, and when it will be done. */
import type { Estimate } from "../chain/estimate.js";
import type { ComponentView, RunView } from "../chain/run-view.js";
import { durationWords } from "../chain/words.js";
import type { Cell } from "./columns.js";
import { table } from "./columns.js";
import { componentCells, renderAround } from "./render-status.js";
import type { TextStyle } from "./text-style.js";
import { transferBar } from "./transfer-bar.js";

/** In characters. */
const BAR = 10;
const LONG_BAR = 30;

/** `columns`: of the terminal. `brief`: components that are over are counted, and not shown. */
interface TreeOptions {
  now: number;
  style: TextStyle;
  columns: number;
  brief?: boolean;
}

/** `estimate`: null where nothing is known. */
export function renderTree(
  run: RunView,
  estimate: Estimate | null,
  { now, style, columns, brief = false }: TreeOptions,
): string {
  const isShown = ({ status }: ComponentView): boolean => !brief || status !== "completed";
  const groups = groupsOf(run);
  const rows = groups.flatMap(({ components }) =>
    components.filter(isShown).map((one) => cellsOf(one, estimate, { now, style, columns })),
  );
  const drawn = table(rows, { indent: "  " });
  const lines: string[] = [];
  for (const { name, components } of groups) {
    if (!components.some(isShown)) continue;
    const done = components.filter(({ conclusion }) => conclusion === "success").length;
    lines.push("", `${style.strong(name)}  ${style.faint(`${done} of ${components.length}`)}`);
    for (const { transfer } of components.filter(isShown)) {
      lines.push(drawn.shift() ?? "");
      if (transfer != null) lines.push(`     ${transferBar(transfer, style, columns)}`);
    }
  }
  return renderAround(run, now, style, [...overall(run, estimate, now, style), ...lines], columns);
}

interface Group {
  name: string;
  components: ComponentView[];
}

/** Those of no group, as before there is a plan, come last. */
function groupsOf({ groups, components }: RunView): Group[] {
  const placed = new Set(groups.flat());
  const rest = components.filter(({ id }) => !placed.has(id));
  const found = groups.map((ids, index) => ({
    name: `Group ${index + 1}`,
    components: ids.flatMap((id) => components.find((component) => component.id === id) ?? []),
  }));
  return [...found, { name: "Others", components: rest }].filter((group) => group.components.length > 0);
}

function cellsOf(component: ComponentView, estimate: Estimate | null, { now, style, columns }: TreeOptions): Cell[] {
  const cells = componentCells(component, now, style, columns);
  const known = estimate?.components.get(component.id);
  if (component.status !== "in_progress" || known === undefined) return cells;
  const left = known.to > now ? `about ${durationWords(known.to - now)} left` : "longer than before";
  return [...cells.slice(0, -1), { text: `${bar(known.done, BAR)}  ${left}`, paint: style.busy }];
}

/** Of the components that are built, how many are; and when all are. */
function overall({ status, components }: RunView, estimate: Estimate | null, now: number, style: TextStyle): string[] {
  const built = components.filter(({ build }) => build);
  if (status === "completed" || built.length === 0) return [];
  const done = built.reduce((sum, { id, conclusion }) => {
    if (conclusion === "success") return sum + 1;
    return sum + (estimate?.components.get(id)?.done ?? 0);
  }, 0);
  const share = done / built.length;
  const left = (estimate?.end ?? now) - now;
  const words = left > 0 ? `, built in about ${durationWords(left)}` : "";
  return [`${style.busy(bar(share, LONG_BAR))} ${Math.floor(share * 100)} %${words}`];
}

function bar(share: number, width: number): string {
  const full = Math.floor(Math.min(1, share) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}
