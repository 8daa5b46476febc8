import { expect, it } from "vitest";
import { noticeContent } from "../../src/chain/notice-text.js";
import { aRun, EPOCH } from "../contract/run-fixture.js";
import { startApi } from "./described-api.js";

it("tells what became of the notices of a release run, and nothing of what they say to whom", async () => {
  const { operations, call } = startApi();
  const run = aRun();
  operations.runs.push(run);
  const content = noticeContent(
    run,
    { kind: "failed", key: "failed x", components: [] },
    { now: EPOCH, publicUrl: null },
  );
  const notice = { id: "msg_1", runId: run.id, target: "slack", event: "failed x", createdAt: EPOCH, content };
  operations.storedNotices.push(
    { ...notice, state: "sent", attempts: 1, dueAt: null, sentAt: EPOCH + 1, detail: null },
    {
      ...notice,
      target: "mail",
      state: "pending",
      attempts: 2,
      dueAt: EPOCH + 5,
      sentAt: null,
      detail: "it answered 503",
    },
    { ...notice, target: "hook", state: "failed", attempts: 30, dueAt: null, sentAt: null, detail: "it answered 404" },
  );
  const { status, body } = await call("GET", `/runs/${run.id}/notices`);
  const told = { event: "failed x", title: "acme/product@v1.0.0 failed", createdAt: "2026-01-01T00:00:00.000Z" };
  expect([status, body]).toEqual([
    200,
    {
      items: [
        {
          ...told,
          target: "slack",
          state: "sent",
          attempts: 1,
          retryAt: null,
          sentAt: "2026-01-01T00:00:00.001Z",
          detail: null,
        },
        {
          ...told,
          target: "mail",
          state: "pending",
          attempts: 2,
          retryAt: "2026-01-01T00:00:00.005Z",
          sentAt: null,
          detail: "it answered 503",
        },
        {
          ...told,
          target: "hook",
          state: "failed",
          attempts: 30,
          retryAt: null,
          sentAt: null,
          detail: "it answered 404",
        },
      ],
      next: null,
    },
  ]);
  expect((await call("GET", "/runs/none/notices")).status).toBe(404);
});
