/** The dashboard: pages for people, made on the server. Scripts only keep an open page up to date. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { ALONE } from "../../chain/explain.js";
import { runView } from "../../chain/run-view.js";
import type { Operations } from "../../coordinator/operations.js";
import type { Clock, Log } from "../../coordinator/ports.js";
import { openAssets } from "./assets.js";
import { message, type Desk } from "./desk.js";
import { addListPage } from "./list-route.js";
import { addRunPages } from "./run-routes.js";
import { page } from "./page.js";
import { createRunLayouts } from "./run-layout.js";

export interface DashboardOptions {
  operations: Operations;
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
export function createDashboard(options: DashboardOptions): Hono {
  const { operations, clock, log } = options;
  const assets = openAssets(options.assetsFolder);
  const desk: Desk = {
    operations,
    layouts: createRunLayouts(),
    now: () => clock.now(),
    async view(run) {
      return runView(run, clock.now(), run.status === "completed" ? ALONE : await operations.surroundings(run));
    },
    show: async (c, props, status = 200) => c.html(await page({ ...props, assets: assets() }), status),
  };
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header("content-security-policy", POLICY);
    c.header("x-content-type-options", "nosniff");
    // Not no-referrer: with it browsers say of forms that they come from nowhere.
    c.header("referrer-policy", "same-origin");
    if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
  });
  app.use(bodyLimit({ maxSize: FORM_LIMIT }));
  app.onError((error, c) => {
    log.error({ method: c.req.method, path: c.req.path, err: error }, "A page could not be made.");
    return message(c, desk, 500, "The server failed to make this page", "The cause is in its log. Try again.");
  });
  app.notFound((c) => message(c, desk, 404, "There is nothing here", "The release runs are listed on the first page."));
  app.get("/assets/:name", (c) => {
    const asset = assets().find(c.req.param("name"));
    if (asset === null) return c.notFound();
    return c.body(asset.content, 200, {
      "content-type": asset.type,
      "cache-control": "public, max-age=31536000, immutable",
    });
  });
  addListPage(app, desk);
  addRunPages(app, desk);
  return app;
}
