/** Who may what, for tests of the server: permissions as they are put in, and everything else in memory. */
import type { HubPermission } from "../../src/chain/rights.js";
import type { Clock, Log } from "../../src/coordinator/ports.js";
import { createRights } from "../../src/coordinator/rights-of.js";
import { memoryAccess } from "../contract/memory-access.js";
import { clock as fixedClock, type FakeOperations } from "./fakes.js";

/** `permissions`: of `login hub`; nobody else has any. */
export function openAccess(
  operations: Pick<FakeOperations, "runs">,
  log: Log,
  permissions: ReadonlyMap<string, HubPermission> = new Map(),
  clock: Clock = fixedClock,
) {
  const github = {
    permission: (hub: string, login: string) => Promise.resolve(permissions.get(`${login} ${hub}`) ?? "none"),
  };
  const access = memoryAccess(() => Promise.resolve(operations.runs));
  return { ...access, rights: createRights({ github, clock }), clock, log };
}
