/** The API as the public reaches it, with people, tokens and what they may: over fakes, in the test's process. */
import type { HubPermission } from "../../src/chain/rights.js";
import { createApi } from "../../src/http/api.js";
import { createSessions, csrfTokenOf } from "../../src/http/sessions.js";
import { createTokens, type NewToken } from "../../src/http/tokens.js";
import { countingRandom, openAccess } from "./fake-access.js";
import { FakeOperations } from "./fake-operations.js";
import { memoryLog } from "./memory-log.js";
import { NOW } from "./sample-runs.js";

export const ORIGIN = "https://chain.example.com";
export const COOKIE = "__Host-release-chain-session";

export type Headers = Record<string, string>;

export function aPublicServer(permissions: Record<string, HubPermission> = {}, trustProxy = 0) {
  const operations = new FakeOperations();
  const { log, text } = memoryLog();
  const time = { now: NOW };
  const clock = { now: () => time.now };
  const granted = new Map(Object.entries(permissions));
  const ids = new Map<string, number>();
  const access = openAccess(operations, log, { permissions: granted, ids, clock, origin: ORIGIN, trustProxy });
  const api = createApi({ operations, access, clock, log });
  const random = countingRandom();
  const tokens = createTokens({ store: access.store.tokens, clock, random });
  const sessions = createSessions({ store: access.store.sessions, clock, random });
  async function call(method: string, path: string, headers: Headers = {}, body?: object) {
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const answer = await api.request(`${ORIGIN}${path}`, init, { way: "public" });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
  }
  return {
    ...{ operations, access, api, time, call, tokens, sessions, granted, ids },
    logged: text,
    /** The headers of a program with a new token. */
    program: async (given: Partial<NewToken> = {}): Promise<Headers> => {
      const wanted = { name: "ci", scope: "read" as const, lifetime: 3_600_000, owner: null, ...given };
      return { authorization: `Bearer ${(await tokens.create(wanted))?.value ?? ""}` };
    },
    /** The headers of a page of ours in somebody's browser. */
    person: async (login: string, id = login.length): Promise<Headers> => {
      const secret = await sessions.begin({ login, id }, null);
      return { cookie: `${COOKIE}=${secret}`, origin: ORIGIN, "x-csrf-token": csrfTokenOf(secret) };
    },
  };
}
