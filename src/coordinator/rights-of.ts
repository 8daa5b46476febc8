/** What an actor may do on a hub: what GitHub says of them there, asked with the App's own token and believed for a minute. */
import { mayDo, neededFor, type HubPermission, type RightfulAction } from "../chain/rights.js";
import type { Actor } from "./access-port.js";
import { GitHubError, type Clock, type GitHub, type RepoName } from "./ports.js";

/** hidden: the hub does not exist for them, and they are told nothing else; forbidden: a sentence says what it takes. */
export type Verdict = { kind: "allowed" } | { kind: "hidden" } | { kind: "forbidden"; sentence: string };

/** Every method throws GitHubError where GitHub does not answer; what it refuses to tell counts as no permission. */
export interface Rights {
  permission(actor: Actor, hub: RepoName): Promise<HubPermission>;
  may(actor: Actor, action: RightfulAction, hub: RepoName): Promise<Verdict>;
  /** Of these hubs, those that the actor may read, in their order. */
  readable(actor: Actor, hubs: readonly RepoName[]): Promise<RepoName[]>;
}

/** Milliseconds for which an answer of GitHub's counts. */
const BELIEVED = 60_000;
/** Answers that are kept; the oldest go first. */
const MOST_ANSWERS = 10_000;

interface Known {
  until: number;
  permission: Promise<HubPermission>;
}

export function createRights({ github, clock }: { github: Pick<GitHub, "permission">; clock: Clock }): Rights {
  const known = new Map<string, Known>();

  function ofLogin(login: string, hub: RepoName, userId?: number): Promise<HubPermission> {
    const key = `${login} ${userId ?? ""} ${hub}`.toLowerCase();
    const now = clock.now();
    const found = known.get(key);
    if (found !== undefined && found.until > now) return found.permission;
    const permission = github.permission(hub, login, userId).catch(asNone);
    // Anew at the end, so that the first one is the oldest.
    known.delete(key);
    known.set(key, { until: now + BELIEVED, permission });
    permission.catch(() => {
      if (known.get(key)?.permission === permission) known.delete(key);
    });
    const [oldest] = known.keys();
    if (known.size > MOST_ANSWERS && oldest !== undefined) known.delete(oldest);
    return permission;
  }

  async function permissionOf(actor: Actor, hub: RepoName): Promise<HubPermission> {
    switch (actor.kind) {
      case "local":
        return "admin";
      case "user":
        return ofLogin(actor.login, hub, actor.id);
      case "github":
        return ofLogin(actor.login, hub);
      case "token": {
        const given = actor.login === null ? "admin" : await ofLogin(actor.login, hub, actor.userId);
        return actor.scope === "read" && given !== "none" ? "read" : given;
      }
    }
  }

  return {
    permission: permissionOf,
    async may(actor, action, hub) {
      const permission = await permissionOf(actor, hub);
      if (mayDo(action, permission)) return { kind: "allowed" };
      if (!mayDo("read", permission)) return { kind: "hidden" };
      return { kind: "forbidden", sentence: whyNot(actor, action, hub) };
    },
    async readable(actor, hubs) {
      const permissions = await Promise.all(hubs.map((hub) => permissionOf(actor, hub)));
      return hubs.filter((_, index) => mayDo("read", permissions[index] ?? "none"));
    },
  };
}

/** Also where the App is not installed (any more), or is suspended: there is nothing that GitHub would vouch for. */
function asNone(cause: unknown): HubPermission {
  if (cause instanceof GitHubError && cause.kind === "refused") return "none";
  throw cause;
}

function whyNot(actor: Actor, action: RightfulAction, hub: RepoName): string {
  const needed = `${neededFor(action)} permission`;
  if (actor.kind === "token" && actor.scope === "read")
    return `To ${action}, a token of scope operate is needed; ${actor.name} may only read.`;
  const who = actor.kind === "local" ? actor.via : (actor.login ?? "whoever made the token");
  return `To ${action}, ${who} needs ${needed} on ${hub} in GitHub.`;
}

/** The actor asked for what they may see, and may not do. The message is a sentence for them. */
export class ForbiddenError extends Error {
  override readonly name = "ForbiddenError";
}

/** Whether the actor may see and do what concerns the server as a whole, as far as their scope goes. */
export function ownsServer(actor: Actor): boolean {
  return actor.kind === "local" || (actor.kind === "token" && actor.login === null);
}
