/** The port to the fake GitHub, and the gate before it, where delays and faults come from. */
import { GitHubError, type Download, type GitHub, type Sent } from "../../src/coordinator/ports.js";
import type { FakeGitHub } from "./fake-github.js";
import { BOT, infoOf } from "./fake-github-types.js";
import { jobReads } from "./fake-jobs.js";
import { downloadAsset, downloadOf, madeReleaseCalls, type ReleaseCalls } from "./fake-releases.js";
import { gitReads, repositoryReads } from "./fake-repository-reads.js";

/**
 * What stands between the coordinator and GitHub: decides when a call takes effect, and what is answered.
 * `partial` is what an upload that breaks off leaves behind.
 */
export type Gate = <T>(name: keyof GitHub, effect: () => T, partial?: () => void) => Promise<T>;

/** Every call takes effect at once, and is answered truly. */
export const openGate: Gate = async (_, effect) => {
  await Promise.resolve();
  return effect();
};

/** The coordinator's port to a fake GitHub, through a gate. */
export function githubPort(world: FakeGitHub, gate: Gate): GitHub {
  const date = (): number => Math.floor(world.now() / 1_000) * 1_000;
  const sent = (effect: () => unknown) => (): Sent => {
    effect();
    return { at: date() };
  };
  return {
    botLogin: () => gate("botLogin", () => BOT),
    ...repositoryReads(world, gate),
    ...gitReads(world, gate),
    standing: () => ({ waits: null, budgetLeft: null }),
    ...jobReads(world, gate),
    deliveries: (since, failedOnly) =>
      gate("deliveries", () =>
        world.deliveries.filter(({ deliveredAt, ok }) => deliveredAt >= since && !(failedOnly && ok)),
      ),
    redeliver: (id) => gate("redeliver", () => world.watch.redeliver?.(id)),
    repositoryDispatch: (repo, _, payload) =>
      gate("repositoryDispatch", () => {
        world.dispatch(repo, "repository_dispatch", payload);
        // GitHub dates its answer, not when the request took effect.
        return date;
      }).then((dateOfAnswer) => ({ at: dateOfAnswer() })),
    workflowDispatch: (repo, _, __, inputs) =>
      gate("workflowDispatch", () => {
        const payload = JSON.parse(String(inputs["release-chain"])) as Record<string, unknown>;
        const run = world.dispatch(repo, "workflow_dispatch", payload);
        return { at: date(), workflowRunId: world.returnsRunId ? (run?.id ?? null) : null };
      }),
    workflowRun: (repo, id) =>
      gate("workflowRun", () => {
        const run = world.shownRuns(repo).find((each) => each.id === id);
        // What exists is never "gone": GitHub's reads by id lag as its lists do, and answer with the older state.
        const known = run ?? world.runs.find((each) => each.id === id);
        return known === undefined ? null : world.snapshot(known);
      }),
    workflowRuns: (repo, event, since) =>
      gate("workflowRuns", () =>
        world
          .shownRuns(repo)
          .map((run) => world.snapshot(run))
          .filter((run) => run.event === event && run.createdAt >= since),
      ),
    rerun: (repo, id) =>
      gate(
        "rerun",
        sent(() => {
          world.rerun(repo, id);
        }),
      ),
    cancel: (repo, id, force) =>
      gate(
        "cancel",
        sent(() => {
          world.cancel(repo, id, force);
        }),
      ),
    artifacts: (repo, id) => gate("artifacts", () => world.artifacts(repo, id)),
    downloadArtifact: (_, id) => gate("downloadArtifact", () => artifactDownload(world, id)),
    attestations: () => gate("attestations", () => []),
    ...releaseCalls(world, gate),
  };
}

function artifactDownload(world: FakeGitHub, artifactId: number): Download {
  const artifact = world.runs.flatMap(({ artifacts }) => artifacts).find(({ id }) => id === artifactId);
  if (artifact === undefined) throw new GitHubError("refused", 410, `artifact ${artifactId}: Gone`);
  return downloadOf(artifact.served);
}

function releaseCalls(world: FakeGitHub, gate: Gate): ReleaseCalls {
  return {
    ...madeReleaseCalls(world, gate),
    updateReleaseBody: (_, id, body) =>
      gate("updateReleaseBody", () => {
        world.setBody(id, body);
      }),
    assets: (_, id) =>
      gate("assets", () => {
        const release = world.release(id);
        if (release === null) throw new GitHubError("refused", 404, `release ${id}: Not Found`);
        return release.assets.map(infoOf);
      }),
    async uploadAsset(repo, uploadUrl, asset, signal) {
      const { name } = asset;
      const chunks: Buffer[] = [];
      for await (const chunk of asset.open()) chunks.push(chunk as Buffer);
      const release = world.release(Number(uploadUrl));
      if (release === null) throw new GitHubError("refused", 404, "release: Not Found");
      if (signal.aborted) throw new GitHubError("unknown", 0, "aborted");
      return gate(
        "uploadAsset",
        () => world.upload(repo, release, name, Buffer.concat(chunks)),
        () => world.upload(repo, release, name, Buffer.from(""), "starter"),
      );
    },
    deleteAsset: (_, id) =>
      gate("deleteAsset", () => {
        world.deleteAsset(id);
      }),
    downloadAsset: downloadAsset(world, gate),
  };
}
