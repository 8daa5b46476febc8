/**
 * How often a live workflow run is read. Webhooks tell of its end at once; reading is for those that were lost, and costs
 * GitHub's hourly budget where something has changed. So it is rare while no end is expected, and where the budget is low.
 */

/** No run goes unread for longer than this, or ten times the usual, whichever is less. */
const LONGEST = 600_000;
const MOST_TIMES = 10;
/** With more of the hourly budget left than this, nothing is saved. */
const PLENTY = 0.5;

/** Times in milliseconds. */
export interface PollSituation {
  /** `monitor.poll-interval` */
  usual: number;
  /** How long it has run; null: it waits, for a runner or an approval. */
  elapsed: number | null;
  /** How long it takes by past builds; null: never built before. */
  expected: number | null;
  /** Until it has taken too long, and is stopped; negative: it has. */
  untilLate: number;
  /** Share of the hourly budget, 0 to 1; null: not known yet. */
  budgetLeft: number | null;
}

/**
 * Milliseconds from one read to the next: never less than the usual, and never more than LONGEST or ten times the usual,
 * unless the usual is more. Half of what is left until the expected end, so that reads come closer as it does; and longer
 * the less budget is left. What would be stopped for its time is read within the usual before that. Pure.
 */
export function pollInterval({ usual, elapsed, expected, untilLate, budgetLeft }: PollSituation): number {
  const longest = Math.max(usual, Math.min(LONGEST, usual * MOST_TIMES));
  const untilEnd = elapsed === null || expected === null ? 0 : expected - elapsed;
  const byDuration = Math.max(usual, untilEnd / 2);
  const times = budgetLeft === null || budgetLeft >= PLENTY ? 1 : PLENTY / Math.max(budgetLeft, PLENTY / MOST_TIMES);
  const wanted = Math.min(longest, byDuration * times);
  return untilLate <= 0 ? wanted : Math.max(usual, Math.min(wanted, untilLate));
}
