/** Tokens of a server, over its API. */
import { failure } from "./cli-io.js";
import { oneLine } from "./columns.js";
import { exchange } from "./http-exchange.js";
import { everyPage, queryString, refusal } from "./server-client.js";
import type { ServerAddress } from "./server-address.js";

/** As the API gives a token; times in ISO 8601. */
export interface TokenView {
  id: string;
  name: string;
  scope: "read" | "operate";
  /** Whose rights it has; null: made on the server itself. */
  login: string | null;
  createdAt: string;
  expiresAt: string;
  usedAt: string | null;
  revokedAt: string | null;
}

const TOKENS = "/api/v1/tokens";

/** Every method throws CliError: 3 no server, 1 an answer that is an error. */
export function tokenClient(address: ServerAddress) {
  async function ask<T>(method: "GET" | "POST", path: string, body?: object): Promise<T> {
    const answer = await exchange(address, { method, path, ...(body !== undefined && { body }) });
    if (answer.status !== 200 && answer.status !== 201) throw refusal(address, answer);
    return answer.body as T;
  }
  return {
    create: (wanted: { name: string; scope: string; expiresIn: string }) =>
      ask<TokenView & { token: string }>("POST", TOKENS, wanted),
    list: () =>
      everyPage((after) =>
        ask<{ items: TokenView[]; next: string | null }>("GET", `${TOKENS}${queryString({ after, limit: 200 })}`),
      ),
    revoke: async (id: string) => {
      const answer = await exchange(address, { method: "DELETE", path: `${TOKENS}/${encodeURIComponent(id)}` });
      if (answer.status === 404)
        throw failure(`There is no token ${oneLine(id)}. \`release-chain token list\` shows them.`);
      if (answer.status !== 200) throw refusal(address, answer);
      return answer.body as TokenView;
    },
  };
}
