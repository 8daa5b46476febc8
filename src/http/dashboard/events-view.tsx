/** What was told of a release run, newest first. */
import type { EventView } from "../../chain/event-view.js";
import { Cell, counted, Table, Time } from "./parts.js";

/** More are not shown on one page. */
const MOST = 1_000;

export function EventsView({ events, now }: { events: readonly EventView[]; now: number }) {
  if (events.length === 0) return <p class="empty">Nothing was told yet.</p>;
  const beyond = events.length > MOST ? `; the newest ${MOST.toLocaleString("en")} are here` : "";
  return (
    <>
      <h2>Events</h2>
      <div id="events" data-live="yes">
        <Table caption={`${counted(events.length, "event")}, newest first${beyond}`} heads={["Time", "What happened"]}>
          {events.slice(0, MOST).map((event) => (
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
