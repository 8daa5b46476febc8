/** What becomes of a dispatch in situations that the simulation would draw seldom or never. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chainOfTwo, HOUR, MINUTE, type ChainOfTwo } from "./chain-of-two.js";
import { goodBuild } from "./fake-github-types.js";

let world: ChainOfTwo;

beforeEach(() => {
  world = chainOfTwo();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a dispatch and its workflow run", () => {
  it("is not repeated because GitHub was silent for longer than the find-timeout", async () => {
    let silent = 0;
    world.intercept = (name) => {
      if (name === "repositoryDispatch" && silent === 0) silent = world.time.now();
      return /^workflowRuns?$/.test(name) && world.time.now() < silent + 20 * MINUTE ? "fails" : "works";
    };
    world.publish(world.release, "one");
    await world.until(world.ended);
    expect(world.run()?.conclusion).toBe("success");
    expect(world.calls.get("repositoryDispatch")).toBe(2);
  });

  it("ends for good where GitHub never answers what became of it", async () => {
    world.intercept = (name) => (/^workflowRuns?$/.test(name) ? "fails" : "works");
    world.publish(world.release, "one");
    await world.until(world.ended);
    expect(world.run()?.components[0]?.attempts).toMatchObject([{ failureClass: "ambiguous" }]);
    expect(world.run()?.reason).toMatch(/^component_failed: c0 failed: GitHub has not answered for 1h/);
    expect(world.calls.get("repositoryDispatch")).toBe(1);
  });

  it("is stopped on sight when it shows up after it was given up, and its files are not taken", async () => {
    let first = true;
    world.github.script = () => {
      const late = first ? { appearsAfter: 10 * MINUTE, shownAfter: 1, lasts: HOUR } : {};
      first = false;
      return { ...goodBuild, ...late };
    };
    world.publish(world.release, "one");
    await world.until(world.ended);
    expect(world.run()?.conclusion).toBe("success");
    const [late, taken] = world.github.runs.filter(({ chain }) => chain.component === "c0");
    expect(world.run()?.components[0]?.attempts).toMatchObject([
      { failureClass: "not-started", workflowRunId: null },
      { conclusion: "success", workflowRunId: taken?.id },
    ]);
    await world.until(() => late?.conclusion === "cancelled", HOUR);
  });

  it("is not begun again beside a rerun that GitHub did not show in time", async () => {
    const { github } = world;
    github.script = (_, attempt) => ({
      ...goodBuild,
      ...(attempt === 1 ? { conclusion: "failure" } : { lasts: HOUR }),
    });
    const snapshot = github.snapshot.bind(github);
    github.snapshot = (seen) =>
      seen.attempt === 1
        ? snapshot(seen)
        : { ...snapshot(seen), runAttempt: 1, status: "completed", conclusion: "failure" };
    world.publish(world.release, "one");
    await world.until(() => world.github.runs.length === 2);
    expect(world.run()?.components[0]?.attempts).toMatchObject([
      { failureClass: "build" },
      { kind: "rerun", failureClass: "not-started" },
      { kind: "dispatch" },
    ]);
    expect(github.runs[0]).toMatchObject({ attempt: 2, conclusion: "cancelled" });
    expect(github.runs[0]?.endsAt).toBeLessThan(github.runs[1]?.createdAt ?? 0);
  });

  it("is stopped on sight also after the release run has ended", async () => {
    world.github.script = () => ({ ...goodBuild, appearsAfter: 2 * HOUR, shownAfter: 1, lasts: HOUR });
    world.publish(world.release, "one");
    await world.until(world.ended);
    expect(world.run()?.conclusion).toBe("failure");
    await world.until(() => world.github.runs.every(({ conclusion }) => conclusion === "cancelled"), 4 * HOUR);
    expect(world.github.runs).toHaveLength(3);
  });

  it("is not followed by another where its workflow run ignores even a forced cancel", async () => {
    world.github.script = () => ({ ...goodBuild, lasts: 100 * HOUR });
    world.github.cancel = () => undefined;
    world.publish(world.release, "one");
    await world.until(world.ended);
    expect(world.run()?.components[0]?.attempts).toMatchObject([{ failureClass: "timeout" }]);
    expect(world.run()?.reason).toMatch(/GitHub did not stop its workflow run \d+: look at it there/);
    expect(world.github.runs).toHaveLength(1);
  });

  it("ends although the App was taken off the repository while it built", async () => {
    world.github.script = () => ({ ...goodBuild, lasts: 100 * HOUR });
    world.publish(world.release, "one");
    await world.until(() => world.run()?.components[0]?.status === "in_progress");
    world.intercept = (name) => (/^(workflowRuns?|cancel|installation)$/.test(name) ? "fails" : "works");
    await world.until(world.ended);
    expect(world.run()?.conclusion).toBe("timed_out");
  });

  it("whose sending threw something unforeseen is looked for like any other", async () => {
    const dispatch = world.github.dispatch.bind(world.github);
    let thrown = false;
    world.github.dispatch = (repo, event, payload) => {
      const made = dispatch(repo, event, payload);
      if (thrown) return made;
      thrown = true;
      throw new TypeError("unforeseen");
    };
    world.publish(world.release, "one");
    await world.until(world.ended);
    expect(world.run()?.conclusion).toBe("success");
    expect(world.github.runs).toHaveLength(2);
  });
});
