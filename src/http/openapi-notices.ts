/** The part of the OpenAPI document that api-notices.ts answers. */
import { failures, json, list, nullable, object, oneOf, problem, runId, text, time, whole } from "./openapi-parts.js";

const notice = object({
  target: text,
  event: { ...text, description: "Unlike that of any other event of the release run" },
  title: text,
  state: { ...oneOf("pending", "sent", "failed"), description: "failed: given up after a day" },
  attempts: { ...whole, description: "Tries so far" },
  createdAt: time,
  retryAt: { ...nullable(time), description: "When it is tried (again); null: it is not, any more" },
  sentAt: nullable(time),
  detail: { ...nullable(text), description: "Why the last try failed" },
});

export const noticePaths = {
  "/api/v1/runs/{id}/notices": {
    get: {
      operationId: "listNotices",
      summary: "The notices of a release run, and what became of them; oldest first",
      parameters: [runId],
      responses: {
        200: json("All of them", object({ items: list(notice), next: nullable(text) })),
        404: problem("No such run"),
        ...failures,
      },
    },
  },
};
