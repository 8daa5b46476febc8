/** `Idempotency-Key`: a request that is repeated with it is answered as the first time, and not carried out again. */
import { createHash } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import type { IdempotencyStore, StoredAnswer } from "../coordinator/access-port.js";
import { ConflictError, type Clock } from "../coordinator/ports.js";
import type { AccessEnv } from "./access-env.js";
import { BadRequest } from "./api-requests.js";
import { once } from "./openapi/route-parts.js";
import { problemResponse } from "./problem.js";
import { actorKey } from "./request-limits.js";

/** Milliseconds for which answers are kept. */
const KEPT = 24 * 3_600_000;
/** A request that was not answered for so long is not in hand any more: its server ended. In ms; starting asks GitHub a lot. */
const IN_HAND = 10 * 60_000;
/** How often answers that are too old are looked for, in ms. */
const TIDIED = 3_600_000;

/** For routes behind `principal` that carry something out. */
export function idempotency(store: IdempotencyStore, clock: Clock): MiddlewareHandler<AccessEnv> {
  let tidied = -Infinity;
  return async (c, next) => {
    const key = c.req.header("idempotency-key");
    if (key === undefined || c.req.method !== "POST") return next();
    const read = once.shape["idempotency-key"].safeParse(key);
    if (!read.success) throw new BadRequest(`Idempotency-Key: ${read.error.issues[0]?.message ?? "is none"}.`);
    const now = clock.now();
    if (now - tidied >= TIDIED) {
      tidied = now;
      await store.deleteBefore(now - KEPT);
    }
    const owner = actorKey(c.var.actor);
    const request = [c.req.method, c.req.path, await c.req.text()];
    const hash = createHash("sha256").update(JSON.stringify(request)).digest("hex");
    const claim = await store.claim(owner, key, hash, now, now - IN_HAND);
    switch (claim.kind) {
      case "in-hand":
        return problemResponse(
          409,
          "idempotency-key",
          "The first request with this key is in hand. Ask again in a moment.",
        );
      case "other-request":
        return problemResponse(422, "idempotency-key", "This key came with another request. Take a new one for each.");
      case "answered":
        return replayed(claim.answer);
      case "first":
    }
    await next();
    // Also where it threw: then the answer is what the app made of that.
    if (isFinal(c)) await store.answered(owner, key, await kept(c.res.clone()));
    else await store.release(owner, key);
    return undefined;
  };
}

/** What failed on the way, or was refused for how things stood with the asker, may go well the next time. */
function isFinal({ res: { status }, error }: Context): boolean {
  return status < 500 && ![401, 403, 429].includes(status) && !(error instanceof ConflictError);
}

async function kept(answer: Response): Promise<StoredAnswer> {
  const headers = Object.fromEntries(
    ["content-type", "location"].flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    }),
  );
  return { status: answer.status, headers, body: await answer.text() };
}

function replayed({ status, headers, body }: StoredAnswer): Response {
  return new Response(body, { status, headers: { ...headers, "idempotency-replayed": "true" } });
}
