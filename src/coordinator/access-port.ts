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
  /** A program. `login`: whose rights it has, and their id; null: made on the server itself, it has what its scope says. */
  | { kind: "token"; id: string; name: string; scope: TokenScope; login: string | null; userId?: number }
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

/** Milliseconds for which an entry is kept: a year, and what a report about it may be late. */
export const AUDIT_KEPT = 400 * 86_400_000;
/** How often entries that are older are looked for, at the most, by the times of those that are written; ms. */
export const AUDIT_TIDIED = 86_400_000;

/** The log as it is kept: what is older than AUDIT_KEPT goes as others come. */
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

/** A token for programs, without its value. */
export interface ApiToken {
  id: string;
  name: string;
  scope: TokenScope;
  /** Whose rights it has, with their id in GitHub; null: made on the server itself. */
  owner: { login: string; id: number } | null;
  /** Times in milliseconds since 1970. */
  createdAt: number;
  expiresAt: number;
  /** Give or take a minute; null: never. */
  usedAt: number | null;
  revokedAt: number | null;
}

/** Tokens by the SHA-256 of their value (hex), which is kept nowhere. */
export interface TokenStore {
  add(token: ApiToken, tokenHash: string): Promise<void>;
  /** Also where it is expired or revoked. */
  byHash(tokenHash: string): Promise<ApiToken | null>;
  get(id: string): Promise<ApiToken | null>;
  /** Of one person, or of all (undefined), newest first. */
  list(ownerId?: number): Promise<ApiToken[]>;
  used(id: string, at: number): Promise<void>;
  /** The first time counts. */
  revoke(id: string, at: number): Promise<void>;
  /** Forgets those that expired before a time (ms). */
  deleteExpired(before: number): Promise<void>;
}

/** Somebody who signed in, in one browser. */
export interface Session {
  login: string;
  /** Their id in GitHub. */
  userId: number;
  createdAt: number;
  /** Give or take a minute. */
  seenAt: number;
  expiresAt: number;
}

/** A sign-in that was begun, and is not ended. */
export interface PendingSignIn {
  /** SHA-256 (hex) of what only the browser has that began it. */
  browserHash: string;
  /** Where the person wanted to go: a path of this server. */
  returnTo: string;
  expiresAt: number;
}

/** Sessions and begun sign-ins, by the SHA-256 (hex) of the secret in the cookie or of the state. */
export interface SessionStore {
  add(tokenHash: string, session: Session): Promise<void>;
  /** Also where it is expired. */
  get(tokenHash: string): Promise<Session | null>;
  seen(tokenHash: string, at: number): Promise<void>;
  remove(tokenHash: string): Promise<void>;
  /** All of a person. */
  removeAll(userId: number): Promise<void>;
  begin(stateHash: string, signIn: PendingSignIn): Promise<void>;
  /** Takes a begun sign-in away: of several who ask for it, one gets it. */
  take(stateHash: string): Promise<PendingSignIn | null>;
  /** Forgets sessions that expired, or were not seen since `seenBefore`, and sign-ins that expired. */
  deleteOld(now: number, seenBefore: number): Promise<void>;
}

/** An answer as it was given. */
export interface StoredAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export type Claim =
  /** Do it, and tell how it was answered. */
  | { kind: "first" }
  /** The same request is in hand, or broke off lately. */
  | { kind: "in-hand" }
  /** The key was used for another request. */
  | { kind: "other-request" }
  | { kind: "answered"; answer: StoredAnswer };

/** Answers to requests that carry a key, so that they are carried out once. */
export interface IdempotencyStore {
  /**
   * Claims a key of an owner for a request (by its hash) at a time (ms). What was claimed before `staleBefore` and never
   * answered is claimed anew: its server died. Of several at once, one is first.
   */
  claim(owner: string, key: string, requestHash: string, at: number, staleBefore: number): Promise<Claim>;
  answered(owner: string, key: string, answer: StoredAnswer): Promise<void>;
  /** Gives the key back: nothing was done that must not be done again. */
  release(owner: string, key: string): Promise<void>;
  deleteBefore(at: number): Promise<void>;
}

/** What is kept of people and programs that may ask, and of what they did. */
export interface AccessStore {
  audit: AuditStore;
  hubs: HubQuestions;
  tokens: TokenStore;
  sessions: SessionStore;
  idempotency: IdempotencyStore;
}
