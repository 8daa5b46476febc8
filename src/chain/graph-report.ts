/** The dependency graph as CONTRACT.md section 3 gives it: `release-chain graph --json`. Arrays are sorted. */
import type { EdgeKind } from "./config.js";

export interface ReportedNeed {
  collection: string;
  constraints: string[];
  /** Component id; null: nobody, or several. */
  provider: string | null;
  /** null, or the override or variable it hangs on. */
  when: string | null;
}

export interface ReportedCollection {
  name: string;
  depends: ReportedNeed[];
  recommends: ReportedNeed[];
  dynamic: string[];
  series: string[];
  version: string | null;
  priority: string | null;
}

export interface ReportedLayer {
  path: string;
  collections: ReportedCollection[];
}

export interface GraphReport {
  components: { id: string; layers: ReportedLayer[]; needs: { id: string; kind: EdgeKind }[] }[];
  groups: string[][];
  cycles: string[][];
  unresolved: { component: string; layer: string; collection: string; kind: EdgeKind }[];
  ambiguous: { collection: string; providers: string[] }[];
  /** Sentences. */
  warnings: string[];
}
