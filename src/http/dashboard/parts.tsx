/** Small pieces of the pages. Text is escaped by hono/jsx; addresses that others wrote go through `Outside` alone. */
import type { Child } from "hono/jsx";
import { webAddress } from "../../chain/markdown.js";
import { durationWords, timeWords } from "../../chain/words.js";
import { lookOf, type ShownState } from "./states.js";

/** A state by shape, colour and word. */
export function State({ of }: { of: ShownState }) {
  const { word, tone } = lookOf(of);
  return (
    <span class={`state tone-${tone}`}>
      <StateIcon of={of} />
      {word}
    </span>
  );
}

/** The shape alone: the word has to stand beside it. */
export function StateIcon({ of }: { of: ShownState }) {
  const { tone, shape } = lookOf(of);
  return (
    <svg class={`icon tone-${tone}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path fill-rule="evenodd" d={shape} />
    </svg>
  );
}

/** A link to another site, where the address is one; else its label alone. */
export function Outside({ to, children }: { to: string | null; children: Child }) {
  const address = webAddress(to);
  return address === null ? (
    <>{children}</>
  ) : (
    <a href={address} rel="noreferrer">
      {children}
    </a>
  );
}

/** A commit by its first characters. */
export function Sha({ of, to = null }: { of: string; to?: string | null }) {
  return (
    <Outside to={to}>
      <code title={of}>{of.slice(0, 10)}</code>
    </Outside>
  );
}

/** A time as `timeWords` has it, whole where one points at it. `at`: ISO 8601 or ms; null: nothing. */
export function Time({ at, now }: { at: string | number | null; now: number }) {
  if (at === null) return null;
  const ms = typeof at === "number" ? at : Date.parse(at);
  const iso = new Date(ms).toISOString();
  return (
    <time datetime={iso} title={iso}>
      {timeWords(ms, now)}
    </time>
  );
}

/** From one time to another (ISO 8601), or to now; null: it has not begun. */
export function spanWords(from: string | null, to: string | null, now: number): string | null {
  if (from === null) return null;
  return durationWords(Math.max(0, (to === null ? now : Date.parse(to)) - Date.parse(from)));
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

/** A cell; its column's name is told where the table is a list. */
export function Cell({ head, children, number = false }: { head: string; children: Child; number?: boolean }) {
  return (
    <td role="cell" data-head={head} class={number ? "number" : undefined}>
      {children}
    </td>
  );
}

/** Where a page is to be found. */
export const paths = {
  run: (id: string): string => `/runs/${encodeURIComponent(id)}`,
  tab: (id: string, tab: string): string => `/runs/${encodeURIComponent(id)}${tab === "" ? "" : `/${tab}`}`,
  component: (id: string, component: string): string =>
    `/runs/${encodeURIComponent(id)}/components/${encodeURIComponent(component)}`,
};
