/** The events of a release run for many readers at once: what several of them wait for is read from the database once. */
import { eventView } from "../chain/event-view.js";
import type { LoggedEvent } from "../chain/run-events.js";
import type { Operations } from "../coordinator/operations.js";
import type { TransferChange } from "../coordinator/transfers.js";
import type { Timers } from "./timers.js";

/** Events of one page, and so the most that is in memory for a reader. */
const PAGE = 200;
/**
 * Readers hear of changes so much later, in ms: what happens until then is read and sent at once, and a step that the change is part
 * of goes on to its dispatch before hundreds of them are served.
 */
const CALM = 50;
/** And so much later for each reader, in ms: to serve one takes some 0.3 ms of CPU, so hundreds of them leave most of it to the steps. */
const CALM_FOR_EACH = 2;
/** What another server announced while nobody heard it is found within this, in ms. */
const RECHECK = 15_000;

/** Some events as a piece of an event stream. */
export interface FeedPage {
  bytes: Uint8Array<ArrayBuffer>;
  /** Id of the last one; null: there are none. */
  last: string | null;
  /** The last one says that the release run has ended. */
  isEnd: boolean;
  /** There may be more after it. */
  isFull: boolean;
}

/** What a reader is woken for. */
export interface FeedNews {
  /** There may be more events. */
  events: boolean;
  /** Of each component (null: the release) whose transfers have moved, the last of it as a piece of an event stream. */
  transfers: ReadonlyMap<string | null, string>;
}

export interface EventFeed {
  /** Events after an id (null: from the beginning). Rejects as the store does. */
  page(after: string | null): Promise<FeedPage>;
  /** Calls `wake` when there is something new, until the returned function is called. */
  join(wake: (news: FeedNews) => void): () => void;
}

type FeedOperations = Pick<Operations, "events" | "watch" | "watchTransfers">;

/** Feeds by release run, each there while somebody reads it. */
export function createEventFeeds(operations: FeedOperations, timers: Timers): (runId: string) => EventFeed {
  const feeds = new Map<string, EventFeed>();
  return (runId) => {
    const known = feeds.get(runId);
    if (known !== undefined) return known;
    const feed = createFeed(runId, operations, timers, () => feeds.delete(runId));
    feeds.set(runId, feed);
    return feed;
  };
}

function createFeed(runId: string, operations: FeedOperations, timers: Timers, forget: () => void): EventFeed {
  const readers = new Set<(news: FeedNews) => void>();
  const pages = new Map<string | null, Promise<FeedPage>>();
  let transfers = new Map<string | null, string>();
  /** There may be events that nobody was told of. */
  let isDue = false;
  const leaving: (() => void)[] = [];
  let cancelCalm: (() => void) | null = null;

  function changed(): void {
    pages.clear();
    isDue = true;
    tellSoon();
  }

  function transferred({ runId: of, component, progress }: TransferChange): void {
    if (of !== runId) return;
    transfers.set(component, `event: transfer\ndata: ${JSON.stringify({ component, progress })}\n\n`);
    tellSoon();
  }

  function tellSoon(): void {
    cancelCalm ??= timers.after(CALM + readers.size * CALM_FOR_EACH, tell);
  }

  function tell(): void {
    cancelCalm?.();
    cancelCalm = null;
    const news = { events: isDue, transfers };
    isDue = false;
    transfers = new Map();
    for (const wake of readers) wake(news);
  }

  function begin(): void {
    let cancelRecheck = (): void => undefined;
    function recheck(): void {
      cancelRecheck = timers.after(RECHECK, () => {
        pages.clear();
        isDue = true;
        tell();
        recheck();
      });
    }
    recheck();
    leaving.push(operations.watch(runId, changed), operations.watchTransfers(transferred), () => {
      cancelRecheck();
      cancelCalm?.();
      cancelCalm = null;
    });
  }

  function leave(wake: (news: FeedNews) => void): void {
    readers.delete(wake);
    if (readers.size > 0) return;
    for (const each of leaving.splice(0)) each();
    pages.clear();
    forget();
  }

  return {
    page(after) {
      const known = pages.get(after);
      if (known !== undefined) return known;
      const page = operations.events(runId, { ...(after !== null && { after }), limit: PAGE }).then(toPage);
      pages.set(after, page);
      const forgetPage = (): void => {
        if (pages.get(after) === page) pages.delete(after);
      };
      // What lies behind is not kept for those who come later, and a failure is asked for anew.
      page.then(({ isFull }) => {
        if (isFull) forgetPage();
      }, forgetPage);
      return page;
    },
    join(wake) {
      if (readers.size === 0) begin();
      readers.add(wake);
      return () => {
        leave(wake);
      };
    },
  };
}

const encoder = new TextEncoder();

function toPage(events: LoggedEvent[]): FeedPage {
  const last = events.at(-1);
  const text = events.map((event) => `id: ${event.id}\ndata: ${JSON.stringify(eventView(event))}\n\n`).join("");
  return {
    bytes: encoder.encode(text),
    last: last?.id ?? null,
    isEnd: last?.event.kind === "run" && last.event.status === "completed",
    isFull: events.length === PAGE,
  };
}
