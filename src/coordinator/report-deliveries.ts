/**
 * Webhooks by which people steer release runs, or propose another configuration. Looked into beside all others: answers wait
 * for GitHub's limits, and no release should wait for them.
 */
import type { Deps } from "./deps.js";
import type { Operations } from "./operations.js";
import { GitHubError, type Delivery, type DeliveryFacts, type SteeringFacts } from "./ports.js";
import { obey, pressButton, say, type Answer } from "./report-answers.js";
import { checkConfig } from "./report-config.js";
import type { Reporting } from "./report-port.js";
import { duringWork } from "./work.js";

const FIRST_RETRY = 2_000;
const LAST_RETRY = 300_000;
const CONFIG = /^config(-fork)?:(\d+)$/;

export interface Steering {
  /** Looks into the stored ones, oldest first. Never throws; one look at a time. */
  process(): Promise<void>;
  /** Breaks off; what is left is looked into by the next process. */
  stop(): Promise<void>;
}

export function isSteering(facts: DeliveryFacts): facts is SteeringFacts {
  return facts.kind === "button" || facts.kind === "comment" || facts.kind === "pull";
}

/** `again`: asks for another look at a time (ms); `shown`: a release run is to be shown anew. */
export function createSteering(
  deps: Deps & { reporting: Reporting },
  operations: () => Operations,
  wakes: { again(time: number): void; shown(runId: string): void },
): Steering {
  const { store, clock, log, reporting } = deps;
  const stopping = new AbortController();
  /** What was found out, by GUID: what was done is not done again where only saying it failed. */
  const answers = new Map<string, Answer>();
  let inHand: Promise<void> | null = null;
  let isWanted = false;
  let failures = 0;

  function process(): Promise<void> {
    isWanted = true;
    inHand ??= look().finally(() => {
      inHand = null;
      if (isWanted && !stopping.signal.aborted) void process();
    });
    return inHand;
  }

  async function look(): Promise<void> {
    isWanted = false;
    let failed = 0;
    try {
      for (const delivery of await store.pendingDeliveries()) {
        if (!isSteering(delivery.facts) || stopping.signal.aborted) continue;
        const { guid, facts } = delivery;
        if (!(await duringWork({ delivery: guid }, () => dealWith(delivery, facts)))) failed++;
      }
    } catch (cause) {
      failed++;
      log.warn({ cause: wordsOf(cause) }, "what people ask for in GitHub could not be looked up; it is tried again");
    }
    failures = failed === 0 ? 0 : failures + 1;
    if (failed > 0) wakes.again(clock.now() + Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (failures - 1)));
  }

  /** False: later again. */
  async function dealWith(delivery: Delivery, facts: SteeringFacts): Promise<boolean> {
    const { guid, event, action } = delivery;
    const fields = { delivery: guid, event, action };
    let outcome: string;
    try {
      outcome = await consider(guid, facts);
      log.info(fields, outcome);
    } catch (cause) {
      if (stopping.signal.aborted) return false;
      if (!(cause instanceof GitHubError) || cause.kind !== "refused") {
        log.warn({ ...fields, cause: wordsOf(cause) }, "what somebody asks for in GitHub waits; it is tried again");
        return false;
      }
      outcome = `GitHub refuses: ${cause.message}`;
      log.warn({ ...fields, cause: cause.message }, "GitHub refuses what it takes to answer somebody");
    }
    await store.deliveryProcessed(guid, clock.now(), outcome);
    deps.tracing?.delivered(delivery, await concerned(facts), outcome);
    answers.delete(guid);
    return true;
  }

  /** The release run that somebody acts upon; none: a configuration is proposed, or it is none of ours. */
  async function concerned(facts: SteeringFacts): Promise<string[]> {
    if (facts.kind === "pull" || (facts.kind === "button" && CONFIG.test(facts.madeFor))) return [];
    const runId = facts.kind === "button" ? facts.madeFor : await reporting.store.runOfIssue(facts.hub, facts.issue);
    return runId === null ? [] : [runId];
  }

  async function consider(guid: string, facts: SteeringFacts): Promise<string> {
    const asking = { ...deps, operations: operations() };
    switch (facts.kind) {
      case "pull":
        return checkConfig(facts, deps, stopping.signal);
      case "button":
        return button(facts, asking);
      case "comment": {
        const answer = answers.get(guid) ?? (await obey(facts, asking));
        if (answer === null) return `a command in issue ${facts.issue} of ${facts.hub}, which is none of ours`;
        answers.set(guid, answer);
        await say(facts, answer, asking, stopping.signal);
        return `${facts.by} asked in issue ${facts.issue} of ${facts.hub}: ${facts.command}`;
      }
    }
  }

  async function button(
    facts: Extract<SteeringFacts, { kind: "button" }>,
    asking: Parameters<typeof pressButton>[1],
  ): Promise<string> {
    const { hub, headSha, by, madeFor } = facts;
    const [, fork, pull] = CONFIG.exec(madeFor) ?? [];
    if (pull !== undefined)
      return checkConfig(
        { kind: "pull", hub, number: Number(pull), headRepo: fork === undefined ? hub : null, headSha, by },
        deps,
        stopping.signal,
      );
    const outcome = await pressButton(facts, asking);
    // GitHub shows a check that is asked for again as not completed: it is told how it stands, also where nothing was done.
    const known = await reporting.store.find(madeFor, "check-run");
    if (known !== null) await reporting.store.save({ ...known, digest: null });
    wakes.shown(madeFor);
    return outcome;
  }

  return {
    process,
    async stop() {
      stopping.abort();
      await inHand;
    },
  };
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
