/** What was told of a release run, newest first. */
import type { EventView } from "../../chain/event-view.js";
import { Cell, counted, Table, Time } from "./parts.js";

/** More are not shown on one page. */
export const MOST_EVENTS = 1_000;

export function EventsView({ events, now }: { events: readonly EventView[]; now: number }) {
  if (events.length === 0) return <p class="empty">Nothing was told yet.</p>;
  const shown = events.slice(0, MOST_EVENTS);
  const caption =
    events.length > shown.length ? `The newest ${counted(shown.length, "event")}` : counted(shown.length, "event");
  return (
    <>
      <h2>Events</h2>
      <div id="events" data-live="yes">
        <Table caption={`${caption}, newest first`} heads={["Time", "What happened"]}>
          {shown.map((event) => (
            <tr role="row" id={`event-${event.id}`}>
              <Cell head="Time" number>
                <Time at={event.at} now={now} />
              </Cell>
              <Cell head="">{event.sentence}</Cell>
            </tr>
          ))}
        </Table>
      </div>
    </>
  );
}
