/**
 * GitHub in memory: repositories, workflow runs whose state follows from the time, artifacts, releases. It answers
 * at once and truthfully; delays and faults come from the gate that `githubPort` puts before it.
 */
import type { WorkflowRunSnapshot } from "../../src/chain/run.js";
import { GitHubError, type ArtifactInfo, type AssetInfo, type HookDelivery } from "../../src/coordinator/ports.js";
import {
  BOT,
  BUILD_WORKFLOW,
  type BuildScript,
  type FakeAsset,
  type FakeRelease,
  type FakeRepository,
  type FakeRun,
  type GitHubWatch,
  goodBuild,
  infoOf,
  sha256,
} from "./fake-github-types.js";
import { headOf } from "./fake-repository-reads.js";

export class FakeGitHub {
  readonly repositories = new Map<string, FakeRepository>();
  readonly runs: FakeRun[] = [];
  readonly releases: FakeRelease[] = [];
  /** The App's delivery log, newest first. */
  deliveries: HookDelivery[] = [];
  watch: GitHubWatch = {};
  /** What the next build does. */
  script: (component: string, attempt: number) => BuildScript = () => goodBuild;
  /** Whether runs that a workflow_dispatch starts are told by id. */
  returnsRunId = true;
  /** Entries of a tree, beyond which an answer is truncated. */
  treeLimit = 100_000;
  #ids = 1_000;

  /** `now` is GitHub's own clock, in ms. */
  constructor(readonly now: () => number) {}

  addRepository(fullName: string, change: Partial<FakeRepository> = {}): FakeRepository {
    const id = ++this.#ids;
    const path = ".github/workflows/build.yml";
    const repository: FakeRepository = {
      fullName,
      sha: sha256(Buffer.from(fullName)).slice(0, 40),
      private: false,
      installed: true,
      permissions: { contents: "write", actions: "write" },
      writers: null,
      files: new Map([[path, BUILD_WORKFLOW]]),
      links: new Map(),
      history: [],
      message: "Initial commit",
      committer: "ada",
      workflows: [{ id, name: "Build", path, state: "active" }],
      echoes: true,
      tags: new Map(),
      ...change,
    };
    this.repositories.set(fullName.toLowerCase(), repository);
    return repository;
  }

  /** A new commit on the default branch; returns its SHA. */
  push(repo: string, message: string, files: Record<string, string> = {}, author = "ada"): string {
    const repository = this.repository(repo);
    repository.history.push(headOf(repository));
    repository.files = new Map([...repository.files, ...Object.entries(files)]);
    const { sha, history, fullName } = repository;
    const next = sha256(Buffer.from(`${fullName} ${history.length} ${sha}`)).slice(0, 40);
    Object.assign(repository, { sha: next, message, committer: author });
    return next;
  }

  addRelease(
    repo: string,
    tag: string,
    change: Partial<FakeRelease> = {},
    tagging: "tag" | "no tag" = "tag",
  ): FakeRelease {
    const { tags, sha } = this.repository(repo);
    if (tagging === "tag") tags.set(tag, sha);
    const id = ++this.#ids;
    const url = `https://github.example/${repo}/releases/tag/${tag}`;
    const flags = { draft: false, prerelease: false, immutable: false };
    const person = { author: "ada", authorType: "User", body: "What is new.\n" };
    const own = { id, repo, tag, url, uploadUrl: String(id), commit: "main" };
    const release = { ...own, ...flags, ...person, assets: [], ...change };
    this.releases.push(release);
    return release;
  }

  addAsset(release: FakeRelease, name: string, bytes: Buffer, uploader: string, state = "uploaded"): FakeAsset {
    const asset = { id: ++this.#ids, name, size: bytes.length, sha256: sha256(bytes), state, uploader, bytes };
    release.assets.push(asset);
    return asset;
  }

  /** A run that somebody else started. */
  addForeignRun(repo: string, change: Partial<FakeRun> = {}): FakeRun {
    const chain = { id: "", dispatchId: "", component: "" };
    const run = this.#newRun(repo, chain, "repository_dispatch", goodBuild);
    return Object.assign(run, { actor: "mallory", title: "build-chain", ...change });
  }

  repository(name: string): FakeRepository {
    const found = this.repositories.get(name.toLowerCase());
    if (found?.installed !== true) throw new GitHubError("refused", 404, `${name}: Not Found`);
    return found;
  }

  release(id: number): FakeRelease | null {
    return this.releases.find((release) => release.id === id) ?? null;
  }

  stateOf(run: FakeRun): "queued" | "in_progress" | "completed" {
    return this.now() >= run.endsAt ? "completed" : this.now() >= run.startsAt ? "in_progress" : "queued";
  }

  snapshot(run: FakeRun): WorkflowRunSnapshot {
    const status = this.stateOf(run);
    return {
      id: run.id,
      workflowId: run.workflowId,
      path: ".github/workflows/build.yml",
      event: run.event,
      displayTitle: run.title,
      status,
      conclusion: status === "completed" ? run.conclusion : null,
      runAttempt: run.attempt,
      headSha: this.repository(run.repo).sha,
      actor: run.actor,
      createdAt: Math.floor(run.createdAt / 1_000) * 1_000,
      runStartedAt: Math.floor(run.runStartedAt / 1_000) * 1_000,
      url: `https://github.example/${run.repo}/actions/runs/${run.id}`,
    };
  }

  shownRuns(repo: string): FakeRun[] {
    return this.runs.filter((run) => run.repo === this.repository(repo).fullName && this.now() >= run.shownAt);
  }

  /** Starts a build; null where no run comes of it. */
  dispatch(repo: string, event: string, payload: Record<string, unknown>): FakeRun | null {
    const { fullName } = this.repository(repo);
    const told = payload.chain as { id: string; dispatch_id: string; component: string };
    const chain = { id: told.id, dispatchId: told.dispatch_id, component: told.component };
    this.watch.dispatched?.(chain, fullName);
    const script = this.script(chain.component, 1);
    return script.never ? null : this.#newRun(fullName, chain, event, script);
  }

  #newRun(repo: string, chain: FakeRun["chain"], event: string, script: BuildScript): FakeRun {
    const { echoes, workflows } = this.repository(repo);
    const createdAt = this.now() + script.appearsAfter;
    const run: FakeRun = {
      id: ++this.#ids,
      repo,
      workflowId: workflows[0]?.id ?? 0,
      event,
      title: echoes ? `Build [${chain.dispatchId}]` : "build-chain",
      actor: BOT,
      createdAt,
      shownAt: createdAt + script.shownAfter,
      startsAt: 0,
      endsAt: 0,
      runStartedAt: 0,
      conclusion: "",
      attempt: 0,
      stubborn: false,
      losesRunner: false,
      artifacts: [],
      chain,
    };
    this.runs.push(run);
    this.#begin(run, script, createdAt);
    return run;
  }

  #begin(run: FakeRun, script: BuildScript, at: number): void {
    const startsAt = at + script.startsAfter;
    const { conclusion, stubborn, losesRunner = false } = script;
    const times = { runStartedAt: at, startsAt, endsAt: startsAt + script.lasts };
    Object.assign(run, times, { conclusion, stubborn, losesRunner, attempt: run.attempt + 1 });
    if (script.artifact !== "none" && conclusion === "success") {
      const bytes = Buffer.from(JSON.stringify({ ...run.chain, run: run.id, attempt: run.attempt }));
      const served = script.artifact === "good" ? bytes : Buffer.from(`${bytes.toString()} `);
      const name = `image-${run.chain.component}`;
      const info = { id: ++this.#ids, name, size: bytes.length, expired: false, sha256: sha256(bytes) };
      run.artifacts.push({ ...info, createdAt: Math.floor(run.endsAt / 1_000) * 1_000, bytes, served });
    }
    this.watch.changes?.(run, [run.shownAt, run.startsAt, run.endsAt]);
  }

  rerun(repo: string, id: number): void {
    const run = this.#run(repo, id);
    if (this.stateOf(run) !== "completed") throw new GitHubError("refused", 403, "This workflow is already running");
    this.watch.rerun?.(run);
    this.#begin(run, this.script(run.chain.component, run.attempt + 1), this.now());
  }

  cancel(repo: string, id: number, force: boolean): void {
    const run = this.#run(repo, id);
    if (this.stateOf(run) === "completed" || (run.stubborn && !force)) return;
    run.endsAt = this.now() + 2_000;
    run.conclusion = "cancelled";
    run.artifacts = run.artifacts.filter((artifact) => artifact.createdAt <= this.now());
    this.watch.changes?.(run, [run.endsAt]);
  }

  #run(repo: string, id: number): FakeRun {
    const run = this.runs.find((each) => each.id === id && each.repo === this.repository(repo).fullName);
    if (run === undefined) throw new GitHubError("refused", 404, `workflow run ${id}: Not Found`);
    return run;
  }

  artifacts(repo: string, id: number): ArtifactInfo[] {
    const { artifacts } = this.#run(repo, id);
    return artifacts
      .filter(({ createdAt }) => createdAt <= this.now())
      .map(({ id, name, size, expired, createdAt, sha256 }) => ({ id, name, size, expired, createdAt, sha256 }));
  }

  upload(repo: string, release: FakeRelease, name: string, bytes: Buffer, state = "uploaded"): AssetInfo {
    this.repository(repo);
    if (release.assets.some((asset) => asset.name === name))
      throw new GitHubError("refused", 422, `${name}: Validation Failed`, ["already_exists"]);
    this.watch.touchesRelease?.(release);
    return infoOf(this.addAsset(release, name, bytes, BOT, state));
  }

  deleteAsset(assetId: number): void {
    const release = this.releases.find(({ assets }) => assets.some(({ id }) => id === assetId));
    if (release === undefined) throw new GitHubError("refused", 404, `asset ${assetId}: Not Found`);
    this.watch.touchesRelease?.(release);
    release.assets = release.assets.filter(({ id }) => id !== assetId);
  }

  setBody(id: number, body: string): void {
    const release = this.release(id);
    if (release === null) throw new GitHubError("refused", 404, `release ${id}: Not Found`);
    this.watch.touchesRelease?.(release);
    release.body = body;
  }
}
