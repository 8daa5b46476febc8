/** What was told of release runs, as it is kept; written by the store in the transaction of each change. Implementation: store/. */
import type { LoggedEvent } from "../chain/run-events.js";

export interface EventPage {
  /** The id of an event of the run: only what comes after it. */
  after?: string;
  /** The id of an event of the run: only what came before it. */
  before?: string;
  /** The last ones rather than the first. */
  newest?: boolean;
  limit: number;
}

/** The name of the release run of which there is something new; null: there may be, of any. */
export type EventListener = (runId: string | null) => void;

export interface EventLog {
  /** Oldest first. Ids rise, and none is given again, over restarts and between servers. */
  list(runId: string, page: EventPage): Promise<LoggedEvent[]>;
  /**
   * Calls the listener after each change of a release run that is stored, also by another server, until the returned function
   * is called. It tells only that there is something; `list` tells what. A listener must not throw.
   */
  watch(listener: EventListener): () => void;
}
