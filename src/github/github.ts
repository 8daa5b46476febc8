/** GitHub behind the coordinator's port: github.com, `*.ghe.com` or an Enterprise Server. */
import { setTimeout as wait } from "node:timers/promises";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import type { Clock, GitHub, Log } from "../coordinator/ports.js";
import type { ReportGitHub } from "../coordinator/report-port.js";
import type { ApiParts } from "./api.js";
import { appToken, readAppKey } from "./app-key.js";
import { attestationCalls } from "./attestations.js";
import { checkCalls } from "./checks.js";
import { createCredentials } from "./credentials.js";
import type { DownloadParts } from "./downloads.js";
import { createEtagCache } from "./etags.js";
import { exchange } from "./exchange.js";
import type { ExchangeParts } from "./exchange.js";
import { failedJobCalls } from "./failed-jobs.js";
import { gitDataCalls } from "./git-data.js";
import { hookDeliveryCalls } from "./hook-deliveries.js";
import { jobLogCalls } from "./job-logs.js";
import { issueCalls } from "./issues.js";
import { publishingReserve } from "./pace-limits.js";
import type { PaceLimits } from "./pace-limits.js";
import { createPacer } from "./pacer.js";
import type { Pacer, Sleep } from "./pacer.js";
import { releaseCalls } from "./releases.js";
import { repositoryCalls } from "./repositories.js";
import type { ApiAnswer, ApiRequest } from "./request.js";
import { createSecrets } from "./secrets.js";
import { send } from "./send.js";
import { workflowRunCalls } from "./workflow-runs.js";

export interface GitHubOptions {
  /** The App's id or client id. */
  appId: string | number;
  /** PEM. */
  privateKey: string;
  /** `https://api.github.com` (the default) or, of an Enterprise Server, `https://HOST/api/v3`. */
  baseUrl?: string;
  log: Log;
  clock: Clock;
  /** Content-creating requests of each installation: WRITES_PER_MINUTE, WRITES_PER_HOUR, WRITE_BURST. */
  pace: { writesPerMinute: number; writesPerHour: number; writeBurst: number };
  fetch?: typeof globalThis.fetch;
  /** Has to agree with `clock`: after it, so many milliseconds have passed there. */
  sleep?: Sleep;
  /** Told of each request, once it is over. */
  answered?: ExchangeParts["answered"];
  /** X-GitHub-Api-Version */
  apiVersion?: string;
  userAgent: string;
}

/** GitHub, and how its requests stand. */
export interface Gateway extends GitHub, ReportGitHub {
  /** Of each installation that was asked for something since the start. */
  figures(): { installation: number; budgetLeft: number | null; waiting: number }[];
}

/** GitHub allows 900 points a minute and 100 requests at once; some are left for what else uses the installation. */
const POINTS_PER_MINUTE = 900;
/** What creates costs so many of them (`pace-limits.ts`). */
const POINTS_OF_A_WRITE = 5;
const IN_FLIGHT = 60;
/**
 * Publishing at the pace of WRITES_PER_HOUR takes 500 uploads and some reads an hour: a tenth of the 5,000 requests that
 * the smallest installation has.
 */
const RESERVED_BUDGET = 0.1;
/**
 * Small enough that a dispatch passed by nothing but uploads goes within minutes, also at the pace of WRITES_PER_HOUR;
 * large enough that order by precedence is the rule.
 */
const MOST_PASSED = 25;
/** Workflow runs and pages of them that are asked for again and again. */
const ETAGS = 500;

/** Throws an Error for people where the options cannot work, such as a private key that is none. Sends nothing yet. */
export function createGitHub(options: GitHubOptions): Gateway {
  const { clock, log } = options;
  const baseUrl = apiRoot(options.baseUrl ?? "https://api.github.com");
  const limits = paceLimits(options.pace);
  const sleep: Sleep = options.sleep ?? ((ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }));
  const parts: ExchangeParts = { clock, sleep, log, secrets: createSecrets(), answered: options.answered };
  // Looked up at each call, so that what replaces it later (a test's interceptor, a proxy) is used.
  const fetch: typeof globalThis.fetch = options.fetch ?? ((...request) => globalThis.fetch(...request));
  const octokits = createOctokits(options, baseUrl, fetch, parts);
  const appPacer = createPacer(limits, clock, sleep, log);
  const sendAsApp = (request: ApiRequest): Promise<ApiAnswer> => send(octokits.app, request, null);
  const credentials = createCredentials(parts, appPacer, sendAsApp);
  const pacers = new Map<number, Pacer>();
  const api: ApiParts = {
    ...parts,
    credentials,
    pacerOf(installationId) {
      const pacer = pacers.get(installationId) ?? createPacer(limits, clock, sleep, log);
      pacers.set(installationId, pacer);
      return pacer;
    },
    sendWith: (request, token) => send(octokits.installation, request, token),
    etags: createEtagCache(ETAGS),
    baseUrl,
  };
  const downloading: DownloadParts = { ...api, fetch, userAgent: options.userAgent };
  return {
    botLogin: async () => `${await credentials.slug()}[bot]`,
    async installation(repo) {
      const found = await credentials.findInstallation(repo);
      return found === null || found.suspended ? null : { id: found.id, permissions: found.permissions };
    },
    standing(repo) {
      const id = credentials.knownInstallation(repo);
      const own = (id === null ? undefined : pacers.get(id))?.standing() ?? { waits: null, budgetLeft: null };
      // To find the installation, or to get a token for it, the App itself has to ask.
      const app = id !== null && credentials.hasToken(id) ? null : appPacer.readWait();
      return { ...own, waits: app !== null && app.until > (own.waits?.until ?? 0) ? app : own.waits };
    },
    figures: () =>
      [...pacers].map(([installation, pacer]) => {
        return { installation, budgetLeft: pacer.standing().budgetLeft, waiting: pacer.waiting() };
      }),
    ...hookDeliveryCalls({
      secrets: parts.secrets,
      asApp: (request) => exchange(parts, appPacer, request, () => sendAsApp(request)),
    }),
    ...repositoryCalls(api),
    ...gitDataCalls(api),
    ...workflowRunCalls(downloading),
    ...failedJobCalls(api),
    ...jobLogCalls(downloading),
    ...attestationCalls(downloading),
    ...releaseCalls(downloading),
    ...checkCalls(api),
    ...issueCalls(api),
  };
}

/**
 * One that signs as the App, and one that is given a token with each request. Neither throttles nor retries: Octokit's
 * throttling spaces all writes by a second, and its retries repeat writes. `@octokit/auth-app` is used for the App's own requests
 * only; there it sends again when GitHub finds the JWT's times wrong (401, so nothing happened), corrected by GitHub's
 * clock. Its handling of installation tokens is not used, as it repeats what is answered 401 on its own, by its own clock.
 */
function createOctokits(
  options: GitHubOptions,
  baseUrl: string,
  fetch: typeof globalThis.fetch,
  { clock, log, secrets }: ExchangeParts,
): { app: Octokit; installation: Octokit } {
  if (String(options.appId).trim() === "") throw new Error("APP_ID is empty: it must be the App's id");
  const key = readAppKey(options.privateKey);
  const octokitLog = {
    debug: () => undefined,
    info: () => undefined,
    warn(message: string) {
      log.warn({ source: "octokit" }, secrets.scrub(message));
    },
    // A line for each answer that is no success, also for a 304 or an expected 404: who asked says what it means.
    error(message: string) {
      log.debug({ source: "octokit" }, secrets.scrub(message));
    },
  };
  const common = { baseUrl, userAgent: options.userAgent, log: octokitLog, request: { fetch, log: octokitLog } };
  const app = new Octokit({
    ...common,
    authStrategy: createAppAuth,
    auth: {
      appId: options.appId,
      createJwt(appId: string | number, timeDifference = 0) {
        const { token, expiresAt } = appToken(String(appId), key, clock.now() + timeDifference * 1000);
        secrets.add(token);
        return Promise.resolve({ jwt: token, expiresAt: new Date(expiresAt).toISOString() });
      },
    },
  });
  const installation = new Octokit(common);
  for (const octokit of [app, installation]) {
    octokit.hook.before("request", (request) => {
      request.headers["x-github-api-version"] = options.apiVersion ?? "2022-11-28";
    });
  }
  return { app, installation };
}

function apiRoot(baseUrl: string): string {
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol)) {
    throw new Error(
      `"${baseUrl}" is not the URL of a GitHub API: expected https://api.github.com or https://HOST/api/v3`,
    );
  }
  return baseUrl.replace(/\/+$/, "");
}

function paceLimits(pace: GitHubOptions["pace"]): PaceLimits {
  const { writesPerMinute, writesPerHour, writeBurst } = pace;
  for (const [name, value] of Object.entries({ writesPerMinute, writesPerHour, writeBurst })) {
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`${name} must be a whole number from 1 on, not ${value}`);
  }
  return {
    writesPerMinute,
    writesPerHour,
    reservedWrites: publishingReserve(writesPerHour),
    writeBurst,
    // Who allows more writes than 900 points would has a server with other limits, or with none.
    pointsPerMinute: Math.max(POINTS_PER_MINUTE, POINTS_OF_A_WRITE * writesPerMinute),
    inFlight: IN_FLIGHT,
    reservedBudget: RESERVED_BUDGET,
    mostPassed: MOST_PASSED,
  };
}
