/** Who asks for something, the record of it, and what is kept of people and programs that may ask. Implementation: store/. */
import type { RightfulAction } from "../chain/rights.js";

/** What a token for programs may do at most: look, or all that its maker may. */
export type TokenScope = "read" | "operate";

/** Who asks. */
export type Actor =
  /** Whoever may open the control socket, or reach the loopback listener: the machine's own people. */
  | { kind: "local"; via: "control socket" | "local listener" }
  /** Signed in through GitHub. */
  | { kind: "user"; login: string; id: number }
  /** A program. `login`: whose rights it has; null: made on the server itself, it has what its scope says. */
  | { kind: "token"; id: string; name: string; scope: TokenScope; login: string | null }
  /** By a button or a command in GitHub. */
  | { kind: "github"; login: string };

/** An actor, and where the request came from: an address, `control socket`, or a place in GitHub (its URL). */
export interface Asker {
  actor: Actor;
  source: string | null;
}

export type AuditedAction = RightfulAction | "check" | "sign-in" | "sign-out" | "create-token" | "revoke-token";

/** What was asked for, and what became of it. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  at: number;
  actor: Actor;
  /** Where the request came from: an address, `control socket`, or a place in GitHub (its URL). */
  source: string | null;
  action: AuditedAction;
  hub: string | null;
  runId: string | null;
  component: string | null;
  result: "done" | "unchanged" | "refused" | "failed";
  /** A sentence; nothing secret. */
  detail: string | null;
}

/** An entry as it is read: the actor in words. */
export interface AuditRecord extends Omit<AuditEntry, "actor"> {
  /** Rises with time. */
  id: number;
  actorKind: Actor["kind"];
  /** See `actorName`. */
  actor: string;
}

export interface AuditQuery {
  hub?: string;
  runId?: string;
  /** Those before this one; absent: from the newest on. */
  before?: number;
  limit: number;
}

/** Written for every action that was asked for, also where it was refused. Nothing is ever decided by it. */
export interface AuditLog {
  record(entry: AuditEntry): Promise<void>;
}

/** The log as it is kept. */
export interface AuditStore extends AuditLog {
  /** Newest first. */
  entries(query: AuditQuery): Promise<AuditRecord[]>;
}

/** Which hubs there is anything of: what is asked to tell what somebody may see. */
export interface HubQuestions {
  /** Every hub that has a release run, by name. */
  hubs(): Promise<string[]>;
  /** Hubs whose release runs collected a file of this SHA-256 (lower-case hex), by name. */
  hubsWithFile(sha256: string): Promise<string[]>;
}

/** The name of an actor for people: a login, a token's name with whose it is, or the way in. */
export function actorName(actor: Actor): string {
  switch (actor.kind) {
    case "local":
      return actor.via;
    case "user":
    case "github":
      return actor.login;
    case "token":
      return `${actor.name} (${actor.id}${actor.login === null ? "" : ` of ${actor.login}`})`;
  }
}

/** What is kept of people and programs that may ask, and of what they did. */
export interface AccessStore {
  audit: AuditStore;
  hubs: HubQuestions;
}
