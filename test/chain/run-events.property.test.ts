/** What is told of a release run, held against what was stored: told back together, it is the release run. */
import { beforeAll, describe, expect, it } from "vitest";
import { compareEvents, readEventId } from "../../src/chain/event-ids.js";
import { runEvents, type LoggedEvent, type ToldEvent } from "../../src/chain/run-events.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import { drawHistory, type DrawnHistory } from "../coordinator/drawn-histories.js";

/** What somebody knows who has seen nothing but events. */
type Known = Record<string, unknown>;

function told(known: Known, event: ToldEvent): Known {
  switch (event.kind) {
    case "run":
      return { ...known, run: [event.status, event.conclusion, event.reason] };
    case "component":
      return { ...known, [event.component]: [event.status, event.conclusion, event.reason] };
    case "ending":
      return { ...known, ending: [event.conclusion, event.reason] };
    case "dispatched":
      return { ...known, [`dispatched ${event.component} ${event.attempt}`]: event.dispatchId };
    case "found":
      return { ...known, [`found ${event.component} ${event.attempt}`]: event.workflowRunId };
    case "attempt":
      return {
        ...known,
        [`over ${event.component} ${event.attempt}`]: [event.conclusion, event.failureClass, event.detail],
      };
    case "artifact":
      return { ...known, [`artifact ${event.component} ${event.artifact}`]: [event.files, event.size] };
    case "asset":
      return { ...known, [`asset ${event.name}`]: event.sha256 };
    default:
      return known;
  }
}

/** The same of the release run itself. A component that begins as its plan says is told by the plan. */
function stored(run: ReleaseRun): Known {
  const known: Known = { run: [run.status, run.conclusion, run.reason] };
  if (run.ending !== null) known["ending"] = [run.ending.conclusion, run.ending.reason];
  for (const [index, { id, status, conclusion, reason, attempts, artifacts }] of run.components.entries()) {
    if (run.plan?.components[index]?.build !== false && (status !== "waiting" || attempts.length > 0))
      known[id] = [status, conclusion, reason];
    for (const attempt of attempts) {
      const place = `${id} ${attempt.number}`;
      if (attempt.send !== "intended") known[`dispatched ${place}`] = attempt.dispatchId;
      if (attempt.foundAt !== null) known[`found ${place}`] = attempt.workflowRunId;
      if (attempt.status === "completed")
        known[`over ${place}`] = [attempt.conclusion, attempt.failureClass, attempt.detail];
    }
    for (const { name, files, size } of artifacts) known[`artifact ${id} ${name}`] = [files.length, size];
  }
  for (const { name, sha256 } of run.publication?.published ?? []) known[`asset ${name}`] = sha256;
  return known;
}

/** Of what happens once, told once. */
const ONCE = new Set(["plan", "ending", "dispatched", "found", "attempt", "artifact", "published"]);

function namesOf(event: ToldEvent): string {
  const component = "component" in event ? event.component : "";
  const attempt = "attempt" in event ? event.attempt : "";
  const artifact = event.kind === "artifact" ? event.artifact : "";
  return `${event.kind} ${component ?? ""} ${attempt} ${artifact}`;
}

describe("what is told of drawn release runs", () => {
  const histories: DrawnHistory[] = [];
  beforeAll(async () => {
    for (let seed = 1; seed <= 12; seed++) histories.push(await drawHistory(seed));
  }, 60_000);

  it("is their state, after every change, and nothing is told where nothing changed", () => {
    const kinds = new Set<string>();
    for (const { changes } of histories) {
      let known: Known = {};
      const once: string[] = [];
      for (const { before, after } of changes) {
        const events = runEvents(before, after);
        known = events.reduce(told, known);
        // What is taken back at the end was told all the same.
        expect(known).toMatchObject(stored(after));
        expect(runEvents(after, after)).toEqual([]);
        once.push(...events.filter(({ kind }) => ONCE.has(kind)).map(namesOf));
        for (const { kind } of events) kinds.add(kind);
      }
      expect(once.filter((name, index) => once.indexOf(name) !== index)).toEqual([]);
    }
    // Else little would be shown by it.
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        "run",
        "plan",
        "component",
        "dispatched",
        "found",
        "attempt",
        "retry",
        "artifact",
        "asset",
        "published",
      ]),
    );
  });

  it("is kept in its order under ids that rise, and read again page by page it is the same", async () => {
    for (const { world, changes } of histories) {
      const runId = changes[0]?.after.id ?? "";
      const whole = await world.store.events.list(runId, { limit: 10_000 });
      const expected = changes.flatMap(({ before, after }) => runEvents(before, after));
      expect(whole.map(({ event }) => event)).toEqual(expected);
      const places = whole.map(({ id }) => readEventId(id) ?? { version: 0, position: 0 });
      places.reduce((earlier, later) => {
        expect(compareEvents(earlier, later)).toBeLessThan(0);
        return later;
      });
      const read: LoggedEvent[] = [];
      for (;;) {
        const after = read.at(-1)?.id;
        const page = await world.store.events.list(runId, { ...(after !== undefined && { after }), limit: 7 });
        if (page.length === 0) break;
        read.push(...page);
      }
      expect(read).toEqual(whole);
    }
  });
});
