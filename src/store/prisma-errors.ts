import { Prisma } from "./generated/client.js";

/** A uniqueness rule said no (Prisma's P2002). */
export function isTaken(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002";
}

/** Two transactions stood in each other's way, and the database ended this one (P2034). */
export function isOvertaken(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2034";
}
