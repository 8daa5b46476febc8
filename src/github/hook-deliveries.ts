/** The App's own webhook deliveries: asked for with the App's JWT, so that no installation's limits are touched. */
import { z } from "zod";
import { GitHubError } from "../coordinator/ports.js";
import type { GitHub, HookDelivery } from "../coordinator/ports.js";
import { parseAnswer, time } from "./answers.js";
import { answeredError, malformedError } from "./errors.js";
import { isGood } from "./exchange.js";
import { nextPage } from "./pages.js";
import type { ApiAnswer, ApiRequest } from "./request.js";
import type { Secrets } from "./secrets.js";
import { parseJson } from "./send.js";

export interface HookParts {
  secrets: Secrets;
  /** Sends with the App's JWT, in its turn. */
  asApp(request: ApiRequest): Promise<ApiAnswer>;
}

const LOG = "/app/hook/deliveries";
/** Of 100 deliveries: three days of an App that hears of everything in a large organisation. */
const MOST_PAGES = 1_000;

/** GitHub calls a delivery that was answered 2xx `OK`. */
const deliveriesAnswer = z.array(
  z
    .object({
      id: z.string().regex(/^\d+$/),
      guid: z.string().min(1),
      delivered_at: time,
      redelivery: z.boolean(),
      status: z.string(),
      event: z.string(),
      action: z.string().nullish(),
    })
    .transform((delivery): HookDelivery => ({
      id: delivery.id,
      guid: delivery.guid,
      deliveredAt: delivery.delivered_at,
      ok: delivery.status === "OK",
      event: delivery.event,
      action: delivery.action ?? null,
      redelivery: delivery.redelivery,
    })),
);

/** https://docs.github.com/en/rest/apps/webhooks */
export function hookDeliveryCalls(parts: HookParts): Pick<GitHub, "deliveries" | "redeliver"> {
  return {
    deliveries: async (since, failedOnly) => await deliveries(parts, since, failedOnly),
    async redeliver(deliveryId) {
      const request: ApiRequest = {
        method: "POST",
        path: `${LOG}/${deliveryId}/attempts`,
        kind: "create",
        expects: "nothing",
        repo: "",
        needs: "",
      };
      const answer = await parts.asApp(request);
      if (!isGood(answer)) throw answeredError(request, answer, parts.secrets);
    },
  };
}

async function deliveries(parts: HookParts, since: number, failedOnly: boolean): Promise<HookDelivery[]> {
  const found = new Map<string, HookDelivery>();
  let cursor: string | null = null;
  for (let page = 1; page <= MOST_PAGES; page++) {
    const request: ApiRequest = {
      method: "GET",
      path: LOG,
      query: { per_page: 100, ...(failedOnly && { status: "failure" }), ...(cursor !== null && { cursor }) },
      kind: "read",
      expects: "bytes",
      repo: "",
      needs: "",
    };
    const answer = await parts.asApp(request);
    if (!isGood(answer)) throw answeredError(request, answer, parts.secrets);
    const items = parseAnswer(deliveriesAnswer, request, { ...answer, json: parseLog(answer.bytes) });
    for (const item of items) if (item.deliveredAt >= since) found.set(item.id, item);
    const next = nextPage(answer)?.searchParams.get("cursor") ?? null;
    // Newest first: what follows is older still.
    const isBefore = items.length > 0 && items.every(({ deliveredAt }) => deliveredAt < since);
    if (next === null || isBefore) return [...found.values()];
    if (next === cursor) throw malformedError(request, answer.status, "its next page is the same one");
    cursor = next;
  }
  throw new GitHubError("unknown", 0, `GET ${LOG} has more than ${MOST_PAGES} pages`);
}

/**
 * GitHub's ids of deliveries have up to 19 digits, more than a number holds exactly (octokit/request.js#797): they are read
 * as text. undefined where it is no JSON.
 */
function parseLog(bytes: Buffer | null): unknown {
  return parseJson((bytes?.toString() ?? "").replaceAll(/"id"\s*:\s*(\d+)/g, '"id":"$1"'));
}
