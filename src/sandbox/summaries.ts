/** Releases, runs, check runs and issues as the sandbox shows them to its user. */
import { assetDownloadUrl } from "./release-json.js";
import type * as api from "./types.js";
import { currentState } from "./workflow-runs.js";
import type { Release, World } from "./world.js";

/** A file that is too large for memory has no content here. */
export function releaseSummary(world: World, release: Release): api.ReleaseSummary {
  return {
    id: release.id,
    repo: release.repository.fullName,
    tag: release.tag,
    name: release.name,
    body: release.body,
    draft: release.draft,
    prerelease: release.prerelease,
    immutable: release.immutable,
    author: release.author.login,
    assets: release.assets.map((asset) => ({
      id: asset.id,
      name: asset.name,
      size: asset.content.length,
      sha256: asset.sha256,
      state: asset.state,
      uploader: asset.uploader.login,
      content: Buffer.isBuffer(asset.content) ? asset.content : Buffer.alloc(0),
      downloadUrl: assetDownloadUrl(world, release, asset),
    })),
  };
}

/** Each as its latest attempt is now. */
export function runSummaries(world: World): api.RunSummary[] {
  return [...world.runs.values()].map((run) => {
    const { attempt, status, conclusion, runStartedAt } = currentState(run);
    return {
      id: run.id,
      repo: run.repository.fullName,
      workflowPath: run.workflow.path,
      displayTitle: run.displayTitle,
      event: run.event,
      headSha: run.headSha,
      attempt,
      status,
      conclusion,
      createdAt: run.createdAt,
      runStartedAt,
      artifacts: run.artifacts.map((artifact) => artifact.name),
    };
  });
}

export function checkSummaries(world: World): api.CheckSummary[] {
  return [...world.checkRuns.values()].map((check) => ({ ...check, repo: check.repository.fullName }));
}

export function issueSummaries(world: World): api.IssueSummary[] {
  return world.issues.map(({ repository, number, title, body, user, state, comments }) => ({
    repo: repository.fullName,
    number,
    title,
    body: body ?? "",
    author: user.login,
    state,
    comments: comments.map((comment) => ({
      id: comment.id,
      author: comment.user.login,
      body: comment.body,
      reactions: comment.reactions.map(({ content }) => content),
    })),
  }));
}
