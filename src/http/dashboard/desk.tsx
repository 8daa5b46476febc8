/** What the dashboard's routes share. */
import type { Context } from "hono";
import type { RunView } from "../../chain/run-view.js";
import type { ReleaseRun } from "../../chain/run.js";
import type { Operations } from "../../coordinator/operations.js";
import type { PageProps } from "./page.js";
import type { RunLayouts } from "./run-layout.js";

/** What the pages are made with. */
export interface Desk {
  operations: Operations;
  layouts: RunLayouts;
  now(): number;
  view(run: ReleaseRun): Promise<RunView>;
  /** A whole page as an answer. */
  show(
    c: Context,
    props: Omit<PageProps, "assets">,
    status?: 200 | 400 | 404 | 409 | 422 | 500 | 502,
  ): Promise<Response>;
}

/** A page that only says something. */
export function message(
  c: Context,
  desk: Desk,
  status: 400 | 404 | 409 | 422 | 500 | 502,
  title: string,
  detail: string,
): Promise<Response> {
  const children = (
    <>
      <h1>{title}</h1>
      <p>{detail}</p>
      <p>
        <a href="/">Release runs</a>
      </p>
    </>
  );
  return desk.show(c, { title, here: null, children }, status);
}
