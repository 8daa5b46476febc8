/** Examples of access-routes.ts. */
import { at, ofRun, problem, TOKEN } from "./example-values.js";

const token = {
  id: TOKEN,
  name: "ci",
  scope: "read",
  login: null,
  createdAt: at("05:00:00"),
  expiresAt: "2026-06-02T05:00:00.000Z",
  usedAt: null,
  revokedAt: null,
};

export const tokenExamples = {
  createToken: {
    made: {
      body: { name: "ci", scope: "read" },
      status: 201,
      answer: { ...token, token: "rct_4pQk3vT9rWzX0mYh6bLd2NcA8sUe1Jf7" },
    },
    wrong: {
      body: { name: "ci", scope: "everything" },
      ...problem(400, "Bad Request", "bad-request", "scope: must be one of read, operate."),
    },
  },
  listTokens: { page: { parameters: { limit: 20 }, status: 200, answer: { items: [token], next: null } } },
  revokeToken: {
    revoked: { parameters: { id: TOKEN }, status: 200, answer: { ...token, revokedAt: at("05:40:00") } },
  },
  listAuditEntries: {
    ofRun: {
      parameters: { hub: "acme/product", run: ofRun.id, limit: 1 },
      status: 200,
      answer: {
        items: [
          {
            id: 12,
            at: at("05:16:51"),
            actorKind: "user",
            actor: "ada",
            source: "192.0.2.7",
            action: "adopt",
            hub: "acme/product",
            runId: ofRun.id,
            component: "twin",
            result: "done",
            detail: null,
          },
        ],
        next: "12",
      },
    },
  },
};
