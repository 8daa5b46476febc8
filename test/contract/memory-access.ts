/** What the store keeps of people and programs, in memory: the contract of test/contract/access-contract.ts holds both to it. */
import {
  AUDIT_KEPT,
  actorName,
  type AccessStore,
  type ApiToken,
  type AuditEntry,
  type AuditQuery,
  type AuditRecord,
  type AuditStore,
  type Claim,
  type HubQuestions,
  type IdempotencyStore,
  type PendingSignIn,
  type Session,
  type SessionStore,
  type StoredAnswer,
  type TokenStore,
} from "../../src/coordinator/access-port.js";
import type { ReleaseRun } from "../../src/chain/run.js";

export class MemoryAudit implements AuditStore {
  readonly records: AuditRecord[] = [];

  record({ actor, ...entry }: AuditEntry): Promise<void> {
    const id = (this.records.at(-1)?.id ?? 0) + 1;
    this.records.push({ ...entry, id, actorKind: actor.kind, actor: actorName(actor) });
    const kept = this.records.filter(({ at }) => at >= entry.at - AUDIT_KEPT);
    if (kept.length < this.records.length) this.records.splice(0, this.records.length, ...kept);
    return Promise.resolve();
  }

  entries({ hub, runId, before, limit }: AuditQuery): Promise<AuditRecord[]> {
    return Promise.resolve(
      [...this.records]
        .reverse()
        .filter((record) => hub === undefined || record.hub === hub)
        .filter((record) => runId === undefined || record.runId === runId)
        .filter((record) => before === undefined || record.id < before)
        .slice(0, limit)
        .map((record) => structuredClone(record)),
    );
  }
}

function hubsOf(runs: () => Promise<ReleaseRun[]>): HubQuestions {
  async function named(matches: (run: ReleaseRun) => boolean): Promise<string[]> {
    return [...new Set((await runs()).filter(matches).map(({ hub }) => hub))].sort();
  }
  return {
    hubs: () => named(() => true),
    hubsWithFile: (sha256) =>
      named(({ components }) =>
        components.some(({ artifacts }) => artifacts.some(({ files }) => files.some((file) => file.sha256 === sha256))),
      ),
  };
}

export class MemoryTokens implements TokenStore {
  readonly #tokens = new Map<string, { token: ApiToken; hash: string }>();

  add(token: ApiToken, hash: string): Promise<void> {
    this.#tokens.set(token.id, { token: structuredClone(token), hash });
    return Promise.resolve();
  }

  byHash(hash: string): Promise<ApiToken | null> {
    const found = [...this.#tokens.values()].find((one) => one.hash === hash);
    return Promise.resolve(found === undefined ? null : structuredClone(found.token));
  }

  get(id: string): Promise<ApiToken | null> {
    return Promise.resolve(structuredClone(this.#tokens.get(id)?.token) ?? null);
  }

  list(ownerId?: number): Promise<ApiToken[]> {
    const all = [...this.#tokens.values()].map(({ token }) => structuredClone(token));
    return Promise.resolve(
      all
        .filter(({ owner }) => ownerId === undefined || owner?.id === ownerId)
        .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)),
    );
  }

  used(id: string, at: number): Promise<void> {
    return this.#change(id, { usedAt: at });
  }

  revoke(id: string, at: number): Promise<void> {
    return this.#tokens.get(id)?.token.revokedAt == null ? this.#change(id, { revokedAt: at }) : Promise.resolve();
  }

  deleteExpired(before: number): Promise<void> {
    for (const [id, { token }] of this.#tokens) if (token.expiresAt < before) this.#tokens.delete(id);
    return Promise.resolve();
  }

  #change(id: string, change: Partial<ApiToken>): Promise<void> {
    const found = this.#tokens.get(id);
    if (found !== undefined) Object.assign(found.token, change);
    return Promise.resolve();
  }
}

export class MemorySessions implements SessionStore {
  readonly sessions = new Map<string, Session>();
  readonly #signIns = new Map<string, PendingSignIn>();

  add(tokenHash: string, session: Session): Promise<void> {
    this.sessions.set(tokenHash, { ...session });
    return Promise.resolve();
  }

  get(tokenHash: string): Promise<Session | null> {
    const found = this.sessions.get(tokenHash);
    return Promise.resolve(found === undefined ? null : { ...found });
  }

  seen(tokenHash: string, at: number): Promise<void> {
    const found = this.sessions.get(tokenHash);
    if (found !== undefined) found.seenAt = at;
    return Promise.resolve();
  }

  remove(tokenHash: string): Promise<void> {
    this.sessions.delete(tokenHash);
    return Promise.resolve();
  }

  removeAll(userId: number): Promise<void> {
    for (const [hash, session] of this.sessions) if (session.userId === userId) this.sessions.delete(hash);
    return Promise.resolve();
  }

  begin(stateHash: string, signIn: PendingSignIn): Promise<void> {
    this.#signIns.set(stateHash, { ...signIn });
    return Promise.resolve();
  }

  take(stateHash: string): Promise<PendingSignIn | null> {
    const found = this.#signIns.get(stateHash) ?? null;
    this.#signIns.delete(stateHash);
    return Promise.resolve(found);
  }

  deleteOld(now: number, seenBefore: number): Promise<void> {
    for (const [hash, { expiresAt, seenAt }] of this.sessions)
      if (expiresAt <= now || seenAt < seenBefore) this.sessions.delete(hash);
    for (const [hash, { expiresAt }] of this.#signIns) if (expiresAt <= now) this.#signIns.delete(hash);
    return Promise.resolve();
  }
}

export class MemoryIdempotency implements IdempotencyStore {
  readonly #claims = new Map<string, { requestHash: string; at: number; answer: StoredAnswer | null }>();

  claim(owner: string, key: string, requestHash: string, at: number, staleBefore: number): Promise<Claim> {
    const name = JSON.stringify([owner, key]);
    const found = this.#claims.get(name);
    if (found !== undefined && found.requestHash !== requestHash) return Promise.resolve({ kind: "other-request" });
    if (found?.answer != null) return Promise.resolve({ kind: "answered", answer: structuredClone(found.answer) });
    if (found !== undefined && found.at >= staleBefore) return Promise.resolve({ kind: "in-hand" });
    this.#claims.set(name, { requestHash, at, answer: null });
    return Promise.resolve({ kind: "first" });
  }

  answered(owner: string, key: string, answer: StoredAnswer): Promise<void> {
    const found = this.#claims.get(JSON.stringify([owner, key]));
    if (found !== undefined) found.answer = structuredClone(answer);
    return Promise.resolve();
  }

  release(owner: string, key: string): Promise<void> {
    const name = JSON.stringify([owner, key]);
    if (this.#claims.get(name)?.answer === null) this.#claims.delete(name);
    return Promise.resolve();
  }

  deleteBefore(at: number): Promise<void> {
    for (const [name, claim] of this.#claims) if (claim.at < at) this.#claims.delete(name);
    return Promise.resolve();
  }
}

/** `runs` gives all that there are. */
export function memoryAccess(runs: () => Promise<ReleaseRun[]>) {
  return {
    audit: new MemoryAudit(),
    hubs: hubsOf(runs),
    tokens: new MemoryTokens(),
    sessions: new MemorySessions(),
    idempotency: new MemoryIdempotency(),
  } satisfies AccessStore;
}
