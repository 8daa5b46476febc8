/** A page with one sentence, for where there is no dashboard around it. Its looks are the browser's own: it may load nothing. */
import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

/** `goOn`: the browser follows the link by itself. */
export function messagePage(
  title: string,
  sentence: string,
  link: { href: string; text: string },
  goOn = false,
): HtmlEscapedString | Promise<HtmlEscapedString> {
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        {goOn ? <meta http-equiv="refresh" content={`0;url=${link.href}`} /> : null}
        <title>{title} · release-chain</title>
      </head>
      <body>
        <main>
          <h1>{title}</h1>
          <p>{sentence}</p>
          <p>
            <a href={link.href}>{link.text}</a>
          </p>
        </main>
      </body>
    </html>
  );
  return html`<!doctype html>${page}`;
}
