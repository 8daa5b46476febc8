/** The outbox of notices in memory, beside a store in memory. */
import type { NoticeStore, StoredNotice } from "../../src/coordinator/notices-port.js";
import type { Store } from "../../src/coordinator/ports.js";

/** More release runs than any test makes. */
const ALL = { limit: 10_000 };

export function memoryNotices(store: Pick<Store, "listRuns">): NoticeStore & { all(): StoredNotice[] } {
  const kept = new Map<string, StoredNotice>();
  const pending = (): StoredNotice[] => sorted([...kept.values()].filter(({ state }) => state === "pending"));

  function change(id: string, wanted: (notice: StoredNotice) => boolean, changes: Partial<StoredNotice>): boolean {
    const notice = kept.get(id);
    if (notice?.state !== "pending" || !wanted(notice)) return false;
    kept.set(id, { ...notice, ...changes });
    return true;
  }

  return {
    all: () => sorted([...kept.values()]),
    add(notices) {
      let added = 0;
      for (const notice of notices) {
        const { runId, target, event } = notice;
        const same = (each: StoredNotice): boolean =>
          each.runId === runId && each.target === target && each.event === event;
        if ([...kept.values()].some(same)) continue;
        kept.set(notice.id, structuredClone(notice));
        added += 1;
      }
      return Promise.resolve(added);
    },
    ofRun: (runId) => Promise.resolve(sorted([...kept.values()].filter((notice) => notice.runId === runId))),
    due: (now, limit) =>
      Promise.resolve(
        pending()
          .filter(({ dueAt }) => dueAt !== null && dueAt <= now)
          .slice(0, limit),
      ),
    nextDue: () =>
      Promise.resolve(
        pending()
          .flatMap(({ dueAt }) => dueAt ?? [])
          .sort((a, b) => a - b)[0] ?? null,
      ),
    claim: ({ id, attempts }, until) =>
      Promise.resolve(change(id, (notice) => notice.attempts === attempts, { attempts: attempts + 1, dueAt: until })),
    settle(id, result) {
      change(id, () => true, result);
      return Promise.resolve();
    },
    sentSince: (target, since) =>
      Promise.resolve(
        [...kept.values()]
          .flatMap((notice) => (notice.target === target ? (notice.sentAt ?? []) : []))
          .filter((at) => at >= since)
          .sort((a, b) => a - b),
      ),
    async outcomeBefore(hub, runId, before) {
      const ended = (await store.listRuns({ ...ALL, hub }))
        .filter(({ id, conclusion }) => id !== runId && conclusion !== null && conclusion !== "cancelled")
        .filter(({ completedAt }) => completedAt !== null && completedAt < before)
        .sort((a, b) => (b.completedAt ?? 0) - (a.completedAt ?? 0));
      if (ended[0] === undefined) return null;
      return ended[0].conclusion === "success" ? "success" : "failure";
    },
    async newestRules(hub) {
      const newest = (await store.listRuns({ ...ALL, hub })).find(({ plan }) => plan !== null)?.plan;
      return newest == null ? null : (newest.notify ?? []);
    },
    runsToLookAt: async (since) =>
      (await store.listRuns(ALL))
        .filter(({ status, completedAt }) => status !== "completed" || (completedAt ?? 0) >= since)
        .map(({ id }) => id)
        .reverse(),
  };
}

function sorted(notices: StoredNotice[]): StoredNotice[] {
  return notices.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
}
