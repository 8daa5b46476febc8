/** How many requests are taken from one address and from one actor, on the public listener. */
import type { Context } from "hono";
import type { Actor } from "../coordinator/access-port.js";
import type { Clock } from "../coordinator/ports.js";
import type { AccessEnv } from "./access-env.js";
import { createBuckets, type Rate } from "./token-buckets.js";

export interface RequestLimits {
  /** Proxies before the server whose X-Forwarded-For is believed; 0: none is. */
  trustProxy: number;
  /** Each takes one; milliseconds until there may be another, 0: it may pass. */
  ofAddress(address: string): number;
  ofActor(actor: Actor, method: string): number;
  ofSignIn(address: string): number;
}

export interface RequestRates {
  address: Rate;
  reads: Rate;
  writes: Rate;
  signIns: Rate;
}

/** A page of the dashboard is some five requests; behind one address there may be a whole company. */
export const REQUEST_RATES: RequestRates = {
  address: { perMinute: 1_200, burst: 400 },
  reads: { perMinute: 600, burst: 200 },
  writes: { perMinute: 60, burst: 30 },
  signIns: { perMinute: 10, burst: 20 },
};

export function createRequestLimits(
  clock: Clock,
  trustProxy: number,
  rates: RequestRates = REQUEST_RATES,
): RequestLimits {
  const addresses = createBuckets(rates.address, clock);
  const reads = createBuckets(rates.reads, clock);
  const writes = createBuckets(rates.writes, clock);
  const signIns = createBuckets(rates.signIns, clock);
  return {
    trustProxy,
    ofAddress: (address) => addresses.take(networkOf(address)),
    ofActor: (actor, method) => (["GET", "HEAD"].includes(method) ? reads : writes).take(actorKey(actor)),
    ofSignIn: (address) => signIns.take(networkOf(address)),
  };
}

/** Who an actor is, in whichever session or by whichever of their tokens; a token of the server's is one of its own. */
export function actorKey(actor: Actor): string {
  switch (actor.kind) {
    case "local":
      return "local";
    case "user":
      return `user ${actor.id}`;
    case "token":
      return `token ${actor.id}`;
    case "github":
      return `github ${actor.login}`;
  }
}

/** An IPv6 address counts as its /64, which is what one household gets. */
function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1] ?? address;
  const [head = "", tail] = address.split("::");
  const start = head === "" ? [] : head.split(":");
  const end = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - start.length - end.length)).fill("0");
  return `${[...start, ...zeros, ...end].slice(0, 4).join(":")}::/64`;
}

/**
 * Where a request came from: `control socket`, or an address. Of X-Forwarded-For, which anybody can write, only as many are believed,
 * from its end, as there are proxies of the operator's; null: it is not known.
 */
export function sourceOf(c: Context<AccessEnv>, trustProxy: number): string | null {
  if (c.env.way === "control socket") return c.env.way;
  const direct = c.env.incoming?.socket.remoteAddress ?? null;
  if (trustProxy === 0 || c.env.way !== "public") return direct;
  const told = (c.req.header("x-forwarded-for") ?? "").split(",").map((address) => address.trim());
  const address = told.at(-trustProxy) ?? "";
  return /^[0-9a-f.:]{2,45}$/i.test(address) ? address : direct;
}
