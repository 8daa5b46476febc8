/** Who may what, for tests of the server: permissions as they are put in, and everything else in memory. */
import type { HubPermission } from "../../src/chain/rights.js";
import type { Clock, Log, Random } from "../../src/coordinator/ports.js";
import { createRights } from "../../src/coordinator/rights-of.js";
import { createAccess } from "../../src/http/access.js";
import { memoryAccess } from "../contract/memory-access.js";
import { clock as fixedClock } from "./sample-runs.js";
import type { FakeOperations } from "./fake-operations.js";

export interface AccessSettings {
  /** By `login hub`; whoever is not named here has no permission. */
  permissions?: ReadonlyMap<string, HubPermission>;
  /** Whose each login is by now, by id; whoever is not named here is who they say. */
  ids?: ReadonlyMap<string, number>;
  clock?: Clock;
  /** Absent: nobody can sign in. */
  origin?: string;
  trustProxy?: number;
}

/** `store`: what is kept, to look into. */
export function openAccess(
  operations: Pick<FakeOperations, "runs">,
  log: Log,
  { permissions = new Map(), ids = new Map(), clock = fixedClock, origin, trustProxy = 0 }: AccessSettings = {},
) {
  const github = {
    permission: (hub: string, login: string, userId?: number) => {
      const isTheirs = userId === undefined || (ids.get(login) ?? userId) === userId;
      return Promise.resolve((isTheirs ? permissions.get(`${login} ${hub}`) : undefined) ?? "none");
    },
  };
  const store = memoryAccess(() => Promise.resolve(operations.runs));
  const rights = createRights({ github, clock });
  const parts = { signInOrigin: origin ?? null, trustProxy, clock, random: countingRandom(), log };
  return { ...createAccess({ store, rights, ...parts }), store };
}

/** Ids of the length that real ones have, and none twice. */
export function countingRandom(): Random {
  let number = 0;
  return {
    id() {
      number += 1;
      return `id${String(number).padStart(22, "0")}`;
    },
  };
}
