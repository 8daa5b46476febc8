/** What people may do: their rights on the hub in GitHub, and nothing else. */

/** As GitHub names them; `none`: not even to be seen. */
export type HubPermission = "admin" | "maintain" | "write" | "triage" | "read" | "none";

/** What may be done with a hub's release runs, or with the server. */
export type RightfulAction = "read" | "start" | "retry" | "skip" | "adopt" | "cancel" | "prune";

const NEEDED: Record<RightfulAction, readonly HubPermission[]> = {
  read: ["admin", "maintain", "write", "triage", "read"],
  start: ["admin", "maintain", "write"],
  retry: ["admin", "maintain", "write"],
  skip: ["admin", "maintain", "write"],
  adopt: ["admin", "maintain", "write"],
  cancel: ["admin", "maintain"],
  prune: ["admin", "maintain"],
};

/** Whether somebody with this permission on the hub may do it. */
export function mayDo(action: RightfulAction, permission: HubPermission): boolean {
  return NEEDED[action].includes(permission);
}

/** The least permission that it takes, for a sentence. */
export function neededFor(action: RightfulAction): HubPermission {
  return NEEDED[action].at(-1) ?? "admin";
}
