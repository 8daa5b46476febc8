/** Reports in memory. */
import type { ReleaseRun } from "../../src/chain/run.js";
import type { Report, ReportKind, ReportStore } from "../../src/coordinator/report-port.js";

export class MemoryReports implements ReportStore {
  readonly rows = new Map<string, Report>();
  readonly #runs: () => Iterable<ReleaseRun>;

  constructor(runs: () => Iterable<ReleaseRun>) {
    this.#runs = runs;
  }

  find(runId: string, kind: ReportKind): Promise<Report | null> {
    return Promise.resolve(this.rows.get(`${kind} ${runId}`) ?? null);
  }

  save(report: Report): Promise<void> {
    this.rows.set(`${report.kind} ${report.runId}`, { ...report });
    return Promise.resolve();
  }

  runOfIssue(repo: string, number: number): Promise<string | null> {
    const found = [...this.rows.values()].filter(
      (row) => row.kind === "issue" && row.repo === repo && row.githubId === number,
    );
    return Promise.resolve(found.sort((a, b) => b.updatedAt - a.updatedAt)[0]?.runId ?? null);
  }

  issueOf(hub: string, tag: string): Promise<Report | null> {
    const ids = new Set([...this.#runs()].filter((run) => run.hub === hub && run.tag === tag).map(({ id }) => id));
    const found = [...this.rows.values()].filter(
      ({ runId, kind, githubId }) => kind === "issue" && githubId !== null && ids.has(runId),
    );
    return Promise.resolve(found.sort((a, b) => b.updatedAt - a.updatedAt)[0] ?? null);
  }

  unsettled(endedSince: number): Promise<string[]> {
    const open = [...this.#runs()].filter(
      ({ id, completedAt }) =>
        completedAt !== null &&
        completedAt >= endedSince &&
        (this.rows.get(`check-run ${id}`)?.settledAt == null || this.rows.get(`issue ${id}`)?.settledAt === null),
    );
    open.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    return Promise.resolve(open.map(({ id }) => id));
  }
}
