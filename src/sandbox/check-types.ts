/** Check runs as users of the sandbox read them. */
import type { Conclusion, RunStatus } from "./actions-types.js";

export type CheckConclusion = Exclude<Conclusion, "stale">;

export interface CheckAction {
  label: string;
  description: string;
  identifier: string;
}

/** As the API takes it. */
export interface CheckAnnotation {
  path: string;
  start_line: number;
  end_line: number;
  start_column?: number;
  end_column?: number;
  annotation_level: "notice" | "warning" | "failure";
  title?: string;
  message: string;
}

/** A check run of the app as tests look at it. */
export interface CheckSummary {
  id: number;
  repo: string;
  name: string;
  headSha: string;
  externalId: string;
  detailsUrl: string | null;
  status: RunStatus;
  conclusion: CheckConclusion | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  annotations: readonly CheckAnnotation[];
  actions: readonly CheckAction[];
}
