/** How far a release run is, as a bar and in words. */
import type { ComponentView } from "../../chain/run-view.js";
import { componentState, lookOf, type Tone } from "./states.js";

const ORDER: readonly Tone[] = ["good", "warn", "bad", "busy", "idle"];

export interface Counts {
  /** Components that are built at all. */
  total: number;
  succeeded: number;
  byTone: Record<Tone, number>;
}

export function countsOf(components: readonly Pick<ComponentView, "build" | "status" | "conclusion">[]): Counts {
  const byTone: Record<Tone, number> = { good: 0, bad: 0, warn: 0, busy: 0, idle: 0 };
  const built = components.filter(({ build }) => build);
  for (const component of built) byTone[lookOf(componentState(component)).tone] += 1;
  return { total: built.length, succeeded: byTone.good, byTone };
}

/** `4 of 6 built, 1 failed, 1 under way`; empty before there is a plan. */
export function progressWords({ total, succeeded, byTone }: Counts): string {
  if (total === 0) return "";
  const more: [number, string][] = [
    [byTone.bad, "failed"],
    [byTone.warn, "left out"],
    [byTone.busy, "under way"],
    [byTone.idle, "waiting"],
  ];
  return [
    `${succeeded} of ${total} built`,
    ...more.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : [])),
  ].join(", ");
}

/** One stripe a tone, as wide as its share. */
export function ProgressBar({ of }: { of: Counts }) {
  if (of.total === 0) return null;
  let x = 0;
  return (
    <svg class="bar" viewBox={`0 0 ${of.total} 1`} preserveAspectRatio="none" role="img" aria-label={progressWords(of)}>
      {ORDER.filter((tone) => of.byTone[tone] > 0).map((tone) => {
        const from = x;
        x += of.byTone[tone];
        return <rect class={`tone-${tone}`} x={from} y="0" width={of.byTone[tone]} height="1" />;
      })}
    </svg>
  );
}
