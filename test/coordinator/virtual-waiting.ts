/** Waiting in the virtual time of a release world. */
import { expect, vi } from "vitest";
import type { ReleaseWorld } from "./release-world.js";

type Timed = Pick<ReleaseWorld, "time">;

/** Timers are of its virtual time until `vi.unstubAllGlobals`. */
export function stubTimers({ time }: Timed): void {
  vi.stubGlobal("setTimeout", (fire: () => void, ms = 0) => {
    time.at(time.now() + ms, fire);
    return { unref: () => undefined };
  });
}

/** Virtual time goes on until it is so; that takes `patience` ms at most. */
export async function runUntil({ time }: Timed, done: () => boolean, patience: number): Promise<void> {
  await time.run(done, { steps: 50_000, until: time.now() + patience });
  expect(done()).toBe(true);
}

/** What a call made of a promise, once virtual time has gone on enough. */
export async function outcomeWithin<T>(world: Timed, promise: Promise<T>, patience: number): Promise<T> {
  let settled = false;
  const noted = promise.finally(() => (settled = true));
  noted.catch(() => undefined);
  await runUntil(world, () => settled, patience);
  return noted;
}
