/** The coordinator's port to a GitHub in virtual time. Each call goes through a gate, which draws what becomes of it. */
import { GitHubError, type AssetInfo, type GitHub, type HookDelivery, type Sent } from "../../src/coordinator/ports.js";
import type { ReportGitHub } from "../../src/coordinator/report-port.js";
import type { FakeGitHub } from "../coordinator/fake-github.js";
import { BOT, type FakeRelease } from "../coordinator/fake-github-types.js";
import { downloadAsset, downloadOf, madeReleaseCalls, type ReleaseCalls } from "../coordinator/fake-releases.js";
import { gitReads, repositoryReads } from "../coordinator/fake-repository-reads.js";
import type { ChainOfDispatch, Journal } from "./journal.js";
import type { Draw } from "./random.js";
import type { Faults } from "./setting.js";
import type { SimulatedActions } from "./simulated-actions.js";
import { SECRET } from "./simulated-runs.js";

export type CallName = keyof GitHub | keyof ReportGitHub;

/** What becomes of a request: `effect` is what it does to GitHub, `partial` what remains of one that breaks off. */
export type Gate = <T>(name: CallName, effect: (leftAt: number) => T, partial?: () => void) => Promise<T>;

export interface DeliveryLog {
  since(time: number, failedOnly: boolean): HookDelivery[];
  redeliver(id: string): void;
}

export interface GitHubWorld {
  /** Repositories and releases. */
  base: FakeGitHub;
  actions: SimulatedActions;
  deliveries: DeliveryLog;
  journal: Journal;
  draw: Draw;
  faults: Faults;
  /** On the clock of the simulation, ms. */
  now(): number;
  /** Whether runs that a workflow_dispatch starts are told by id. */
  returnsRunId: boolean;
}

export function simulatedPort(world: GitHubWorld, gate: Gate): GitHub {
  const { actions, base } = world;
  const sent = (): Sent => ({ at: dateOf(world) });
  return {
    botLogin: () => gate("botLogin", () => BOT),
    ...repositoryReads(base, gate),
    ...gitReads(base, gate),
    standing: () => ({ waits: null, budgetLeft: null }),
    ...dispatches(world, gate),
    workflowRun: (repo, id) => gate("workflowRun", () => actions.read(repo, id)),
    workflowRuns: (repo, event, since) => gate("workflowRuns", () => actions.list(repo, event, since)),
    failedJobs: (repo, id, attempt) => gate("failedJobs", () => actions.failedJobs(repo, id, attempt)),
    jobs: (repo, id, attempt) =>
      gate("jobs", () =>
        actions.failedJobs(repo, id, attempt).map((job) => ({ ...job, status: "completed", url: null })),
      ),
    jobLogTail: () => gate("jobLogTail", () => ({ lines: [`the log has ${SECRET}`], truncated: false })),
    rerun: (repo, id, mode) =>
      gate("rerun", (leftAt) => {
        actions.rerun(repo, id, "server", leftAt, mode);
        return sent();
      }),
    cancel: (repo, id, force) =>
      gate("cancel", () => {
        actions.cancel(repo, id, force, "server");
        return sent();
      }),
    deliveries: (since, failedOnly) => gate("deliveries", () => world.deliveries.since(since, failedOnly)),
    redeliver: (id) =>
      gate("redeliver", () => {
        world.deliveries.redeliver(id);
      }),
    artifacts: (repo, id) => gate("artifacts", () => actions.artifacts(repo, id)),
    downloadArtifact: (_, id) => gate("downloadArtifact", () => downloadOf(actions.download(id))),
    attestations: () => gate("attestations", () => []),
    ...releaseCalls(world, gate),
  };
}

/** GitHub's `Date`: whole seconds of its own clock; null where a proxy took it away. */
function dateOf({ base, draw, faults }: GitHubWorld): number | null {
  return draw.chance(faults.calls / 4) ? null : Math.floor(base.now() / 1_000) * 1_000;
}

function dispatches(world: GitHubWorld, gate: Gate): Pick<GitHub, "repositoryDispatch" | "workflowDispatch"> {
  const { actions, base } = world;
  const begin = (repo: string, event: string, payload: Record<string, unknown>, leftAt: number): number | null => {
    const { fullName } = base.repository(repo);
    return actions.dispatch(fullName, event, chainOf(payload), upstreamOf(payload), leftAt);
  };
  return {
    repositoryDispatch: (repo, _, payload) =>
      gate("repositoryDispatch", (leftAt) => {
        begin(repo, "repository_dispatch", payload, leftAt);
        // GitHub dates its answer, not when the request took effect.
        return () => dateOf(world);
      }).then((dateOfAnswer) => ({ at: dateOfAnswer() })),
    workflowDispatch: (repo, _, __, inputs) =>
      gate("workflowDispatch", (leftAt) => {
        const payload = JSON.parse(String(inputs["release-chain"])) as Record<string, unknown>;
        const run = begin(repo, "workflow_dispatch", payload, leftAt);
        return { at: dateOf(world), workflowRunId: world.returnsRunId ? run : null };
      }),
  };
}

function chainOf({ chain }: Record<string, unknown>): ChainOfDispatch {
  const { id, tag, component, dispatch_id: dispatchId } = chain as ChainOfDispatch & { dispatch_id: string };
  return { id, tag, component, dispatchId };
}

/** SHA-256s of the files of its needs that a dispatch tells. */
function upstreamOf({ upstream }: Record<string, unknown>): string[] {
  return (upstream as { sha256: string }[] | undefined)?.map(({ sha256 }) => sha256) ?? [];
}

function releaseCalls(world: GitHubWorld, gate: Gate): ReleaseCalls {
  const { base, journal } = world;
  const known = (id: number): FakeRelease => {
    const release = base.release(id);
    if (release === null) throw new GitHubError("refused", 404, `release ${id}: Not Found`);
    return release;
  };
  const changed = (release: number, what: string): void => {
    journal.add({ kind: "release-changed", at: world.now(), release, what });
  };
  const upload = (id: number, name: string, bytes: Buffer, state: string): AssetInfo => {
    const info = base.upload(known(id).repo, known(id), name, bytes, state);
    changed(id, `${name} is uploaded (${state}, ${info.sha256?.slice(0, 12) ?? ""})`);
    return info;
  };
  return {
    ...madeReleaseCalls(base, gate, ({ id }, what) => {
      changed(id, what);
    }),
    updateReleaseBody: (_, id, body) =>
      gate("updateReleaseBody", () => {
        base.setBody(id, body);
        changed(id, "its body is written");
      }),
    assets: (_, id) => gate("assets", () => known(id).assets.map(assetInfo)),
    async uploadAsset(_, uploadUrl, asset, signal) {
      const chunks: Buffer[] = [];
      for await (const chunk of asset.open()) chunks.push(chunk as Buffer);
      if (signal.aborted) throw new GitHubError("unknown", 0, "aborted");
      const bytes = Buffer.concat(chunks);
      const id = Number(uploadUrl);
      return gate(
        "uploadAsset",
        () => upload(id, asset.name, asItArrives(world, bytes), "uploaded"),
        () => void upload(id, asset.name, Buffer.from(""), "starter"),
      );
    },
    deleteAsset: (_, id) =>
      gate("deleteAsset", () => {
        const release = base.releases.find(({ assets }) => assets.some((asset) => asset.id === id));
        base.deleteAsset(id);
        changed(release?.id ?? 0, `asset ${id} is deleted`);
      }),
    downloadAsset: downloadAsset(base, gate),
  };
}

function asItArrives({ draw, faults, journal }: GitHubWorld, bytes: Buffer): Buffer {
  if (!draw.chance(faults.uploadDamaged)) return bytes;
  journal.struck("upload damaged");
  const damaged = Buffer.from(bytes);
  damaged[0] = (damaged[0] ?? 0) ^ 1;
  return damaged;
}

/** Some assets come without a digest, so that they have to be read back. */
function assetInfo({ id, name, size, sha256, state, uploader }: AssetInfo): AssetInfo {
  return { id, name, size, sha256: id % 5 === 0 ? null : sha256, state, uploader };
}
