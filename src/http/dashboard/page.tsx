/** What all pages have in common. */
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { Assets } from "./assets.js";

export interface PageProps {
  assets: Assets;
  title: string;
  /** Which entry of the navigation this page belongs to. */
  here: "runs" | "start" | null;
  /** The page changes: where its news come from. */
  live?: Live | null;
  children: Child;
}

/** `events`: the address of the run's event stream; null: there is none, the page is looked at again and again. */
export interface Live {
  events: string | null;
}

/** A whole document. */
export function page(props: PageProps) {
  return html`<!doctype html>${(<Document {...props} />)}`;
}

function Document({ assets, title, here, live = null, children }: PageProps) {
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
        </header>
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <div id="news" class="unseen" role="status" aria-live="polite"></div>
      </body>
    </html>
  );
}
