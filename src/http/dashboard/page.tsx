/** What all pages have in common. */
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { Assets } from "./assets.js";

export interface Page {
  title: string;
  /** Which entry of the navigation this page belongs to. */
  here: "runs" | "start" | null;
  /** The page changes: where its news come from; null or absent: it stays as it is. */
  live?: Live | null;
  children: Child;
}

/** `events`: the address of the run's event stream; null: there is none, the page is looked at again and again. */
export interface Live {
  events: string | null;
}

/** Who looks at a page. */
export interface Reader {
  /** Of whoever signed in; null: nobody had to. */
  login: string | null;
  csrf: string | null;
}

/** A whole document. */
export function document(page: Page, assets: Assets, reader: Reader) {
  return html`<!doctype html>${(<Document {...page} assets={assets} reader={reader} />)}`;
}

function Document({ assets, reader, title, here, live = null, children }: Page & { assets: Assets; reader: Reader }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · release-chain`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={assets.style} />
        <script type="module" src={assets.script}></script>
      </head>
      <body data-events={live?.events ?? undefined} data-watch={live === null ? undefined : "yes"}>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="top">
          <a class="brand" href="/">
            release-chain
          </a>
          <nav aria-label="Main">
            <a href="/" aria-current={here === "runs" ? "page" : undefined}>
              Release runs
            </a>
            <a href="/start" aria-current={here === "start" ? "page" : undefined}>
              Start
            </a>
          </nav>
          {reader.login === null ? null : (
            <form class="who" method="post" action="/logout">
              <Csrf token={reader.csrf} />
              <span>{reader.login}</span> <button type="submit">Sign out</button>
            </form>
          )}
        </header>
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <div id="news" class="unseen" role="status" aria-live="polite"></div>
      </body>
    </html>
  );
}

/** What every form has to send back. */
export function Csrf({ token }: { token: string | null }) {
  return token === null ? null : <input type="hidden" name="csrf" value={token} />;
}
