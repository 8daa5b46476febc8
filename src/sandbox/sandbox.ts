/**
 * A GitHub on loopback, for the demo and the tests: REST as GitHub Enterprise Server serves it, App JWTs and
 * installation tokens checked, signed webhooks, Actions played from scripts, faults to switch on. State is in memory.
 *
 *     const sandbox = await startSandbox({ app: { webhookSecret: "s3cret" }, webhookUrl });
 *     sandbox.addRepository({
 *       fullName: "acme/meta-acme",
 *       files: { ".github/workflows/build.yml": "on: {repository_dispatch: {types: [build-chain]}}\n" },
 *       permissions: { ada: "write" },
 *     });
 *     sandbox.script("acme/meta-acme", ".github/workflows/build.yml", { conclusion: ["failure", "success"] });
 *     sandbox.faults.add({ match: /^POST .*dispatches$/, times: 1, kind: "status-after-effect" });
 *     sandbox.publishRelease({ repo: "acme/meta-acme", tag: "v1.0.0", author: "ada" });
 *     await sandbox.until(() => sandbox.runs.some((run) => run.conclusion === "success"));
 *     await sandbox.close();
 *
 * The server under test gets `sandbox.environment()`.
 */
import { attest, type AttestOptions } from "./attestations.js";
import { closeEngine, createEngine, startEngine, untilHolds, type Engine } from "./engine.js";
import { peel } from "./git-store.js";
import { latestRelease } from "./latest-release.js";
import { peopleOf, type People } from "./people.js";
import { createRelease, publishedRelease, releasesOf, updateRelease } from "./releases.js";
import * as seeding from "./seeding.js";
import { checkSummaries, issueSummaries, releaseSummary, runSummaries } from "./summaries.js";
import type * as api from "./types.js";
import { currentState } from "./workflow-runs.js";
import { listWorkflows } from "./workflows.js";
import { account, knownRepository, type AppIdentity, type World } from "./world.js";

export type * from "./types.js";

export interface Sandbox {
  /** `http://127.0.0.1:PORT`; the API is below `/api/v3`. */
  readonly url: string;
  readonly apiUrl: string;
  /** Of artifacts and assets: another host, as at GitHub. */
  readonly storageUrl: string;
  readonly app: Readonly<AppIdentity>;
  /** What is served, such as `GET /repos/{owner}/{repo}`; uploads begin with `/uploads/`. */
  readonly endpoints: readonly string[];
  /** `APP_ID`, `PRIVATE_KEY`, `WEBHOOK_SECRET`, `GHE_HOST`, `GHE_PROTOCOL` of a server that takes this for GitHub. */
  environment(): Record<string, string>;
  /** `GITHUB_CLIENT_ID`, `GITHUB_CLIENT_SECRET`: with them people can sign in to the server. */
  signInEnvironment(): Record<string, string>;
  /** Who sits at the browser when it comes to sign in; null: somebody who does not allow it. */
  signInAs(login: string | null): void;
  /** Tokens of people that are valid: those that nobody revoked. */
  readonly userTokens: number;
  setWebhookUrl(url: string | null): void;

  addUser(login: string): void;
  addOrganization(login: string): void;
  addRepository(options: api.RepositoryOptions): void;
  setRole(repo: string, login: string, role: api.RepositoryRole | null): void;
  /** Returns the new head of the branch. Null as content removes a file. */
  commit(repo: string, branch: string, files: Record<string, api.GitFile | null>, message?: string): string;
  head(repo: string, branch?: string): string;
  /** Returns the tagged commit; default: the head of the default branch. Announced as `create`. */
  tag(repo: string, name: string, options?: { sha?: string; annotated?: boolean; actor?: string }): string;
  install(repo: string): void;
  uninstall(repo: string): void;
  /** Suspends an owner's installation, or ends that. */
  suspend(owner: string, suspended: boolean): void;
  setWorkflowState(repo: string, path: string, state: api.WorkflowState): void;
  /** How the runs of a workflow go; without one, each takes 50 ms and uploads one small artifact. */
  script(repo: string, workflowPath: string, script: api.WorkflowScript): void;
  /** The repository has an attestation for what has this digest. */
  attest(repo: string, attestation: AttestOptions): void;

  /** A person makes a release on the web page. Throws where the tag is taken. */
  publishRelease(options: api.PublishOptions): api.ReleaseSummary;
  /** A person publishes a draft, or edits. */
  editRelease(
    repo: string,
    id: number,
    change: { name?: string; body?: string; draft?: boolean; prerelease?: boolean },
    by: string,
  ): void;
  /** What people do on the web pages while a chain runs. */
  readonly people: People;
  /** The published release of a tag, else the newest draft of that tag; null without either. */
  release(repo: string, tag: string): api.ReleaseSummary | null;
  /** Of a repository, newest first, drafts included. */
  releases(repo: string): api.ReleaseSummary[];
  /** The tag of what GitHub calls the latest release; null without one. */
  latest(repo: string): string | null;
  /** The commit that a tag of a repository names; null: there is no such tag. */
  taggedCommit(repo: string, tag: string): string | null;

  /** Every dispatch that took effect, oldest first. */
  readonly dispatches: readonly api.EffectiveDispatch[];
  /** Oldest first, without lag. */
  readonly runs: readonly api.RunSummary[];
  /** Of the app, oldest first. */
  readonly checkRuns: readonly api.CheckSummary[];
  /** Oldest first. */
  readonly issues: readonly api.IssueSummary[];
  readonly deliveries: readonly api.DeliverySummary[];
  readonly requests: readonly api.RequestSummary[];
  /** Empty unless `recordExchanges`. */
  readonly exchanges: readonly api.Exchange[];
  readonly violations: readonly api.Violation[];
  recordExchanges: boolean;
  /** Forgets requests and exchanges so far. */
  clearLogs(): void;

  readonly faults: api.Faults;
  readonly webhookFaults: api.WebhookFaults;
  readonly lag: api.Lag;
  readonly limits: api.Limits;
  /** Sends a delivery again, as `POST /app/hook/deliveries/{id}/attempts` does. */
  redeliver(id: number): void;
  /** Moves the sandbox's clock on; timers of runs stay real. */
  advanceClock(ms: number): void;

  /** Resolves when the condition holds; looked at whenever something changes. Throws after `timeoutMs` (60,000). */
  until(condition: () => boolean, timeoutMs?: number): Promise<void>;
  /** Resolves when no run is under way and no delivery is unanswered. */
  idle(timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts both servers. Throws where the port is taken. */
export async function startSandbox(options: api.SandboxOptions = {}): Promise<Sandbox> {
  const engine = createEngine(options);
  await startEngine(engine, options);
  return sandboxOf(engine);
}

function sandboxOf(engine: Engine): Sandbox {
  const { world, webhooks, logs } = engine;
  return {
    url: world.url,
    apiUrl: `${world.url}/api/v3`,
    storageUrl: engine.storageBase,
    app: world.app,
    endpoints: engine.routes.map((route) => route.line),
    environment: () => ({
      APP_ID: String(world.app.id),
      PRIVATE_KEY: world.app.privateKey,
      WEBHOOK_SECRET: world.app.webhookSecret,
      GHE_HOST: world.url.replace("http://", ""),
      GHE_PROTOCOL: "http",
    }),
    signInEnvironment: () => ({
      GITHUB_CLIENT_ID: world.app.clientId,
      GITHUB_CLIENT_SECRET: world.oauth.clientSecret,
    }),
    signInAs: (login) => {
      world.oauth.person = login === null ? null : account(world, login);
    },
    get userTokens() {
      return world.oauth.tokens.size;
    },
    setWebhookUrl: (url) => {
      webhooks.setUrl(url);
    },
    ...seedingOf(world),
    ...releasesPart(world),
    attest: (repo, attestation) => {
      attest(world, repo, attestation);
    },
    people: peopleOf(world),
    dispatches: world.dispatches,
    get runs() {
      return runSummaries(world);
    },
    get checkRuns() {
      return checkSummaries(world);
    },
    get issues() {
      return issueSummaries(world);
    },
    deliveries: webhooks.deliveries,
    get requests() {
      return logs.requests;
    },
    get exchanges() {
      return logs.exchanges;
    },
    violations: world.violations,
    get recordExchanges() {
      return logs.recording;
    },
    set recordExchanges(on: boolean) {
      logs.recording = on;
    },
    clearLogs: () => {
      logs.requests = [];
      logs.exchanges = [];
    },
    faults: engine.faults,
    webhookFaults: webhooks.faults,
    lag: world.lag,
    limits: world.limits,
    redeliver: (id) => {
      const delivery = webhooks.deliveries.find((one) => one.id === id);
      if (delivery === undefined) throw new Error(`The sandbox made no delivery ${id}.`);
      webhooks.redeliver(delivery);
    },
    advanceClock: (ms) => {
      engine.time.offset += ms;
    },
    until: (condition, timeoutMs) => untilHolds(engine, condition, timeoutMs),
    idle: (timeoutMs) => untilHolds(engine, () => isIdle(engine), timeoutMs),
    close: () => closeEngine(engine),
  };
}

function seedingOf(world: World) {
  const known = (repo: string) => knownRepository(world, repo);
  return {
    addUser: (login: string) => void account(world, login),
    addOrganization: (login: string) => void account(world, login, "Organization"),
    addRepository: (options: api.RepositoryOptions) => void seeding.addRepository(world, options),
    setRole: (repo: string, login: string, role: api.RepositoryRole | null) => {
      const key = account(world, login).login.toLowerCase();
      if (role === null) known(repo).collaborators.delete(key);
      else known(repo).collaborators.set(key, role);
    },
    commit: (repo: string, branch: string, files: Record<string, api.GitFile | null>, message = "Change") =>
      seeding.commit(world, known(repo), branch, files, message),
    head: (repo: string, branch?: string) => known(repo).branches.get(branch ?? known(repo).defaultBranch) ?? "",
    tag: (repo: string, name: string, options: { sha?: string; annotated?: boolean; actor?: string } = {}) =>
      seeding.tag(world, known(repo), name, options),
    install: (repo: string) => void seeding.install(world, known(repo)),
    uninstall: (repo: string) => {
      seeding.uninstall(world, known(repo));
    },
    suspend: (owner: string, suspended: boolean) => {
      seeding.suspend(world, owner, suspended);
    },
    setWorkflowState: (repo: string, path: string, state: api.WorkflowState) => {
      listWorkflows(world, known(repo));
      seeding.setWorkflowState(world, repo, path, state);
    },
    script: (repo: string, workflowPath: string, script: api.WorkflowScript) => {
      world.scripts.set(`${known(repo).fullName.toLowerCase()}:${workflowPath}`, script);
    },
  };
}

function releasesPart(world: World) {
  return {
    publishRelease: (options: api.PublishOptions) => {
      const repository = knownRepository(world, options.repo);
      const release = createRelease(world, repository, account(world, options.author), {
        tag: options.tag,
        target: options.target ?? repository.defaultBranch,
        name: options.name ?? options.tag,
        body: options.body ?? "",
        draft: options.draft ?? false,
        prerelease: options.prerelease ?? false,
      });
      return releaseSummary(world, release);
    },
    editRelease: (repo: string, id: number, change: Parameters<Sandbox["editRelease"]>[2], by: string) => {
      const release = world.releases.get(id);
      if (release?.repository !== knownRepository(world, repo)) throw new Error(`${repo} has no release ${id}.`);
      updateRelease(world, release, change, account(world, by));
    },
    release: (repo: string, tag: string) => {
      const repository = knownRepository(world, repo);
      const found =
        publishedRelease(world, repository, tag) ?? releasesOf(world, repository).find((one) => one.tag === tag);
      return found === undefined ? null : releaseSummary(world, found);
    },
    releases: (repo: string) =>
      releasesOf(world, knownRepository(world, repo)).map((release) => releaseSummary(world, release)),
    latest: (repo: string) => latestRelease(world, knownRepository(world, repo))?.tag ?? null,
    taggedCommit: (repo: string, tag: string) => {
      const { git, tags } = knownRepository(world, repo);
      const sha = tags.get(tag);
      return sha === undefined ? null : peel(git, sha);
    },
  };
}

/** Runs yet to appear and delayed deliveries have a timer; a run has none for a moment between two steps. */
function isIdle({ timers, webhooks, world }: Engine): boolean {
  if (timers.size > 0 || webhooks.pending() > 0) return false;
  return [...world.runs.values()].every((run) => currentState(run).status === "completed");
}
