/** Server-sent events of a release run: everything that was told of it from an id on, then what comes, to its end. */
import type { ReleaseRun } from "../chain/run.js";
import type { Operations } from "../coordinator/operations.js";
import { createEventFeeds, type EventFeed } from "./event-feed.js";
import { problemResponse } from "./problem.js";
import { processTimers, type Timers } from "./timers.js";

/** Something is sent this often, in ms, so that proxies keep the connection and both ends see when it is gone. */
const HEARTBEAT = 15_000;
/** Who has not taken what was sent for so long is cut off, in ms; it may come back with `Last-Event-ID`. */
const STALLED = 60_000;
/** How often it is asked whether the reader may still read, in ms: as long as GitHub's answers are believed (rights-of.ts). */
const ASKED_AGAIN = 60_000;
/** Then a stream ends, and its reader comes back: what it may see is asked anew. In ms. */
const LONGEST = 1_800_000;
/** Milliseconds after which a client that was cut off comes back. */
const COME_BACK = 2_000;
/** Readers at once; and streams of one person or token, who would else take those of all others. */
const MOST_READERS = 1_000;
const MOST_OF_ONE = 100;

export interface EventStreams {
  /**
   * The stream of a run that exists, from after an event of it (null: from its beginning). It ends when `mayRead`, asked each
   * minute, says no or cannot tell. `reader`: whose it is; null: somebody's who may open any number.
   */
  open(
    run: Pick<ReleaseRun, "id" | "status">,
    after: string | null,
    mayRead?: () => Promise<boolean>,
    reader?: string | null,
  ): Response;
  /** Readers at this moment. */
  readers(): number;
  /** Ends all streams, and refuses new ones. */
  close(): void;
}

export interface EventStreamOptions {
  operations: Pick<Operations, "events" | "watch" | "watchTransfers">;
  timers?: Timers;
  mostReaders?: number;
  mostOfOne?: number;
}

export function createEventStreams(options: EventStreamOptions): EventStreams {
  const { operations, timers = processTimers, mostReaders = MOST_READERS, mostOfOne = MOST_OF_ONE } = options;
  const feedOf = createEventFeeds(operations, timers);
  /** How to end each stream, and whose it is. */
  const enders = new Map<() => void, string | null>();
  const opened = (reader: string): number => [...enders.values()].filter((one) => one === reader).length;
  let isClosed = false;
  return {
    open(run, after, mayRead = () => Promise.resolve(true), reader = null) {
      if (isClosed) return busy("The server is stopping: come back in a moment.");
      if (enders.size >= mostReaders) return busy(`${mostReaders} event streams are open: come back in a moment.`);
      if (reader !== null && opened(reader) >= mostOfOne)
        return busy(`${mostOfOne} event streams of yours are open: end some, or come back in a moment.`);
      const stream = eventStream(run, after, { timers, feed: feedOf(run.id), mayRead }, (end) => {
        // A stream that nobody reads, as that of a HEAD, never begins.
        enders.set(end, reader);
        return () => {
          enders.delete(end);
        };
      });
      return new Response(stream, {
        headers: {
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-store",
          // nginx would hold events back.
          "x-accel-buffering": "no",
        },
      });
    },
    readers: () => enders.size,
    close() {
      isClosed = true;
      for (const end of [...enders.keys()]) end();
    },
  };
}

function busy(detail: string): Response {
  const answer = problemResponse(503, "busy", detail);
  answer.headers.set("retry-after", "5");
  return answer;
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

const NOTHING = new Uint8Array();
const END = "event: end\ndata: {}\n\n";

interface StreamDeps {
  timers: Timers;
  feed: EventFeed;
  mayRead: () => Promise<boolean>;
}

/**
 * Pulled by its reader: nothing is read from the database before what was read is taken, so that a slow reader costs one page.
 * `begun` is called with how to end it, and gives what to call when it is over.
 */
function eventStream(
  run: Pick<ReleaseRun, "id" | "status">,
  after: string | null,
  { timers, feed, mayRead }: StreamDeps,
  begun: (end: () => void) => () => void,
): ReadableStream<Uint8Array> {
  let cursor = after;
  let isOver = false;
  let isEnded = run.status === "completed";
  /** All was sent, and no more comes. */
  let isComplete = false;
  /** Something may be new. */
  let isDue = true;
  let wake: (() => void) | null = null;
  const transfers = new Map<string | null, string>();
  const pending: string[] = [`retry: ${COME_BACK}\n\n`];
  const leaving: (() => void)[] = [];
  let forgetStall = (): void => undefined;
  let forgetAsking = (): void => undefined;

  function ring(): void {
    wake?.();
    wake = null;
  }

  function askAgain(controller: Controller): void {
    forgetAsking = timers.after(ASKED_AGAIN, () => {
      mayRead().then(
        (may) => {
          if (!may) end(controller);
          else if (!isOver) askAgain(controller);
        },
        () => {
          // It comes back, and is told why.
          end(controller);
        },
      );
    });
  }

  function begin(controller: Controller): void {
    askAgain(controller);
    leaving.push(
      feed.join((news) => {
        isDue ||= news.events;
        for (const [component, piece] of news.transfers) transfers.set(component, piece);
        ring();
      }),
      begun(() => {
        end(controller);
      }),
      timers.after(LONGEST, () => {
        end(controller);
      }),
    );
  }

  function end(controller: Controller, failure?: unknown): void {
    if (isOver) return;
    leave();
    if (failure === undefined) controller.close();
    else controller.error(failure);
  }

  function leave(): void {
    isOver = true;
    forgetStall();
    forgetAsking();
    for (const each of leaving.splice(0)) each();
    ring();
  }

  /** What is to be sent now; empty: nothing. */
  async function next(): Promise<Uint8Array> {
    let bytes = NOTHING;
    if (isDue) {
      isDue = false;
      const page = await feed.page(cursor);
      bytes = page.bytes;
      cursor = page.last ?? cursor;
      if (page.last !== null) isEnded = page.isEnd;
      isDue ||= page.isFull;
    }
    for (const change of transfers.values()) pending.push(change);
    transfers.clear();
    const head = pending.splice(0).join("");
    isComplete = isEnded && !isDue;
    if (head === "" && !isComplete) return bytes;
    return Buffer.concat([Buffer.from(head), bytes, Buffer.from(isComplete ? END : "")]);
  }

  /** Until something is new, or a heartbeat is due. */
  function rung(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
    });
  }

  /** The next piece; null: it was ended meanwhile. */
  async function wait(): Promise<Uint8Array | null> {
    for (;;) {
      const chunk = await next();
      if (hasLeft()) return null;
      if (chunk.length > 0) return chunk;
      await rung();
      if (hasLeft()) return null;
    }
  }

  function hasLeft(): boolean {
    return isOver;
  }

  async function pull(controller: Controller): Promise<void> {
    forgetStall();
    if (leaving.length === 0) begin(controller);
    const forgetBeat = timers.after(HEARTBEAT, () => {
      pending.push(":\n\n");
      ring();
    });
    try {
      const chunk = await wait().finally(forgetBeat);
      if (chunk === null) return;
      controller.enqueue(chunk);
    } catch (cause) {
      end(controller, cause);
      return;
    }
    if (isComplete) end(controller);
    else
      forgetStall = timers.after(STALLED, () => {
        end(controller, new Error("the reader of an event stream does not read"));
      });
  }

  return new ReadableStream<Uint8Array>({ pull, cancel: leave }, { highWaterMark: 0 });
}
