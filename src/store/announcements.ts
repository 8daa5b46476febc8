/** What servers that share a PostgreSQL database tell each other of new events, by LISTEN and NOTIFY. */
import pg from "pg";
import type { EventListener } from "../coordinator/events-port.js";
import type { Log } from "../coordinator/ports.js";
import type { Announcements } from "./event-log.js";

/** PostgreSQL's name for what they listen to. */
export const CHANNEL = "release_chain_events";
/** A connection that broke off is opened again after this, in ms. */
const AGAIN_AFTER = 2_000;

/** `origin` names this process: what it announces itself, it knows. `connection` opens a connection of its own. */
export function postgresqlAnnouncements(connection: pg.ClientConfig, origin: string, log: Log): Announcements {
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | null = null;
  let isListening = false;
  let isStopped = false;

  async function connect(hear: EventListener, isAgain: boolean): Promise<void> {
    const opened = new pg.Client({ ...connection, application_name: "release-chain events" });
    client = opened;
    let isOver = false;
    const again = (): void => {
      if (isOver || isStopped) return;
      isOver = true;
      void opened.end().catch(() => undefined);
      timer = setTimeout(() => void connect(hear, true), AGAIN_AFTER);
      timer.unref();
    };
    opened.on("error", (cause) => {
      log.warn({ cause: cause.message }, "the connection that tells of other servers' events was lost; again soon");
      again();
    });
    opened.on("end", again);
    opened.on("notification", ({ payload }) => {
      const [from, runId] = split(payload ?? "");
      if (from !== origin && runId !== "") hear(runId);
    });
    try {
      await opened.connect();
      await opened.query(`LISTEN ${CHANNEL}`);
      // Nobody knows what was told meanwhile.
      if (isAgain) hear(null);
    } catch (cause) {
      if (!isStopped)
        log.warn(
          { cause: cause instanceof Error ? cause.message : String(cause) },
          "cannot listen for events; again soon",
        );
      again();
    }
  }

  return {
    listen(hear) {
      if (isListening) return;
      isListening = true;
      // Also the first time: it takes a moment until it listens.
      void connect(hear, true);
    },
    async stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}

/** What is announced of a run: `ORIGIN RUN`. */
export function announcement(origin: string, runId: string): string {
  return `${origin} ${runId}`;
}

function split(payload: string): [string, string] {
  const space = payload.indexOf(" ");
  return [payload.slice(0, space), payload.slice(space + 1)];
}
