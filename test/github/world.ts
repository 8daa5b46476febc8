/** What the calls are tested with: a clock that sleeping moves, a log that is kept, an App with a key, its installation. */
import { generateKeyPairSync } from "node:crypto";
import nock from "nock";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { GitHub, Log } from "../../src/coordinator/ports.js";
import { createGitHub } from "../../src/github/github.js";
import type { GitHubOptions } from "../../src/github/github.js";

export const { privateKey: PRIVATE_KEY } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});

export const API = "https://api.github.com";
export const REPO = "acme/sdk";
export const START = Date.parse("2025-03-01T12:00:00Z");
export const DATE = { date: new Date(START).toUTCString() };
/** As GitHub makes them now: longer than 40 characters, with the App's id and a JWT inside. */
export const TOKEN = "ghs_1234_eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJnaXRodWIuY29tIn0.c2lnbmF0dXJl-_x";

export interface World {
  github: GitHub;
  clock: { now(): number; advance(ms: number): void };
  slept: number[];
  log: { level: string; fields: Record<string, unknown>; message: string }[];
}

export function createWorld(options: Partial<GitHubOptions> = {}): World {
  let now = START;
  const slept: number[] = [];
  const lines: World["log"] = [];
  const clock = {
    now: () => now,
    advance(ms: number) {
      now += ms;
    },
  };
  const github = createGitHub({
    appId: 1234,
    privateKey: PRIVATE_KEY,
    baseUrl: API,
    log: keptLog(lines),
    clock,
    pace: { writesPerMinute: 80, writesPerHour: 500, writeBurst: 20 },
    sleep: async (ms, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      slept.push(ms);
      now += ms;
    },
    userAgent: "release-chain/test",
    ...options,
  });
  return { github, clock, slept, log: lines };
}

function keptLog(lines: World["log"]): Log {
  function level(name: string) {
    return (fields: Record<string, unknown>, message: string) => {
      lines.push({ level: name, fields, message });
    };
  }
  return { debug: level("debug"), info: level("info"), warn: level("warn"), error: level("error") };
}

/** The App is installed on a repository, and gets a token for it as often as it asks. */
export function installed(repo = REPO, id = 77, token = TOKEN, api = API): void {
  nock(new URL(api).origin)
    .persist()
    .get(`${apiPath(api)}/repos/${repo}/installation`)
    .reply(200, { id, permissions: { contents: "write", actions: "write" }, suspended_at: null }, DATE);
  nock(new URL(api).origin)
    .persist()
    .post(`${apiPath(api)}/app/installations/${id}/access_tokens`)
    .reply(201, { token, expires_at: new Date(START + 3_600_000).toISOString() }, DATE);
}

function apiPath(api: string): string {
  return new URL(api).pathname.replace(/\/$/, "");
}

/** A workflow run as GitHub describes one, as far as it is read. */
export function workflowRun(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 9_000_000_001,
    workflow_id: 5,
    name: "build",
    path: ".github/workflows/build.yml",
    event: "repository_dispatch",
    display_title: "build-chain",
    status: "completed",
    conclusion: "success",
    run_attempt: 2,
    head_sha: "a".repeat(40),
    actor: { login: "release-chain[bot]", type: "Bot" },
    created_at: "2025-03-01T12:00:05Z",
    run_started_at: "2025-03-01T12:10:00Z",
    html_url: "https://github.com/acme/sdk/actions/runs/9000000001",
    ...fields,
  };
}

export function release(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 12,
    tag_name: "v1.0",
    draft: false,
    prerelease: false,
    immutable: true,
    author: { login: "ada", type: "User" },
    body: "Notes",
    html_url: "https://github.com/acme/sdk/releases/tag/v1.0",
    upload_url: "https://uploads.github.com/repos/acme/sdk/releases/12/assets{?name,label}",
    ...fields,
  };
}

export function asset(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 31,
    name: "image.wic",
    size: 10,
    digest: `sha256:${"AB".repeat(32)}`,
    state: "uploaded",
    uploader: { login: "release-chain[bot]", type: "Bot" },
    ...fields,
  };
}

/** What is read of `asset()`. */
export const ASSET = {
  id: 31,
  name: "image.wic",
  size: 10,
  sha256: "ab".repeat(32),
  state: "uploaded",
  uploader: "release-chain[bot]",
};

// HTTP belongs to the whole process: nock stands in its place in the files that ask for it.
nock.restore();

/** For a whole test file: no request leaves the process. */
export function onlyInterceptors(): void {
  beforeAll(() => {
    nock.activate();
    nock.disableNetConnect();
  });
  afterEach(() => {
    nock.abortPendingRequests();
    nock.cleanAll();
  });
  afterAll(() => {
    nock.enableNetConnect();
    nock.restore();
  });
}

/** For a whole test file: the App is installed, and no request leaves the process. */
export function withoutNetwork(): void {
  onlyInterceptors();
  beforeEach(() => {
    installed();
  });
}
