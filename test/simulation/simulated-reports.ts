/** What the server shows of release runs in the simulated GitHub, with the faults that all its requests and its database have. */
import type { Deps } from "../../src/coordinator/deps.js";
import { GitHubError } from "../../src/coordinator/ports.js";
import type { ReportGitHub } from "../../src/coordinator/report-port.js";
import { reportPort, type FakeReports, type ReportGate } from "../coordinator/fake-reports.js";
import { faultyReports, type StoreWorld } from "./faulty-store.js";
import type { Life } from "./gate.js";
import { SECRET } from "./simulated-runs.js";
import type { Gate } from "./simulated-github.js";

export interface ReportWorld {
  shown: FakeReports;
  /** The App has no permission to show anything. */
  refused: boolean;
}

export function reportingOf(
  { shown, refused }: ReportWorld,
  store: Omit<StoreWorld, "stored">,
  gate: Gate,
  life: Life,
): Required<Pick<Deps, "reporting" | "maskSecrets">> {
  const asked: ReportGate = (name, effect, signal) =>
    unlessStopped(
      gate(name, () => {
        if (refused) throw refusal(name);
        return effect();
      }),
      signal,
    );
  return {
    reporting: {
      github: reportPort(shown, asked),
      store: faultyReports(store, life),
      // Buttons and comments are told by webhooks, and none is sent.
      access: null as never,
      pageOf: () => null,
    },
    maskSecrets: (text) => text.replaceAll(SECRET, "***"),
  };
}

function refusal(name: keyof ReportGitHub): GitHubError {
  return new GitHubError("refused", 403, `${name}: Resource not accessible by integration`);
}

/** A request that is no longer waited for may have left all the same. */
function unlessStopped<T>(asked: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return asked;
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(new GitHubError("unknown", 0, "it is no longer waited for"));
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    asked.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", stop);
    });
  });
}
