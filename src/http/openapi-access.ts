/** The part of the OpenAPI document that describes audit.ts and api-tokens.ts. */
import {
  failures,
  inPath,
  json,
  list,
  nullable,
  object,
  oneOf,
  problem,
  query,
  text,
  time,
  whole,
} from "./openapi-parts.js";

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

const tokenFields = {
  id: text,
  name: text,
  scope: oneOf("read", "operate"),
  login: { ...nullable(text), description: "Whose rights it has; null: made on the server itself" },
  createdAt: time,
  expiresAt: time,
  usedAt: { ...nullable(time), description: "Give or take a minute" },
  revokedAt: nullable(time),
};
const token = object(tokenFields);
const notPeople = problem("A token asks: tokens are the affair of people");
const newToken = {
  type: "object",
  properties: {
    name: { ...text, description: "1 to 100 characters" },
    scope: oneOf("read", "operate"),
    expiresIn: { ...text, description: "A duration from 1m to 366d", default: "90d" },
  },
  required: ["name", "scope"],
  additionalProperties: false,
};

export const accessPaths = {
  "/api/v1/tokens": {
    get: {
      operationId: "listTokens",
      summary: "Tokens for programs, newest first: one's own; on the server itself, all",
      responses: {
        200: json("All of them", object({ items: list(token), next: nullable(text) })),
        403: notPeople,
        ...failures,
      },
    },
    post: {
      operationId: "createToken",
      summary: "Make a token",
      description: "`token` of the answer is its value, which is shown here and never again.",
      requestBody: { required: true, content: { "application/json": { schema: newToken } } },
      responses: {
        201: json("Made", object({ ...tokenFields, token: { ...text, pattern: "^rct_" } })),
        400: problem("The body is no JSON, or says something else"),
        403: notPeople,
        409: problem("One person can have 50 at a time"),
        413: problem("The body is larger than 1 MiB"),
        ...failures,
      },
    },
  },
  "/api/v1/tokens/{id}": {
    delete: {
      operationId: "revokeToken",
      summary: "Revoke a token",
      parameters: [inPath("id", "Id of the token")],
      responses: { 200: json("Revoked", token), 403: notPeople, 404: problem("No such token of yours"), ...failures },
    },
  },
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
