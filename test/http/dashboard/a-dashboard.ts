/** The dashboard over fakes, in the test's process. */
import type { HubPermission } from "../../../src/chain/rights.js";
import { createDashboard } from "../../../src/http/dashboard/dashboard.js";
import type { Way } from "../../../src/http/access-env.js";
import { createSessions, csrfTokenOf } from "../../../src/http/sessions.js";
import { COOKIE, ORIGIN } from "../a-public-server.js";
import { countingRandom, openAccess } from "../fake-access.js";
import { FakeOperations } from "../fake-operations.js";
import { memoryLog } from "../memory-log.js";
import { clock } from "../sample-runs.js";

export interface Shown {
  status: number;
  html: string;
  headers: Headers;
}

/**
 * `get` and `post` give an answer's status, headers and text: on the local listener, or as somebody who signed in on the public
 * one, with their permissions (by `login hub`).
 */
export function aDashboard(permissions: Record<string, HubPermission> = {}) {
  const operations = new FakeOperations();
  const { log, lines } = memoryLog();
  const access = openAccess(operations, log, { permissions: new Map(Object.entries(permissions)), origin: ORIGIN });
  const app = createDashboard({ operations, access, clock, log });
  const sessions = createSessions({ store: access.store.sessions, clock, random: countingRandom() });
  const env: { way: Way } = { way: "local listener" };
  async function shown(answer: Response | Promise<Response>): Promise<Shown> {
    const { status, headers } = await answer;
    return { status, headers, html: await (await answer).text() };
  }
  return {
    operations,
    lines,
    get: (path: string, headers: Record<string, string> = {}) => shown(app.request(path, { headers }, env)),
    as: async (login: string) => {
      const secret = await sessions.begin({ login, id: login.length }, null);
      const headers = { cookie: `${COOKIE}=${secret}`, origin: ORIGIN };
      const body = (fields: Record<string, string>) => new URLSearchParams({ csrf: csrfTokenOf(secret), ...fields });
      return {
        get: (path: string) => shown(app.request(`${ORIGIN}${path}`, { headers }, { way: "public" })),
        post: (path: string, fields: Record<string, string> = {}) =>
          shown(app.request(`${ORIGIN}${path}`, { method: "POST", headers, body: body(fields) }, { way: "public" })),
      };
    },
    post: (path: string, fields: Record<string, string> = {}) =>
      shown(app.request(path, { method: "POST", body: new URLSearchParams(fields) }, env)),
  };
}
