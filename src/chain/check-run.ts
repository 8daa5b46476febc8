/** A check run as it is to be shown in GitHub, within GitHub's limits. */

/** GitHub's limits (`POST /repos/{owner}/{repo}/check-runs`), in characters and items. */
export const CHECK_LIMITS = {
  /** In bytes of UTF-8, though GitHub's documentation says characters: "summary exceeds a maximum bytesize of 65535". */
  summary: 65_535,
  annotations: 50,
  actions: 3,
  label: 20,
  description: 40,
  identifier: 20,
} as const;

export type CheckConclusion = "success" | "failure" | "neutral" | "cancelled" | "timed_out" | "action_required";

/** A button. */
export interface CheckAction {
  label: string;
  description: string;
  /** Comes back in the webhook. */
  identifier: string;
}

/** A place in a file of the commit, from 1. */
export interface CheckAnnotation {
  path: string;
  line: number;
  column: number;
  level: "notice" | "warning" | "failure";
  message: string;
}

export interface CheckState {
  status: "queued" | "in_progress" | "completed";
  /** null until it is completed. */
  conclusion: CheckConclusion | null;
  title: string;
  /** Markdown. */
  summary: string;
  annotations: CheckAnnotation[];
  actions: CheckAction[];
  /** Where its link leads; null: to GitHub's own page of it. */
  detailsUrl: string | null;
}
