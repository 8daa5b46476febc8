export type StoreErrorCode =
  | "database_url"
  | "database_locked"
  | "database_unusable"
  | "database_unreachable"
  | "database_foreign"
  | "migrations_missing"
  | "migration_changed"
  | "migration_unknown"
  | "migration_unfinished"
  | "migration_failed"
  | "plan_version"
  | "stale_before"
  | "store_closed";

/** Why the store cannot be opened or used. The message says what happened and what to do; it never holds a password. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The words of a thrown value; those of the database itself where a Prisma adapter wrapped them. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause: unknown = error.cause;
  if (typeof cause === "object" && cause !== null && "originalMessage" in cause) {
    if (typeof cause.originalMessage === "string") return cause.originalMessage;
  }
  return error.message;
}

/** Whether a Prisma adapter threw because the database is locked by somebody else (SQLITE_BUSY). */
export function isBusy(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : null;
  return typeof cause === "object" && cause !== null && "kind" in cause && cause.kind === "SocketTimeout";
}
