/** Events of release runs in memory, as the store keeps them; test/contract/events-contract.ts holds both to the same rules. */
import { compareEvents, eventId, readEventId, type EventPlace } from "../../src/chain/event-ids.js";
import type { LoggedEvent, ToldEvent } from "../../src/chain/run-events.js";
import type { EventListener, EventLog, EventPage } from "../../src/coordinator/events-port.js";

export class MemoryEventLog implements EventLog {
  readonly #stored = new Map<string, (EventPlace & { at: number; text: string })[]>();
  readonly #listeners = new Set<EventListener>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** As the store does in the transaction of the change. */
  add(runId: string, version: number, events: readonly ToldEvent[]): void {
    if (events.length === 0) return;
    const rows = events.map((event, position) => ({ version, position, at: this.#now(), text: JSON.stringify(event) }));
    this.#stored.set(runId, [...(this.#stored.get(runId) ?? []), ...rows]);
    for (const listener of this.#listeners) listener(runId);
  }

  list(runId: string, { after, before, newest = false, limit }: EventPage): Promise<LoggedEvent[]> {
    const [from, to] = [after, before].map((id) => (id === undefined ? null : readEventId(id)));
    const found = (this.#stored.get(runId) ?? []).filter(
      (row) => (from == null || compareEvents(row, from) > 0) && (to == null || compareEvents(row, to) < 0),
    );
    const most = Math.max(0, limit);
    const rows = newest ? found.slice(Math.max(0, found.length - most)) : found.slice(0, most);
    return Promise.resolve(
      rows.map((row) => ({ id: eventId(row), runId, at: row.at, event: JSON.parse(row.text) as ToldEvent })),
    );
  }

  watch(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
