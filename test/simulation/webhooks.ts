/** GitHub's webhooks: each delivered once, twice, late or not at all, whoever listens; and the log that GitHub keeps of it. */
import type { Coordinator } from "../../src/coordinator/coordinator.js";
import { GitHubError, type DeliveryFacts, type HookDelivery } from "../../src/coordinator/ports.js";
import type { Journal } from "./journal.js";
import type { Draw } from "./random.js";
import type { Faults } from "./setting.js";
import type { DeliveryLog } from "./simulated-github.js";
import type { VirtualTime } from "./virtual-time.js";

export interface Webhook {
  guid: string;
  event: string;
  action: string | null;
  facts: DeliveryFacts;
}

export interface Webhooks extends DeliveryLog {
  send(webhook: Webhook): void;
}

/** GitHub waits so long for an answer, ms. */
const PATIENCE = 10_000;
const LOG_KEPT = 3 * 86_400_000;

export interface WebhookWorld {
  time: VirtualTime;
  draw: Draw;
  journal: Journal;
  faults: Faults;
  skew: number;
  /** Whoever listens now; null: nobody does. */
  listener(): Pick<Coordinator, "receive"> | null;
}

export function createWebhooks(world: WebhookWorld): Webhooks {
  const { time, draw, journal, faults } = world;
  const log: { entry: HookDelivery; webhook: Webhook }[] = [];

  function enter(webhook: Webhook, redelivery: boolean, ok: boolean): void {
    const { guid, event, action } = webhook;
    const deliveredAt = time.now() + world.skew;
    log.push({ entry: { id: String(log.length + 1), guid, event, action, deliveredAt, ok, redelivery }, webhook });
  }

  function deliver(webhook: Webhook, redelivery: boolean): void {
    const listener = world.listener();
    if (listener === null) {
      journal.struck("webhook to a dead process");
      enter(webhook, redelivery, false);
      return;
    }
    let answer: boolean | null = null;
    const settle = (ok: boolean): void => {
      if (answer !== null) return;
      answer = ok;
      enter(webhook, redelivery, ok);
    };
    listener.receive({ ...webhook, receivedAt: time.now() }).then(
      (outcome) => {
        journal.note(() => `webhook ${webhook.guid} (${webhook.event} ${webhook.action ?? ""}): ${outcome}`);
        settle(true);
      },
      (cause: unknown) => {
        journal.note(() => `webhook ${webhook.guid} is answered with an error: ${String(cause)}`);
        settle(false);
      },
    );
    time.at(time.now() + PATIENCE, () => {
      settle(false);
    });
  }

  function send(webhook: Webhook): void {
    const now = time.now();
    if (draw.chance(faults.webhookLost)) {
      journal.struck("webhook lost");
      enter(webhook, false, false);
      return;
    }
    const late = draw.chance(faults.webhookLate);
    if (late) journal.struck("webhook late");
    time.at(now + (late ? draw.below(1_800_000) : draw.below(2_500)), () => {
      deliver(webhook, false);
    });
    if (!draw.chance(faults.webhookDoubled)) return;
    journal.struck("webhook doubled");
    time.at(now + draw.below(120_000), () => {
      deliver(webhook, false);
    });
  }

  function redeliver(id: string): void {
    const entry = log[Number(id) - 1];
    if (entry === undefined) throw new GitHubError("refused", 404, `delivery ${id}: Not Found`);
    journal.struck("webhook asked for again");
    time.at(time.now() + draw.below(5_000), () => {
      deliver(entry.webhook, true);
    });
  }

  function since(from: number, failedOnly: boolean): HookDelivery[] {
    const kept = time.now() + world.skew - LOG_KEPT;
    return log
      .filter(({ entry }) => entry.deliveredAt >= from && entry.deliveredAt >= kept && !(failedOnly && entry.ok))
      .map(({ entry }) => entry)
      .reverse();
  }

  return { send, since, redeliver };
}
