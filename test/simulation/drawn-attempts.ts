/** How an attempt of a simulated workflow run will go: drawn when it begins. */
import type { Journal } from "./journal.js";
import type { Draw } from "./random.js";
import type { Faults } from "./setting.js";
import type { RunAttempt } from "./simulated-runs.js";

/** A time that never comes. */
export const FOREVER = 1e15;

export function drawAttempt(
  { draw, faults, journal }: { draw: Draw; faults: Faults; journal: Journal },
  { number, requestedAt, by }: Pick<RunAttempt, "number" | "requestedAt" | "by">,
): RunAttempt {
  const startsAt = requestedAt + (draw.chance(0.05) ? draw.below(900_000) : draw.below(30_000));
  const endsAt = startsAt + 2_000 + (draw.chance(0.3) ? draw.below(900_000) : draw.below(60_000));
  const attempt: RunAttempt = {
    number,
    requestedAt,
    startsAt,
    pause: null,
    endsAt,
    conclusion: "success",
    lostRunner: false,
    stubborn: draw.chance(0.3),
    by,
  };
  if (draw.chance(faults.runnerLost)) {
    journal.struck("runner lost");
    Object.assign(
      attempt,
      draw.chance(0.3) ? { conclusion: "startup_failure" } : { conclusion: "failure", lostRunner: true },
    );
  } else if (draw.chance(faults.buildFails)) {
    journal.struck("build failed");
    attempt.conclusion = draw.pick(["failure", "failure", "failure", "timed_out", "cancelled"]);
  }
  if (draw.chance(faults.hangs)) {
    journal.struck("build hung");
    if (draw.chance(0.3)) attempt.startsAt = FOREVER;
    attempt.endsAt = 2 * FOREVER;
  } else if (draw.chance(faults.pauses)) {
    journal.struck("build waited again");
    attempt.pause = { from: startsAt + 1_000, to: startsAt + 1_000 + draw.below(1_200_000) };
    attempt.endsAt += attempt.pause.to - attempt.pause.from;
  }
  return attempt;
}
