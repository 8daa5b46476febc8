/** Webhook deliveries: signed, sent in the background, logged, never repeated by themselves. */
import { request } from "node:http";
import { Webhooks } from "@octokit/webhooks";
import { faultList } from "./faults.js";
import { accountJson, organizationJson } from "./account-json.js";
import { installationLiteJson } from "./app-json.js";
import { repositoryJson } from "./repository-json.js";
import type { DeliverySummary, JsonObject, WebhookFault, WebhookFaults } from "./types.js";
import { installationOf, type Account, type Repository, type WebhookEvent, type World } from "./world.js";

/** GitHub waits ten seconds for an answer. */
const answerTimeout = 10_000;

type Cut = Extract<WebhookFault, { kind: "cut" }>;

export interface Delivery extends DeliverySummary {
  repositoryId: number | null;
  installationId: number | null;
  /** Milliseconds. */
  duration: number;
  url: string;
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string>;
  responseText: string | null;
}

export interface WebhookSender {
  faults: WebhookFaults;
  /** Oldest first. */
  deliveries: Delivery[];
  setUrl(url: string | null): void;
  emit(event: WebhookEvent): void;
  /** The same GUID and payload once more, as a new entry of the log. */
  redeliver(delivery: Delivery): void;
  /** Deliveries not yet answered. */
  pending(): number;
  close(): void;
}

export function createWebhookSender(world: World, log: (line: string) => void): WebhookSender {
  const book = faultList<WebhookFault>(world.random);
  const deliveries: Delivery[] = [];
  const closing = new AbortController();
  let target: string | null = null;
  let pending = 0;

  function emit(event: WebhookEvent): void {
    const installation = event.installation ?? (event.repository && installationOf(world, event.repository));
    if (!installation || (installation.suspendedAt !== null && !event.event.startsWith("installation"))) return;
    if (!event.event.startsWith("installation") && !world.app.events.includes(event.event)) return;
    const repo = event.repository?.fullName ?? null;
    const { action, payload } = event;
    const fault = book.strike((one) => isMeant(one, { event: event.event, action, repo, payload }));
    if (fault?.kind === "drop") return;
    const facts = {
      guid: world.random.uuid(),
      event: event.event,
      action: event.action,
      repo,
      repositoryId: event.repository?.id ?? null,
      installationId: installation.id,
      payload: event.payload,
    };
    const copies = fault?.kind === "duplicate" ? (fault.copies ?? 1) : 0;
    for (let copy = 0; copy <= copies; copy += 1) {
      const wait =
        fault?.kind === "delay" ? fault.ms : fault?.kind === "shuffle" ? world.random.fraction() * fault.ms : 0;
      launch(newDelivery(facts, false), wait, fault);
    }
  }

  function newDelivery(
    facts: Pick<Delivery, "guid" | "event" | "action" | "repo" | "repositoryId" | "installationId" | "payload">,
    redelivery: boolean,
  ): Delivery {
    const delivery: Delivery = {
      ...facts,
      id: world.nextId("delivery"),
      at: world.clock.now(),
      redelivery,
      status: "pending",
      statusCode: 0,
      duration: 0,
      url: target ?? "",
      requestHeaders: {},
      responseHeaders: {},
      responseText: null,
    };
    deliveries.push(delivery);
    return delivery;
  }

  function launch(delivery: Delivery, wait: number, fault: WebhookFault | null): void {
    if (fault?.kind === "lose") {
      finish(delivery, "timed out", 504);
      return;
    }
    pending += 1;
    const body = JSON.stringify(delivery.payload);
    const secret = fault?.kind === "wrong-signature" ? `${world.app.webhookSecret}!` : world.app.webhookSecret;
    world.after(wait, () => {
      send(delivery, body, secret, fault?.kind === "cut" ? fault : null)
        .catch((error: unknown) => {
          const timedOut = error instanceof DOMException && error.name === "TimeoutError";
          finish(delivery, timedOut ? "timed out" : "failed to connect to host", timedOut ? 504 : 502);
        })
        .finally(() => {
          pending -= 1;
          world.changed();
        });
    });
  }

  async function send(delivery: Delivery, body: string, secret: string, cut: Cut | null): Promise<void> {
    if (target === null) {
      finish(delivery, "failed to connect to host", 502);
      return;
    }
    delivery.url = target;
    delivery.requestHeaders = await deliveryHeaders(world, delivery, body, secret);
    const started = performance.now();
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(answerTimeout)]);
    if (cut?.when === "sent") await sendUnheard(target, delivery.requestHeaders, body, cut);
    const answer = await fetch(target, { method: "POST", headers: delivery.requestHeaders, body, signal });
    if (cut?.when === "answered") {
      await cut.meanwhile?.();
      throw new DOMException("the answer was lost", "TimeoutError");
    }
    delivery.responseText = await answer.text();
    delivery.responseHeaders = Object.fromEntries(answer.headers);
    delivery.duration = performance.now() - started;
    finish(delivery, answer.ok ? "OK" : `Invalid HTTP Response: ${answer.status}`, answer.status);
  }

  function finish(delivery: Delivery, status: string, statusCode: number): void {
    delivery.status = status;
    delivery.statusCode = statusCode;
    log(`webhook ${delivery.event}${delivery.action === null ? "" : `.${delivery.action}`} ${status}`);
    world.changed();
  }

  return {
    faults: { add: book.add, clear: book.clear, struck: book.struck },
    deliveries,
    setUrl: (url) => {
      target = url;
    },
    emit,
    redeliver: (delivery) => {
      const cut = book.strike((one) => one.kind === "cut" && isMeant(one, delivery));
      launch(newDelivery(delivery, true), 0, cut);
    },
    pending: () => pending,
    close: () => {
      closing.abort();
    },
  };
}

function isMeant({ match }: WebhookFault, delivery: Parameters<NonNullable<WebhookFault["match"]>>[0]): boolean {
  return match?.(delivery) ?? true;
}

/** Sends all of a delivery and waits for no answer. Always throws, as a delivery does that timed out. */
async function sendUnheard(
  url: string,
  headers: Record<string, string>,
  body: string,
  { meanwhile }: Cut,
): Promise<never> {
  const sent = request(url, { method: "POST", headers: { ...headers, "content-length": Buffer.byteLength(body) } });
  try {
    // What becomes of the connection afterwards is of no interest.
    sent.on("error", () => undefined);
    await new Promise<void>((resolve, reject) => {
      sent.once("error", reject);
      sent.end(body, resolve);
    });
    await meanwhile?.();
  } finally {
    sent.destroy();
  }
  throw new DOMException("nobody waits for an answer", "TimeoutError");
}

async function deliveryHeaders(
  world: World,
  delivery: Delivery,
  body: string,
  secret: string,
): Promise<Record<string, string>> {
  return {
    accept: "*/*",
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/5a4d0b1",
    "x-github-delivery": delivery.guid,
    "x-github-enterprise-host": world.url.replace("http://", ""),
    "x-github-event": delivery.event,
    "x-github-hook-id": String(400_000_000 + world.app.id),
    "x-github-hook-installation-target-id": String(world.app.id),
    "x-github-hook-installation-target-type": "integration",
    "x-hub-signature-256": await new Webhooks({ secret }).sign(body),
  };
}

/** What every repository's webhook holds beside its own subject. */
export function repositoryEnvelope(world: World, repository: Repository, sender: Account): JsonObject {
  const installation = installationOf(world, repository);
  return {
    repository: repositoryJson(world, repository),
    ...(repository.owner.type === "Organization" ? { organization: organizationJson(world, repository.owner) } : {}),
    sender: accountJson(world, sender),
    ...(installation === null ? {} : { installation: installationLiteJson(installation) }),
  };
}
