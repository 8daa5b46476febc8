/** What is counted in the database for /metrics. Implementation: store/. */
import type { RunConclusion, RunStatus } from "../chain/run.js";

export interface StoredFigures {
  /** Release runs by status, and the completed ones by conclusion. */
  runs: { status: RunStatus; conclusion: RunConclusion | null; count: number }[];
  /** Notices that are not sent yet. */
  pendingNotices: number;
}

export interface Figures {
  figures(): Promise<StoredFigures>;
}
