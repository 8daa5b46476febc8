import { Prisma } from "./generated/client.js";

/** A uniqueness rule said no (Prisma's P2002). */
export function isTaken(error: unknown): boolean {
  return isOf(error, "P2002", "UniqueConstraintViolation");
}

/** Two transactions stood in each other's way, and the database ended this one (P2034). */
export function isOvertaken(error: unknown): boolean {
  return isOf(error, "P2034", "TransactionWriteConflict");
}

/** What a raw statement meets has a code of its own (P2010), and the driver's word for it behind that. */
function isOf(error: unknown, code: string, kind: string): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  if (error.code === code) return true;
  const { driverAdapterError } = error.meta ?? {};
  const cause =
    driverAdapterError instanceof Error ? (driverAdapterError.cause as { kind?: unknown } | undefined) : undefined;
  return error.code === "P2010" && cause?.kind === kind;
}
