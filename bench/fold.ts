/** The pure core alone: a whole chain played, each event folded and followed by a decision. */
import { settle } from "../src/chain/decide.js";
import type { RunEvent } from "../src/chain/events.js";
import { evolve } from "../src/chain/evolve.js";
import { makePlan } from "../src/chain/make-plan.js";
import { parseChainConfig } from "../src/chain/config-file/parse-config.js";
import type { ReleasePlan } from "../src/chain/plan.js";
import type { ReleaseRun, WorkflowRunSnapshot } from "../src/chain/run.js";
import { aCollectedArtifact, aContext, aRun } from "../test/contract/run-fixture.js";
import { figure, type Bench, type Figure } from "./figures.js";
import { configText, findingsOf, randomGraph } from "./random-graph.js";

export const foldBench: Bench = {
  name: "fold",
  run: () => [
    foldOf(10, 60),
    foldOf(100, 12),
    foldOf(1_000, 3),
    // The same chain with a history that grows.
    ...[10, 40].map((attempts) => foldOf(100, 3, attempts)),
  ],
};

/** `attempts`: of each component, the last of which succeeds. */
function foldOf(size: number, times: number, attempts = 1): Figure {
  const plan = planOf(size, attempts);
  play(plan);
  const rates = Array.from({ length: times }, () => {
    const start = performance.now();
    const events = play(plan);
    return events / ((performance.now() - start) / 1_000);
  });
  const of = `${size.toLocaleString("en")} components${attempts === 1 ? "" : ` with ${attempts} attempts each`}`;
  return figure(`fold: events folded and decided upon, ${of}`, "1/s", rates);
}

function planOf(size: number, attempts: number): ReleasePlan {
  const nodes = randomGraph(size);
  const parsed = parseChainConfig(configText(nodes), { file: "release-chain.yml", hubOwner: "acme" });
  if (!parsed.ok) throw new Error("the configuration is refused");
  const result = makePlan(parsed.config, findingsOf(nodes));
  if (result.kind !== "plan") throw new Error("the plan is refused");
  const backoff = { initial: 0, factor: 1, max: 0, jitter: "none" } as const;
  const components = result.plan.components.map((planned) => ({
    ...planned,
    retry: { ...planned.retry, maxAttempts: attempts, mode: "dispatch" as const, backoff },
  }));
  return { ...result.plan, components };
}

/** Plays the chain until everything is collected; returns how many events were folded. */
function play(plan: ReleasePlan): number {
  let run: ReleaseRun = { ...aRun(), status: "planning", plan: null, components: [] };
  const mail: RunEvent[] = [{ kind: "planned", at: run.createdAt, plan }];
  let now = run.createdAt;
  let events = 0;
  for (let event = mail.shift(); event !== undefined; event = mail.shift()) {
    events += 1;
    now += 10;
    run = evolve(run, event);
    const settled = settle(run, aContext(now), evolve);
    run = settled.run;
    for (const action of settled.actions) {
      if (action.kind !== "dispatch") continue;
      const [intent, ...answers] = outcomeOf(run, action.component, now, events);
      if (intent !== undefined) run = evolve(run, intent);
      mail.push(...answers);
    }
  }
  if (run.components.some(({ conclusion }) => conclusion !== "success")) throw new Error("the chain did not end well");
  return events;
}

/** The intent to dispatch, then what GitHub answers in time: failure, until the last attempt. */
function outcomeOf(run: ReleaseRun, component: string, now: number, number: number): RunEvent[] {
  const index = run.components.findIndex(({ id }) => id === component);
  const attempt = (run.components[index]?.attempts.length ?? 0) + 1;
  const isLast = attempt === run.plan?.components[index]?.retry.maxAttempts;
  const id = { at: now, component, attempt };
  const snapshot = (status: string, conclusion: string | null) => snapshotOf(number, now, status, conclusion);
  const collected: RunEvent = { kind: "collected", ...id, artifacts: [aCollectedArtifact()] };
  return [
    { kind: "dispatch-intended", at: now, component, dispatchId: `rc_${number}` },
    { kind: "sent", ...id, sentAt: now, sentClock: "github", workflowRunId: null },
    { kind: "run-found", ...id, run: snapshot("queued", null), matchedBy: "dispatch-id" },
    { kind: "run-observed", ...id, run: snapshot("in_progress", null) },
    { kind: "run-observed", ...id, run: snapshot("completed", isLast ? "success" : "failure") },
    ...(isLast ? [collected] : []),
  ];
}

function snapshotOf(id: number, now: number, status: string, conclusion: string | null): WorkflowRunSnapshot {
  return {
    id,
    workflowId: 1,
    path: ".github/workflows/build.yml",
    event: "repository_dispatch",
    displayTitle: `build [rc_${id}]`,
    status,
    conclusion,
    runAttempt: 1,
    headSha: id.toString(16).padStart(40, "0"),
    actor: "release-chain[bot]",
    createdAt: now,
    runStartedAt: now,
    url: `https://github.example/runs/${id}`,
  };
}
