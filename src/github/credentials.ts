/** Which installation of the App serves a repository or an account, and its token. Both are cached, and renewed before they expire. */
import { GitHubError, NOT_INSTALLED } from "../coordinator/ports.js";
import type { RepoName } from "../coordinator/ports.js";
import { appAnswer, installationAnswer, parseAnswer, tokenAnswer } from "./answers.js";
import { answeredError } from "./errors.js";
import { exchange, isGood, retried } from "./exchange.js";
import type { ExchangeParts } from "./exchange.js";
import type { Pacer } from "./pacer.js";
import { repoPath, segment } from "./request.js";
import type { ApiAnswer, ApiRequest } from "./request.js";

export interface Installation {
  id: number;
  /** As GitHub names them: `{contents: "write"}`. */
  permissions: Record<string, string>;
  suspended: boolean;
}

export interface Credentials {
  /** The App's slug, asked for once. */
  slug(): Promise<string>;
  /** Asks GitHub, for `owner/name` or an account's login; null: not installed there. */
  findInstallation(repo: RepoName): Promise<Installation | null>;
  /** The same, from the cache where it is a few minutes old at most. Throws GitHubError 404 where there is none. */
  installationId(repo: RepoName): Promise<number>;
  /** The same as last found, however long ago, without asking; null: never found. */
  knownInstallation(repo: RepoName): number | null;
  /** Whether there is a token that lives for some minutes yet, so that none has to be asked for. */
  hasToken(installationId: number): boolean;
  /** A token that lives for some minutes yet. */
  token(installationId: number): Promise<string>;
  /** GitHub refused this token. */
  dropToken(installationId: number, token: string): void;
  /** The repository may have changed hands: look again before its next request. */
  forget(repo: RepoName): void;
}

const MINUTE = 60_000;
const INSTALLATION_FRESH = 5 * MINUTE;
/** Requests that wait their turn or stream a large file should not outlive their token. */
const RENEW_BEFORE = 5 * MINUTE;
/** A read that finds nothing is no reason to look the installation up again each time. */
const DOUBT_AFTER = 10_000;

interface Token {
  token: string;
  expiresAt: number;
}

/** `sendAsApp` sends one request with the App's own JWT. */
export function createCredentials(
  parts: ExchangeParts,
  pacer: Pacer,
  sendAsApp: (request: ApiRequest) => Promise<ApiAnswer>,
): Credentials {
  const installations = new Map<RepoName, { found: Promise<Installation | null>; at: number }>();
  const known = new Map<RepoName, number>();
  const tokens = new Map<number, Token>();
  const renewing = new Map<number, Promise<Token>>();
  let slug: Promise<string> | null = null;

  function ask(request: ApiRequest): Promise<ApiAnswer> {
    return exchange(parts, pacer, request, () => sendAsApp(request));
  }

  function findInstallation(repo: RepoName): Promise<Installation | null> {
    const entry = { found: readInstallation(parts, repo, ask), at: parts.clock.now() };
    installations.set(repo, entry);
    entry.found.then(
      (installation) => {
        if (installation === null) known.delete(repo);
        else known.set(repo, installation.id);
      },
      () => {
        if (installations.get(repo) === entry) installations.delete(repo);
      },
    );
    return entry.found;
  }

  /** One request, however many wait for it. */
  function renew(installationId: number): Promise<Token> {
    const renewed = createToken(parts, installationId, ask)
      .then((token) => {
        tokens.set(installationId, token);
        return token;
      })
      .finally(() => renewing.delete(installationId));
    renewing.set(installationId, renewed);
    return renewed;
  }

  function liveToken(installationId: number): string | null {
    const cached = tokens.get(installationId);
    return cached !== undefined && parts.clock.now() < cached.expiresAt - RENEW_BEFORE ? cached.token : null;
  }

  return {
    slug() {
      slug ??= readSlug(parts, ask).catch((error: unknown) => {
        slug = null;
        throw error;
      });
      return slug;
    },
    findInstallation,
    async installationId(repo) {
      const cached = installations.get(repo);
      const fresh = cached !== undefined && parts.clock.now() - cached.at < INSTALLATION_FRESH;
      const installation = await (fresh ? cached.found : findInstallation(repo));
      if (installation !== null) return installation.id;
      installations.delete(repo);
      throw notInstalledError(repo);
    },
    knownInstallation: (repo) => known.get(repo) ?? null,
    hasToken: (installationId) => liveToken(installationId) !== null,
    async token(installationId) {
      const live = liveToken(installationId);
      if (live !== null) return live;
      const renewed = renewing.get(installationId) ?? renew(installationId);
      return (await renewed).token;
    },
    dropToken(installationId, token) {
      if (tokens.get(installationId)?.token === token) tokens.delete(installationId);
    },
    forget(repo) {
      const cached = installations.get(repo);
      if (cached !== undefined && parts.clock.now() - cached.at > DOUBT_AFTER) installations.delete(repo);
    },
  };
}

export function notInstalledError(repo: RepoName): GitHubError {
  const sentence = `The App is not installed on ${repo}, or there is none: install it there.`;
  return new GitHubError("refused", 404, sentence, [NOT_INSTALLED]);
}

type Ask = (request: ApiRequest) => Promise<ApiAnswer>;

async function readSlug(parts: ExchangeParts, ask: Ask): Promise<string> {
  const request: ApiRequest = { method: "GET", path: "/app", kind: "read", expects: "json", repo: "", needs: "" };
  const answer = await ask(request);
  if (!isGood(answer)) throw answeredError(request, answer, parts.secrets);
  return parseAnswer(appAnswer, request, answer);
}

async function readInstallation(parts: ExchangeParts, repo: RepoName, ask: Ask): Promise<Installation | null> {
  for (const owner of ownerPaths(repo)) {
    const request: ApiRequest = {
      method: "GET",
      path: `${owner}/installation`,
      kind: "read",
      expects: "json",
      repo,
      needs: "Metadata: read",
    };
    const answer = await ask(request);
    if (answer.status === 404) continue;
    if (!isGood(answer)) throw answeredError(request, answer, parts.secrets);
    return parseAnswer(installationAnswer, request, answer);
  }
  return null;
}

/** An account's login does not tell which kind of account it is. */
function ownerPaths(repo: RepoName): string[] {
  if (repo.includes("/")) return [repoPath(repo)];
  return [`/orgs/${segment(repo)}`, `/users/${segment(repo)}`];
}

/** A POST, but one that may be repeated: a token that nobody received does no harm. */
async function createToken(parts: ExchangeParts, installationId: number, ask: Ask): Promise<Token> {
  const request: ApiRequest = {
    method: "POST",
    path: `/app/installations/${installationId}/access_tokens`,
    kind: "write",
    // Whatever needs the token waits for it, publishing too.
    purpose: "publish",
    expects: "json",
    repo: "",
    needs: "",
  };
  return await retried(parts, request, async () => {
    const answer = await ask(request);
    if (!isGood(answer)) throw answeredError(request, answer, parts.secrets);
    const { token, expiresAt } = parseAnswer(tokenAnswer, request, answer);
    parts.secrets.add(token);
    const now = parts.clock.now();
    // `expires_at` is on GitHub's clock.
    return { token, expiresAt: now + expiresAt - (answer.at ?? now) };
  });
}
