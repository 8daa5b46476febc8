/** What was told of a release run, newest first, in pages. */
import { html as markup } from "hono/html";
import type { EventView } from "../../chain/event-view.js";
import { Cell, counted, paths, Table, Time } from "./parts.js";

/** On one page. */
export const EVENTS_A_PAGE = 200;

export interface EventsProps {
  runId: string;
  /** Newest first; one more than a page where there are older ones. */
  events: readonly EventView[];
  /** They are those from before an event; else they are the newest. */
  isOlder: boolean;
  now: number;
}

export function EventsView({ runId, events, isOlder, now }: EventsProps) {
  const shown = events.slice(0, EVENTS_A_PAGE);
  const oldest = events.length > shown.length ? shown.at(-1) : undefined;
  const count = shown.length.toLocaleString("en");
  const which = isOlder
    ? `${count} older ones`
    : oldest === undefined
      ? counted(shown.length, "event")
      : `The ${count} newest`;
  const path = paths.tab(runId, "events");
  return (
    <>
      <h2>Events</h2>
      <div id="events" data-live="yes">
        {shown.length === 0 ? (
          <p class="empty">{isOlder ? "There is nothing older." : "Nothing was told yet."}</p>
        ) : (
          <Table caption={`${which}, newest first`} heads={["Time", "What happened"]}>
            {shown.map(
              ({ id, at, sentence }) =>
                markup`<tr role="row" id="event-${id}">${[
                  Cell({ head: "", children: Time({ at, now }), number: true }),
                  Cell({ head: "", children: sentence }),
                ]}</tr>`,
            )}
          </Table>
        )}
        <p class="more">
          {isOlder ? <a href={path}>Newest events</a> : null}
          {oldest === undefined ? null : (
            <a href={`${path}?before=${oldest.id}`} rel="next">
              Older events
            </a>
          )}
        </p>
      </div>
    </>
  );
}
