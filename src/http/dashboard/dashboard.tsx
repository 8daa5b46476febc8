/** The dashboard: pages for people, made on the server. Scripts only keep an open page up to date. */
import { createHash } from "node:crypto";
import { Hono } from "hono";
import { runView } from "../../chain/run-view.js";
import { ConflictError, GitHubError, type Clock, type Log } from "../../coordinator/ports.js";
import { ForbiddenError } from "../../coordinator/rights-of.js";
import type { AccessEnv } from "../access-env.js";
import { limitBody } from "../limit-body.js";
import { noNul } from "../no-nul.js";
import { principal, type PrincipalOptions } from "../principal.js";
import { addCommandForms } from "./command-routes.js";
import { addComponentPage } from "./component-route.js";
import { openAssets } from "./assets.js";
import { message, type Desk, type PageContext, type PageStatus } from "./desk.js";
import { addListPage } from "./list-route.js";
import { addLogPage } from "./log-route.js";
import { addRunPages } from "./run-routes.js";
import { addStartPages } from "./start-routes.js";
import { createEndedViews } from "./ended-views.js";
import { document, type Reader } from "./page.js";
import { createPieces } from "./pieces.js";
import { createRunLayouts } from "./run-layout.js";

export interface DashboardOptions extends PrincipalOptions {
  clock: Clock;
  log: Log;
  /** Where the style sheet and the script lie; absent: where `npm run build` puts them. */
  assetsFolder?: string;
}

const FORM_LIMIT = 64 * 1024;

/** Nothing from elsewhere, no script and no style within a page. */
const POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:"],
  ...["form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"],
].join("; ");

/** Makes the dashboard as a hono app: `createDashboard(…).fetch(request)`. */
export function createDashboard(options: DashboardOptions): Hono<AccessEnv> {
  const { access, clock, log } = options;
  const assets = openAssets(options.assetsFolder);
  const endedView = createEndedViews();
  const desk: Desk = {
    layouts: createRunLayouts(),
    pieces: createPieces(),
    now: () => Math.floor(clock.now() / 1_000) * 1_000,
    async view({ var: { operations } }, run) {
      if (run.status === "completed") return endedView(run, desk.now());
      return runView(run, desk.now(), await operations.surroundings(run));
    },
    async mayNot({ var: { actor } }, action, hub) {
      const verdict = await access.rights.may(actor, action, hub);
      if (verdict.kind === "allowed") return null;
      return verdict.kind === "forbidden" ? verdict.sentence : `There is no hub ${hub} here.`;
    },
    show: async (c, page, status = 200) => answered(c, String(await document(page, assets(), readerOf(c))), status),
  };
  const app = new Hono<AccessEnv>();
  app.use(async (c, next) => {
    await next();
    c.header("content-security-policy", POLICY);
    c.header("x-content-type-options", "nosniff");
    // Not no-referrer: with it browsers say of forms that they come from nowhere.
    c.header("referrer-policy", "same-origin");
    if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
  });
  app.use(limitBody(FORM_LIMIT, (c) => c.text("The form is too large.", 413)));
  app.onError((error, c) => failure(error, c, desk, log));
  app.notFound((c) => message(c, desk, 404, "There is nothing here", "The release runs are listed on the first page."));
  // For everybody: there is nothing in them.
  app.get("/assets/:name", (c) => {
    const asset = assets().find(c.req.param("name"));
    if (asset === null) return c.notFound();
    const forEver = { "cache-control": "public, max-age=31536000, immutable" };
    return c.body(asset.content, 200, { "content-type": asset.type, ...forEver });
  });
  app.use(noNul);
  app.use(principal(options));
  addListPage(app, desk);
  addStartPages(app, desk);
  addRunPages(app, desk);
  addComponentPage(app, desk);
  addLogPage(app, desk);
  addCommandForms(app, desk);
  return app;
}

/** A page with its ETag; only that, where the reader has the page as it is. */
function answered(c: PageContext, html: string, status: PageStatus): Response {
  if (status !== 200) return c.html(html, status);
  const bytes = new TextEncoder().encode(html);
  const etag = `W/"${createHash("sha1").update(bytes).digest("base64url")}"`;
  c.header("etag", etag);
  if (c.req.header("if-none-match") === etag) return c.body(null, 304);
  return c.body(bytes, 200, { "content-type": "text/html; charset=UTF-8" });
}

/** Who reads the page; nobody is known where the request did not come so far. */
function readerOf(c: PageContext): Reader {
  // Set by `principal`, which an address that is not there may not have passed.
  const { actor, csrf } = c.var as Partial<PageContext["var"]>;
  return { login: actor?.kind === "user" ? actor.login : null, csrf: csrf ?? null };
}

/** What is not for the reader to know is in the log. */
function failure(error: Error, c: PageContext, desk: Desk, log: Log): Promise<Response> {
  const about = { method: c.req.method, path: c.req.path, err: error };
  if (error instanceof ForbiddenError) return message(c, desk, 403, "You may not do this", error.message);
  if (error instanceof ConflictError) {
    log.warn(about, "A page met a change that was made at the same time.");
    return message(c, desk, 409, "Somebody else changed this at the same time", "Look at it again, and try again.");
  }
  if (error instanceof GitHubError) {
    log.warn(about, "A page could not be made because GitHub refused or did not answer.");
    return message(c, desk, 502, "GitHub refused, or did not answer", error.message);
  }
  log.error(about, "A page could not be made.");
  return message(c, desk, 500, "The server failed to make this page", "The cause is in its log. Try again.");
}
