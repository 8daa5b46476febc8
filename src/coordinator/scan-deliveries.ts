/**
 * Looks for webhooks that did not reach us, in the App's own delivery log, and asks GitHub for them again: GitHub never does
 * so by itself. What GitHub calls delivered was stored before it was answered, or matters to nobody here, so that only
 * what failed is looked at.
 */
import type { Deps } from "./deps.js";
import { GitHubError, type HookDelivery } from "./ports.js";
import { dueRedeliveries, KEPT_BY_GITHUB, lookBackTo, matters, MOST_ASKS, MOST_AT_ONCE } from "./redeliveries.js";
import type { Asked } from "./redeliveries.js";

type ScanDeps = Pick<Deps, "github" | "store" | "clock" | "log" | "deliveryScanInterval">;

export interface DeliveryScan {
  /** One look at the log. Returns when the next is due (ms since 1970). Never throws: what fails is logged. */
  scan(): Promise<number>;
  /** Asks for nothing more, and says nothing of what is broken off. */
  stop(): void;
}

const FIRST_RETRY = 30_000;

/** What it keeps in mind can be lost: a new process reads the whole log, and the store knows what has come. */
export function createDeliveryScan(deps: ScanDeps): DeliveryScan {
  const { github, store, clock, log, deliveryScanInterval } = deps;
  const asked = new Map<string, Asked>();
  /** When the last scan began that saw all there was. */
  let lastScan: number | null = null;
  let failures = 0;
  let isLogMissing = false;
  let stopped = false;

  async function scan(): Promise<number> {
    try {
      await look();
      failures = 0;
      return clock.now() + deliveryScanInterval;
    } catch (cause) {
      return clock.now() + (stopped ? deliveryScanInterval : failed(cause));
    }
  }

  /** Milliseconds until another try. */
  function failed(cause: unknown): number {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof GitHubError && cause.status === 404) {
      if (!isLogMissing)
        log.warn(
          { cause: message },
          "this GitHub shows no log of the App's webhooks: those that are lost are made good by reading alone, and a release whose webhook is lost has to be started by hand",
        );
      isLogMissing = true;
      return deliveryScanInterval;
    }
    failures++;
    log.warn({ cause: message }, "the log of the App's webhooks could not be looked through; it is tried again");
    return Math.min(deliveryScanInterval, FIRST_RETRY * 2 ** (failures - 1));
  }

  async function look(): Promise<void> {
    const began = clock.now();
    const open = await undelivered(lookBackTo(began, lastScan, asked));
    const guids = new Set(open.map(({ guid }) => guid));
    for (const guid of asked.keys()) if (!guids.has(guid)) asked.delete(guid);
    const due = dueRedeliveries(open, asked, began);
    for (const delivery of due.slice(0, MOST_AT_ONCE)) {
      if (stopped) return;
      await ask(delivery);
    }
    if (due.length <= MOST_AT_ONCE) lastScan = began;
  }

  /** Tries that failed, of webhooks that matter, that no other try delivered and that are not known here. */
  async function undelivered(since: number): Promise<HookDelivery[]> {
    const failing = (await github.deliveries(since, true)).filter((each) => !each.ok && matters(each));
    const known = await store.knownDeliveries([...new Set(failing.map(({ guid }) => guid))]);
    const unknown = failing.filter(({ guid }) => !known.has(guid));
    if (unknown.length === 0) return [];
    const oldest = Math.min(...unknown.map(({ deliveredAt }) => deliveredAt));
    const all = await github.deliveries(oldest, false);
    const delivered = new Set(all.filter(({ ok }) => ok).map(({ guid }) => guid));
    return unknown.filter(({ guid }) => !delivered.has(guid));
  }

  /** Throws where GitHub does not answer: it is no time to ask for more. */
  async function ask({ id, guid, event, action, deliveredAt }: HookDelivery): Promise<void> {
    const times = (asked.get(guid)?.times ?? 0) + 1;
    // Before it is sent: whether an unanswered request took effect, the log will show.
    asked.set(guid, { times, at: clock.now(), deliveredAt });
    const fields = { delivery: guid, event, action, times };
    try {
      await github.redeliver(id);
      log.info(fields, "a webhook that did not arrive is asked for again");
      if (times === MOST_ASKS) log.warn(fields, `it is not asked for any more after ${MOST_ASKS} times`);
    } catch (cause) {
      if (!(cause instanceof GitHubError) || cause.kind !== "refused") throw cause;
      const hours = KEPT_BY_GITHUB / 3_600_000;
      log.warn(
        { ...fields, cause: cause.message },
        `GitHub does not deliver a webhook again; it keeps them for ${hours} h`,
      );
    }
  }

  return {
    scan,
    stop: () => {
      stopped = true;
    },
  };
}
