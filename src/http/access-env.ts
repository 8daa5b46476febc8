/** What every handler behind `principal` finds in its context. */
import type { IncomingMessage } from "node:http";
import type { Actor } from "../coordinator/access-port.js";
import type { Operations } from "../coordinator/operations.js";

/** The listener that a request came in by. */
export type Way = "control socket" | "local listener" | "public";

export interface AccessEnv {
  Bindings: {
    /** Absent, as in a request made within the process: nobody is told to have sent it. */
    way?: Way;
    incoming?: IncomingMessage;
  };
  Variables: {
    /** Who asks. */
    actor: Actor;
    /** Where the request came from: an address, or `control socket`. */
    source: string | null;
    /** What the actor may do and see: the only way to release runs. */
    operations: Operations;
    /** What forms and scripts of a page have to send back with every write (field `csrf`, header `X-CSRF-Token`); null: nothing. */
    csrf: string | null;
    /** Whether the token or session of the request still counts: for answers that take long. */
    isKnown: () => Promise<boolean>;
  };
}
