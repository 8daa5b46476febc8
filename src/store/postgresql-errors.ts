/** Errors of a PostgreSQL database that is not there to answer, in words for people. They hold no user and no password. */
import { Prisma } from "./generated/client.js";
import { StoreError, wordsOf } from "./store-error.js";

/**
 * Prisma's codes for no connection: not reachable, timed out, closed, none free in time, a transaction whose connection
 * is gone (prisma.io/docs/orm/reference/error-reference).
 */
const CONNECTION_CODES = ["P1001", "P1002", "P1008", "P1017", "P2024", "P2028", "P2037"];

/** PostgreSQL's own, by the first letters of SQLSTATE: connection exceptions, too many of them, shutting down. */
const SQLSTATES = /^(08|53300|57P)/;

/** What `pg` throws itself has no code; and in some of its errors Prisma gives PostgreSQL's code in words alone (P2039). */
const WORDS =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|ECONN|not queryable|Code: `(08|53300|57P)/;

/** An error because of a lost connection as one that says so; any other as it is. */
export function explainLoss(error: unknown, database: string): unknown {
  if (!(error instanceof Error) || !isLoss(error)) return error;
  return new StoreError(
    "database_unreachable",
    `The database ${database} does not answer: ${lastLine(wordsOf(error))}. What was asked of it is asked again once it is back.`,
    { cause: error },
  );
}

/** Why it could not be opened. */
export function unreachable(error: unknown, database: string): StoreError {
  return new StoreError(
    "database_unusable",
    `The database ${database} cannot be opened: ${lastLine(wordsOf(error))}. ` +
      "Check DATABASE_URL, that PostgreSQL runs there, and that the user may create tables in the database.",
    { cause: error },
  );
}

function isLoss(error: Error): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError && CONNECTION_CODES.includes(error.code)) return true;
  return causes(error).some(
    (cause) =>
      ("code" in cause && typeof cause.code === "string" && /^(ECONN|ENOTFOUND|ETIMEDOUT|EPIPE)/.test(cause.code)) ||
      ("originalCode" in cause && typeof cause.originalCode === "string" && SQLSTATES.test(cause.originalCode)) ||
      ("message" in cause && typeof cause.message === "string" && WORDS.test(cause.message)),
  );
}

/** An error, what caused it, and so on. */
function causes(error: object): object[] {
  const found: object[] = [];
  for (let each: unknown = error; typeof each === "object" && each !== null && found.length < 8;) {
    found.push(each);
    each = "cause" in each ? each.cause : undefined;
  }
  return found;
}

/** Prisma's messages begin with a piece of the program; what happened stands at their end. */
function lastLine(words: string): string {
  const lines = words.split("\n").filter((line) => line.trim() !== "");
  return (lines.at(-1) ?? "no reason given").trim().replace(/\.$/, "");
}
