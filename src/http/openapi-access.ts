/** The part of the OpenAPI document that describes audit.ts. */
import { failures, json, list, nullable, object, oneOf, problem, query, text, time, whole } from "./openapi-parts.js";

const auditEntry = object({
  id: { ...whole, description: "Rises with time" },
  at: time,
  actorKind: oneOf("local", "user", "token", "github"),
  actor: { ...text, description: "A login, a token's name and id with whose it is, or the way in" },
  source: { ...nullable(text), description: "An address, `control socket`, or a place in GitHub" },
  action: oneOf(
    ...["read", "start", "retry", "skip", "adopt", "cancel", "prune", "check"],
    ...["sign-in", "sign-out", "create-token", "revoke-token"],
  ),
  hub: nullable(text),
  runId: nullable(text),
  component: nullable(text),
  result: oneOf("done", "unchanged", "refused", "failed"),
  detail: nullable(text),
});

export const accessPaths = {
  "/api/v1/audit": {
    get: {
      operationId: "listAuditEntries",
      summary: "Who did what, newest first",
      description: "Without `hub` only on the server itself; of a hub also for those who have admin permission on it.",
      parameters: [
        query("hub", "owner/repo", text),
        query("run", "Id of a release run", text),
        query("after", "`next` of the page before", text),
        query("limit", "Items of a page", { type: "integer", minimum: 1, maximum: 200, default: 50 }),
      ],
      responses: {
        200: json("A page", object({ items: list(auditEntry), next: nullable(text) })),
        400: problem("A parameter is unknown or has no such value"),
        403: problem("The actor may not see it"),
        ...failures,
      },
    },
  },
};
