/** Who asks for something, and the record of it. */
import type { RightfulAction } from "../chain/rights.js";

/** Who asks. */
export type Actor =
  /** Whoever may open the control socket, or reach the loopback listener: the machine's own people. */
  | { kind: "local"; via: "control socket" | "local listener" }
  /** Signed in through GitHub. */
  | { kind: "user"; login: string; id: number }
  /** A program. `login`: whose rights it has; null: made on the server itself, it has what its scope says. */
  | { kind: "token"; id: string; name: string; scope: "read" | "operate"; login: string | null }
  /** By a button or a command in GitHub. */
  | { kind: "github"; login: string };

/** What was asked for, and what became of it. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  at: number;
  actor: Actor;
  /** Where the request came from: an address, `control socket`, or a place in GitHub (its URL). */
  source: string | null;
  action: RightfulAction | "sign-in" | "sign-out" | "create-token" | "revoke-token";
  hub: string | null;
  runId: string | null;
  component: string | null;
  result: "done" | "unchanged" | "refused" | "failed";
  /** A sentence; nothing secret. */
  detail: string | null;
}

/** Written for every action that was asked for, also where it was refused. Nothing is ever decided by it. */
export interface AuditLog {
  record(entry: AuditEntry): Promise<void>;
}
