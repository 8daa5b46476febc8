/** The states that the pages show, each with a word, a tone for its colour and a shape of its own. */
import type { ComponentView, RunView } from "../../chain/run-view.js";
import type { AttemptView } from "../../chain/run-view.js";

export type ShownState =
  | Exclude<ComponentView["status"], "completed">
  | Exclude<RunView["status"], "completed">
  | NonNullable<ComponentView["conclusion"]>
  | "locked";

/** What a colour means: never the only sign of it. */
export type Tone = "good" | "bad" | "warn" | "busy" | "idle";

interface Look {
  word: string;
  tone: Tone;
  /** `d` of a path in 16 by 16 units. */
  shape: string;
}

const RING = "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z";
const HOLE = "M8 3.2a4.8 4.8 0 1 1 0 9.6a4.8 4.8 0 1 1 0-9.6z";
const HOLLOW = `${RING}${HOLE}`;

/** Shapes are filled by the even-odd rule. */
const LOOKS: Record<ShownState, Look> = {
  waiting: { word: "waiting", tone: "idle", shape: HOLLOW },
  dispatching: { word: "dispatching", tone: "busy", shape: `${HOLLOW}M6 5l5 3l-5 3z` },
  queued: { word: "queued", tone: "busy", shape: `${HOLLOW}M7.2 4.5h1.6v3.2l2.2 1.6l-.9 1.2l-2.9-2.1z` },
  in_progress: { word: "in progress", tone: "busy", shape: `${HOLLOW}M8 4.4a3.6 3.6 0 0 1 0 7.2z` },
  collecting: { word: "collecting", tone: "busy", shape: `${HOLLOW}M7.2 4.4h1.6v3.4h2l-2.8 3.6l-2.8-3.6h2z` },
  planning: { word: "planning", tone: "busy", shape: `${HOLLOW}M5 5.4h6v1.4h-6zM5 9.2h6v1.4h-6z` },
  building: { word: "building", tone: "busy", shape: `${HOLLOW}M8 4.4a3.6 3.6 0 0 1 0 7.2z` },
  publishing: { word: "publishing", tone: "busy", shape: `${HOLLOW}M7.2 11.6h1.6v-3.4h2l-2.8-3.6l-2.8 3.6h2z` },
  success: { word: "success", tone: "good", shape: `${RING}M4.4 8.1l1.2-1.2l1.7 1.7l3.6-3.6l1.2 1.2l-4.8 4.8z` },
  failure: {
    word: "failure",
    tone: "bad",
    shape:
      "M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7h-5.6l-3.7-3.7v-5.6zM5.9 4.7l-1.2 1.2l2.1 2.1l-2.1 2.1l1.2 1.2l2.1-2.1l2.1 2.1l1.2-1.2l-2.1-2.1l2.1-2.1l-1.2-1.2l-2.1 2.1z",
  },
  timed_out: { word: "timed out", tone: "bad", shape: "M3 1.5h10v2l-4 4.5l4 4.5v2h-10v-2l4-4.5l-4-4.5z" },
  cancelled: { word: "cancelled", tone: "warn", shape: "M2 2h12v12h-12zM4.5 7.1v1.8h7v-1.8z" },
  skipped: { word: "skipped", tone: "warn", shape: "M2 3l5 5l-5 5zM8 3l5 5l-5 5z" },
  locked: {
    word: "not built",
    tone: "idle",
    shape: "M3 7h1.5v-2a3.5 3.5 0 0 1 7 0v2h1.5v7.5h-10zM6.1 7h3.8v-2a1.9 1.9 0 0 0-3.8 0z",
  },
};

/** All of them, in the order of a legend. */
export const SHOWN_STATES = Object.keys(LOOKS) as ShownState[];

/** Something for each of them. */
export function eachState<Made>(make: (state: ShownState) => Made): Record<ShownState, Made> {
  return Object.fromEntries(SHOWN_STATES.map((state) => [state, make(state)])) as Record<ShownState, Made>;
}

export function lookOf(state: ShownState): Look {
  return LOOKS[state];
}

/** Its conclusion once it has one, else its status. */
export function componentState(component: Pick<ComponentView, "build" | "status" | "conclusion">): ShownState {
  if (!component.build) return "locked";
  return component.status === "completed" ? (component.conclusion ?? "success") : component.status;
}

export function runState(run: Pick<RunView, "status" | "conclusion">): ShownState {
  return run.status === "completed" ? (run.conclusion ?? "success") : run.status;
}

export function attemptState(attempt: Pick<AttemptView, "status" | "conclusion">): ShownState {
  return attempt.status === "completed" ? (attempt.conclusion ?? "success") : attempt.status;
}
