import type { MiddlewareHandler } from "hono";

/** Nothing has a NUL in its name, and PostgreSQL takes none to look for: such an address leads nowhere. */
export const noNul: MiddlewareHandler = async (c, next) => {
  if (c.req.url.includes("%00")) return c.notFound();
  await next();
  return undefined;
};
