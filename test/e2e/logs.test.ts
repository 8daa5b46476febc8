import { expect, it } from "vitest";
import type { JobLog } from "../../src/coordinator/job-logs.js";
import { callApi } from "./api-client.js";
import { startScenario } from "./harness.js";

it("the log of a failed job ends as at GitHub, without our secrets", async () => {
  const lines = Array.from({ length: 30_000 }, (_, number) => `compiling part ${number} of many, which takes a while`);
  const secrets = ["e2e-secret", "Authorization: Bearer abcdefghijklmnopqrstuvwxyz"];
  const job = { name: "build", annotations: ["Process completed with exit code 2."], log: [...lines, ...secrets] };
  const { server, release, completed } = await startScenario({
    config: "defaults: {retry: {max-attempts: 1}}\n",
    components: { base: { script: { conclusion: "failure", jobs: [job] } }, app: { needs: ["base"] } },
  });
  release();
  const { id } = await completed();
  const read = async (path: string): Promise<Response> => callApi(server, `runs/${id}/components/${path}`);
  const log = (await (await read("base/attempts/1/logs?tail=4")).json()) as JobLog;
  expect(log).toMatchObject({ component: "base", attempt: 1, truncated: true, complete: true });
  expect(log.job).toMatchObject({ conclusion: "failure", status: "completed" });
  expect(log.lines.map((line) => line.replace(/^\S+ /, ""))).toEqual([
    "compiling part 29999 of many, which takes a while",
    "[redacted]",
    "Authorization: Bearer [redacted]",
    "##[error]Process completed with exit code 2.",
  ]);
  const most = (await (await read("base/attempts/last/logs?tail=5000")).json()) as JobLog;
  expect(most.lines).toHaveLength(5_000);
  expect((await read("app/attempts/last/logs")).status).toBe(404);
});
