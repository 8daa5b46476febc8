/** The dashboard over fakes, in the test's process. */
import { createDashboard } from "../../../src/http/dashboard/dashboard.js";
import type { Way } from "../../../src/http/access-env.js";
import { openAccess } from "../fake-access.js";
import { FakeOperations } from "../fake-operations.js";
import { clock } from "../sample-runs.js";
import { memoryLog } from "../memory-log.js";

export interface Shown {
  status: number;
  html: string;
  headers: Headers;
}

/** `get` and `post` give an answer's status, headers and text. */
export function aDashboard() {
  const operations = new FakeOperations();
  const { log, lines } = memoryLog();
  const app = createDashboard({ operations, access: openAccess(operations, log), clock, log });
  const env: { way: Way } = { way: "local listener" };
  async function shown(answer: Response | Promise<Response>): Promise<Shown> {
    const { status, headers } = await answer;
    return { status, headers, html: await (await answer).text() };
  }
  return {
    operations,
    lines,
    get: (path: string, headers: Record<string, string> = {}) => shown(app.request(path, { headers }, env)),
    post: (path: string, fields: Record<string, string> = {}) =>
      shown(app.request(path, { method: "POST", body: new URLSearchParams(fields) }, env)),
  };
}
