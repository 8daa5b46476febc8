/** An API and a host of blobs on loopback, anew for each test of the file that calls `useHosts`. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect } from "vitest";
import { GitHubError } from "../../src/coordinator/ports.js";
import type { GitHub } from "../../src/coordinator/ports.js";
import type { AnsweredRequest } from "../../src/coordinator/traces-port.js";
import { workFacts } from "../../src/coordinator/work.js";
import { DATE, START, TOKEN, createWorld } from "./world.js";

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface Host {
  url: string;
  seen: { path: string; headers: IncomingMessage["headers"] }[];
  close(): Promise<void>;
}

export async function host(handler: Handler): Promise<Host> {
  const seen: Host["seen"] = [];
  const server = createServer((request, response) => {
    seen.push({ path: request.url ?? "", headers: request.headers });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { ...DATE, "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Of one test; what answers is the test's to set. */
export interface Hosts {
  onApi: Handler;
  onBlob: Handler;
  api: Host;
  blobs: Host;
  github: GitHub;
  slept: number[];
  /** Requests that were told, each with the release run that was in hand. */
  told: (AnsweredRequest & { runId: string | undefined })[];
}

export function useHosts(): Hosts {
  const hosts = {} as Hosts;
  beforeEach(async () => {
    hosts.blobs = await host((request, response) => hosts.onBlob(request, response));
    hosts.api = await host((request, response) => {
      if (request.url === "/api/v3/repos/acme/sdk/installation") {
        json(response, 200, { id: 77, permissions: {} });
      } else if (request.url === "/api/v3/app/installations/77/access_tokens") {
        json(response, 201, { token: TOKEN, expires_at: new Date(START + 3_600_000).toISOString() });
      } else {
        hosts.onApi(request, response);
      }
    });
    hosts.told = [];
    const answered = (request: AnsweredRequest): void => {
      hosts.told.push({ ...request, runId: workFacts().runId });
    };
    Object.assign(hosts, createWorld({ baseUrl: `${hosts.api.url}/api/v3`, answered }));
  });
  afterEach(async () => {
    await Promise.all([hosts.api.close(), hosts.blobs.close()]);
  });
  return hosts;
}

export async function failure(promise: Promise<unknown>): Promise<GitHubError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GitHubError);
  return error as GitHubError;
}

/** Requests that were not about credentials. */
export function asked(server: Host): Host["seen"] {
  return server.seen.filter(({ path }) => !/installation|access_tokens/.test(path));
}

export function never(): AbortSignal {
  return new AbortController().signal;
}
