/** What users of the sandbox write and read: options, scripts, faults, and the logs of what happened. */

import type { JsonObject } from "./json-object.js";

export type * from "./actions-types.js";
export type * from "./check-types.js";
export type * from "./fault-types.js";
export type * from "./json-object.js";
export type * from "./repository-types.js";

/** Milliseconds since 1970. Replaceable, so that tests can move GitHub's time apart from ours. */
export interface SandboxClock {
  now(): number;
}

export type AccountType = "User" | "Organization" | "Bot";
export type AccessLevel = "read" | "write";
export type Permissions = Record<string, AccessLevel>;

export interface SandboxOptions {
  /** Of the API server on 127.0.0.1; 0 or absent: any free one. */
  port?: number;
  app?: {
    id?: number;
    slug?: string;
    clientId?: string;
    /** PEM; generated where absent. */
    privateKey?: string;
    webhookSecret?: string;
    permissions?: Permissions;
    events?: string[];
  };
  /** Where webhooks go; `setWebhookUrl` changes it. Without one, deliveries are logged as failed. */
  webhookUrl?: string;
  clock?: SandboxClock;
  /** The same seed gives the same choices of faults and shuffles. Default 1. */
  seed?: number;
  /** Keep every request and answer in `sandbox.exchanges`. Default false. */
  recordExchanges?: boolean;
  /** Requests an hour and installation. Default 1,000,000. */
  rateLimit?: number;
  /** Called with one line for each request answered and each delivery made. */
  log?: (line: string) => void;
}

// ---------------------------------------------------------------- issues

/** An issue as tests look at it. */
export interface IssueSummary {
  repo: string;
  number: number;
  title: string;
  body: string;
  author: string;
  state: "open" | "closed";
  comments: { id: number; author: string; body: string; reactions: string[] }[];
}

// ---------------------------------------------------------------- releases

export interface PublishOptions {
  repo: string;
  tag: string;
  /** Login; unknown logins become users. */
  author: string;
  name?: string;
  body?: string;
  prerelease?: boolean;
  /** Saved only, not published. */
  draft?: boolean;
  /** Commit of a tag that does not exist yet; default: head of the default branch. */
  target?: string;
}

export interface ReleaseSummary {
  id: number;
  repo: string;
  tag: string;
  name: string | null;
  body: string | null;
  draft: boolean;
  prerelease: boolean;
  immutable: boolean;
  author: string;
  assets: AssetSummary[];
}

export interface AssetSummary {
  id: number;
  name: string;
  size: number;
  /** Lower-case hex. */
  sha256: string;
  state: "uploaded" | "starter";
  uploader: string;
  content: Buffer;
  /** Without a token, for published releases of public repositories. */
  downloadUrl: string;
}

// ---------------------------------------------------------------- logs

/** A webhook delivery, in the delivery log. */
export interface DeliverySummary {
  id: number;
  guid: string;
  event: string;
  action: string | null;
  repo: string | null;
  at: number;
  redelivery: boolean;
  /** `OK`, or what went wrong; `pending` until the answer is there. */
  status: string;
  statusCode: number;
  payload: JsonObject;
}

export interface RequestSummary {
  at: number;
  server: "api" | "blob";
  method: string;
  /** As GitHub documents it, without `/api/v3`, decoded no further. */
  path: string;
  query: string;
  status: number;
  auth: "none" | "app" | "installation" | "client" | "user" | "refused";
  installationId: number | null;
  /** The first 200 characters, or the size of what is binary. */
  body: string;
  fault: string | null;
}

/** One request and its answer in full. Authorization headers are left out. */
export interface Exchange {
  /** `web` is what a browser asks for, outside the API. */
  area: "api" | "uploads" | "web";
  method: string;
  path: string;
  query: Record<string, string>;
  requestHeaders: Record<string, string>;
  /** Parsed JSON; undefined where there was no body; a Buffer's length for uploads. */
  requestBody: unknown;
  requestBytes: number;
  status: number;
  responseHeaders: Record<string, string>;
  responseBody: unknown;
  fault: string | null;
}

/** Something the real GitHub, or its storage, would take amiss, or a bug of the sandbox itself. */
export interface Violation {
  at: number;
  kind: "token-sent-to-storage" | "storage-url-misused" | "internal-error";
  message: string;
}
