import { createHash } from "node:crypto";
import { startSandbox } from "../sandbox/sandbox.js";
import type { AttemptScript, ScriptContext } from "../sandbox/sandbox.js";
import { failure } from "./cli-io.js";
import type { DemoProduct, DemoRepository } from "./demo-product.js";

export interface DemoRelease {
  body: string;
  assets: { name: string; size: number; url: string }[];
}

export interface FetchedFiles {
  files: number;
  bytes: number;
}

/** The demo's GitHub: the sandbox with a product's repositories in it. */
export interface DemoGitHub {
  /** Where it listens: `http://127.0.0.1:PORT`. */
  origin: string;
  /** Who publishes the release: may write to all repositories. */
  person: string;
  /** The release in the REST API. */
  releaseUrl: string;
  /** What the server needs to take it for GitHub. */
  serverEnvironment: Record<string, string>;
  sendWebhooksTo(url: string): void;
  publishRelease(): void;
  /** What workflows have fetched so far of those that they need, and found to be as it should. */
  fetched(): FetchedFiles;
  /** The release as anyone sees it, without a token. Throws a failure where there is none. */
  release(signal: AbortSignal): Promise<DemoRelease>;
  close(): Promise<void>;
}

const PERSON = "ada";
const RELEASE_TEXT = "The first release.\n";

/** Starts the sandbox on 127.0.0.1 and fills it. */
export async function startDemoGitHub({ hub, tag, repositories }: DemoProduct): Promise<DemoGitHub> {
  const sandbox = await startSandbox();
  for (const { repo, files } of repositories) {
    sandbox.addRepository({ fullName: repo, files, permissions: { [PERSON]: "write" } });
  }
  const fetched: FetchedFiles = { files: 0, bytes: 0 };
  for (const { repo, workflow } of repositories) {
    if (workflow !== null) sandbox.script(repo, `.github/workflows/${workflow.file}`, scriptOf(workflow, fetched));
  }
  const releaseUrl = `${sandbox.apiUrl}/repos/${hub}/releases/tags/${tag}`;
  return {
    origin: sandbox.url,
    person: PERSON,
    releaseUrl,
    serverEnvironment: sandbox.environment(),
    sendWebhooksTo: (url) => {
      sandbox.setWebhookUrl(url);
    },
    publishRelease: () => {
      sandbox.publishRelease({ repo: hub, tag, author: PERSON, body: RELEASE_TEXT });
    },
    fetched: () => ({ ...fetched }),
    release: (signal) => readRelease(releaseUrl, signal),
    close: () => sandbox.close(),
  };
}

/**
 * Each execution of the workflow, first run or rerun, takes the next of its builds; the last one repeats. Each fetches what those
 * that it needs have built, and adds it to `fetched`.
 */
function scriptOf({ builds, artifact }: NonNullable<DemoRepository["workflow"]>, fetched: FetchedFiles) {
  return ({ execution, payload }: ScriptContext): AttemptScript => {
    const build = builds[Math.min(execution, builds.length) - 1];
    return {
      queuedMs: 150,
      runningMs: build?.duration ?? 0,
      conclusion: build?.conclusion ?? "success",
      artifacts: [artifact],
      work: () => fetchUpstream((payload["upstream"] ?? []) as UpstreamEntry[], fetched),
    };
  };
}

interface UpstreamEntry {
  url: string;
  sha256: string;
}

/** As the step in docs/workflows.md does. Rejects, which fails the build, where a file is not had or is another. */
async function fetchUpstream(upstream: readonly UpstreamEntry[], fetched: FetchedFiles): Promise<void> {
  for (const { url, sha256 } of upstream) {
    const answer = await fetch(url);
    const content = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200 || createHash("sha256").update(content).digest("hex") !== sha256)
      throw new Error(`an upstream file was answered with ${answer.status}, and is not what it should be`);
    fetched.files += 1;
    fetched.bytes += content.length;
  }
}

interface ReleaseAnswer {
  body: string | null;
  assets: { name: string; size: number; browser_download_url: string }[];
}

async function readRelease(url: string, signal: AbortSignal): Promise<DemoRelease> {
  const answer = await fetch(url, { signal });
  if (answer.status !== 200) throw failure(`GET ${url} answered ${answer.status}.`);
  const { body, assets } = (await answer.json()) as ReleaseAnswer;
  return {
    body: body ?? "",
    assets: assets.map(({ name, size, browser_download_url }) => ({ name, size, url: browser_download_url })),
  };
}
