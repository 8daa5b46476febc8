/** A server that is stopped, and what it does while no release run is live. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chainOfTwo, HOUR, type ChainOfTwo } from "./chain-of-two.js";
import { START } from "./simulated-server.js";

let world: ChainOfTwo;

beforeEach(() => {
  world = chainOfTwo();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("stopping", () => {
  it.each([2_500, 4_000, 7_000, 40_000, 72_000, 140_000])(
    "stores all that is in hand %i ms after the start, and goes on at the next one",
    async (after) => {
      world.publish(world.release, "one");
      await world.time.run(() => world.time.now() >= START + after, { steps: 5_000, until: START + HOUR });
      await world.stop();
      const attempts = world.run()?.components.flatMap((component) => component.attempts) ?? [];
      expect(attempts.filter(({ send }) => send === "intended")).toEqual([]);
      world.restart();
      await world.until(world.ended);
      expect(world.run()?.conclusion).toBe("success");
      expect(world.calls.get("repositoryDispatch")).toBe(2);
    },
  );

  it("leaves no timer behind but its housekeeping and the look at the delivery log once all runs have ended", async () => {
    world.publish(world.release, "one");
    await world.until(world.ended);
    const called = (): Record<string, number> => Object.fromEntries(world.calls);
    const { deliveries: looks = 0, ...before } = called();
    await world.time.run(() => world.time.now() > START + 20 * HOUR, { steps: 2_000, until: START + 30 * HOUR });
    const { deliveries: later = 0, ...after } = called();
    expect(after).toEqual(before);
    expect(later - looks).toBeGreaterThan(200);
  });

  it("forgets layer files that no plan wanted for 90 days", async () => {
    const age = (days: number): number => START - days * 24 * HOUR;
    await world.store.keepLayerFiles(new Map([["old", "text"]]), age(90) + 2 * HOUR);
    await world.store.keepLayerFiles(new Map([["younger", "text"]]), age(88));
    const known = async () => [...(await world.store.layerFiles(["old", "younger"], age(100))).keys()];
    world.restart();
    await world.time.run(() => world.time.now() > START + HOUR, { steps: 2_000, until: START + 30 * HOUR });
    expect(await known()).toEqual(["old", "younger"]);
    await world.time.run(() => world.time.now() > START + 4 * HOUR, { steps: 2_000, until: START + 30 * HOUR });
    expect(await known()).toEqual(["younger"]);
  });
});
