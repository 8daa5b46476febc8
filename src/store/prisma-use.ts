import type { PrismaClient } from "./generated/client.js";

/** Does work with the client while the store is open; an error says in words where the database is not there to answer. */
export type Use = <T>(work: (client: PrismaClient) => Promise<T>) => Promise<T>;
