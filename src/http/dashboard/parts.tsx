/**
 * Small pieces of the pages. Text is escaped by hono; addresses that others wrote go through `Outside` alone. What stands on a page
 * some hundred times is a template and not elements: those take several times as long to become text.
 */
import { html as markup } from "hono/html";
import type { Child } from "hono/jsx";
import { webAddress } from "../../chain/markdown.js";
import { durationWords, timeWords } from "../../chain/words.js";
import { eachState, lookOf, type ShownState } from "./states.js";

const ICONS = eachState((state) => {
  const { tone, shape } = lookOf(state);
  return markup`<svg class="icon tone-${tone}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path fill-rule="evenodd" d="${shape}"/></svg>`;
});
const STATES = eachState((state) => {
  const { word, tone } = lookOf(state);
  return markup`<span class="state tone-${tone}">${ICONS[state]}${word}</span>`;
});

/** A state by shape, colour and word. */
export function State({ of }: { of: ShownState }) {
  return STATES[of];
}

/** The shape alone: the word has to stand beside it. */
export function StateIcon({ of }: { of: ShownState }) {
  return ICONS[of];
}

/** A link to another site, where the address is one; else its label alone. */
export function Outside({ to, children }: { to: string | null; children: Child }) {
  const address = webAddress(to);
  return address === null ? markup`${children}` : markup`<a href="${address}" rel="noreferrer">${children}</a>`;
}

/** A commit by its first characters. */
export function Sha({ of, to = null }: { of: string; to?: string | null }) {
  return Outside({ to, children: markup`<code title="${of}">${of.slice(0, 10)}</code>` });
}

/** A time as `timeWords` has it, whole where one points at it. `at`: ISO 8601 or ms; null: nothing. */
export function Time({ at, now }: { at: string | number | null; now: number }) {
  if (at === null) return null;
  const ms = typeof at === "number" ? at : Date.parse(at);
  const iso = new Date(ms).toISOString();
  return markup`<time datetime="${iso}" title="${iso}">${timeWords(ms, now)}</time>`;
}

/** From one time to another (ISO 8601), or to now; null: it has not begun. */
export function spanWords(from: string | null, to: string | null, now: number): string | null {
  if (from === null) return null;
  const span = (to === null ? now : Date.parse(to)) - Date.parse(from);
  return span < 1_000 ? "<1s" : durationWords(span);
}

/** `1 component`, `3 components` */
export function counted(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** A table, shown as a list where the window is narrow; the roles keep it a table there for who does not see it. */
export function Table({ caption, heads, children }: { caption: string; heads: readonly string[]; children: Child }) {
  return (
    <table role="table">
      <caption>{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {heads.map((head) => (
            <th scope="col" role="columnheader">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">{children}</tbody>
    </table>
  );
}

interface CellProps {
  head: string;
  children: Child;
  /** In one line. */
  number?: boolean;
  /** In lines of whole words: others may be broken anywhere, so that no table is wider than the window. */
  short?: boolean;
}

/** A cell; its column's name is told where the table is a list. */
export function Cell({ head, children, number = false, short = false }: CellProps) {
  if (!number && !short) return markup`<td role="cell" data-head="${head}">${children}</td>`;
  return markup`<td role="cell" data-head="${head}" class="${number ? "number" : "short"}">${children}</td>`;
}

/** Whether there is room for a name of others in a cell that is `short`. */
export function isShort(name: string): boolean {
  return name.length <= 24;
}

/** Where a page is to be found. */
export const paths = {
  run: (id: string): string => `/runs/${encodeURIComponent(id)}`,
  tab: (id: string, tab: string): string => `/runs/${encodeURIComponent(id)}${tab === "" ? "" : `/${tab}`}`,
  component: (id: string, component: string): string =>
    `/runs/${encodeURIComponent(id)}/components/${encodeURIComponent(component)}`,
};
