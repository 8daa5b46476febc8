import type { GitHub } from "../../src/coordinator/ports.js";
import { createGitHub, type GitHubOptions } from "../../src/github/github.js";
import type { Sandbox } from "../../src/sandbox/sandbox.js";

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** The client that the server has, of the App of a sandbox. */
export function sandboxClient(sandbox: Sandbox, change: Partial<GitHubOptions> = {}): GitHub {
  return createGitHub({
    appId: sandbox.app.id,
    privateKey: sandbox.app.privateKey,
    baseUrl: sandbox.apiUrl,
    log: silent,
    clock: { now: () => Date.now() },
    pace: { writesPerMinute: 80, writesPerHour: 500, writeBurst: 20 },
    userAgent: "release-chain/test",
    ...change,
  });
}
