/** Tokens for programs, and the audit log. */
import { createRoute, z } from "@hono/zod-openapi";
import { AuditEntry, MadeToken, NewToken, Token } from "./access-schemas.js";
import { after, hubName, limit, pageOf, told } from "./fields.js";
import { badBody, badQuery, failures, json, problem, required } from "./route-parts.js";

const notPeople = { 403: problem("A token asks: tokens are the affair of people") };

export const listTokens = createRoute({
  method: "get",
  path: "/api/v1/tokens",
  operationId: "listTokens",
  summary: "Tokens for programs, newest first: one's own; on the server itself, all",
  request: { query: z.strictObject({ after, limit: limit(200, 50) }) },
  responses: { 200: json("A page", pageOf(Token)), ...badQuery, ...failures, ...notPeople },
});

export const createToken = createRoute({
  method: "post",
  path: "/api/v1/tokens",
  operationId: "createToken",
  summary: "Make a token",
  description: "`token` of the answer is its value, which is shown here and never again.",
  request: { body: required(NewToken) },
  responses: {
    201: json("Made", MadeToken),
    ...badBody,
    409: problem("One person can have 50 at a time"),
    ...failures,
    ...notPeople,
  },
});

export const revokeToken = createRoute({
  method: "delete",
  path: "/api/v1/tokens/{id}",
  operationId: "revokeToken",
  summary: "Revoke a token",
  request: { params: z.object({ id: told(z.string(), "Id of the token") }) },
  responses: { 200: json("Revoked", Token), 404: problem("No such token of yours"), ...failures, ...notPeople },
});

export const listAuditEntries = createRoute({
  method: "get",
  path: "/api/v1/audit",
  operationId: "listAuditEntries",
  summary: "Who did what, newest first",
  description: "Without `hub` only on the server itself; of a hub also for those who have admin permission on it.",
  request: {
    query: z.strictObject({
      hub: told(hubName.optional(), "owner/repo"),
      run: told(z.string().min(1).max(200).optional(), "Id of a release run"),
      after: z.coerce
        .number()
        .int()
        .min(1)
        .max(2_147_483_647)
        .optional()
        .openapi({ type: "integer", description: "`next` of the page before" }),
      limit: limit(200, 50),
    }),
  },
  responses: { 200: json("A page", pageOf(AuditEntry)), ...badQuery, ...failures },
});
