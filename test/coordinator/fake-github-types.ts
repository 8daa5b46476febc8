/** What the fake GitHub is made of. */
import { createHash } from "node:crypto";
import type { AssetInfo, ArtifactInfo, ReleaseInfo, WorkflowInfo } from "../../src/coordinator/ports.js";
import type { FakeFile } from "./fake-git.js";

export const BOT = "release-chain[bot]";
export const BUILD_WORKFLOW = `on:
  repository_dispatch: {types: [build-chain]}
  workflow_dispatch: {inputs: {release-chain: {}}}
jobs: {}
`;

/** What becomes of one try of a workflow run; times in ms. */
export interface BuildScript {
  /** From the dispatch until the run exists. */
  appearsAfter: number;
  /** From its existence until lists and reads show it. */
  shownAfter: number;
  startsAfter: number;
  lasts: number;
  conclusion: string;
  artifact: "good" | "damaged" | "none";
  /** It ignores a cancel (but not a forced one). */
  stubborn: boolean;
  /** The dispatch is accepted, and no run comes of it. */
  never: boolean;
  /** Where it fails: it lost its runner. */
  losesRunner?: boolean;
}

export const goodBuild: BuildScript = {
  appearsAfter: 0,
  shownAfter: 0,
  startsAfter: 5_000,
  lasts: 60_000,
  conclusion: "success",
  artifact: "good",
  stubborn: false,
  never: false,
};

export interface FakeCommit {
  sha: string;
  message: string;
  author: string;
  files: ReadonlyMap<string, FakeFile>;
}

export interface FakeRepository {
  fullName: string;
  sha: string;
  private: boolean;
  installed: boolean;
  permissions: Record<string, string>;
  /** Logins that may write; null: everybody. */
  writers: string[] | null;
  /** Of the commit `sha`. */
  files: Map<string, string>;
  /** What is no plain file, by path. */
  links: Map<string, Exclude<FakeFile, string>>;
  /** Those before `sha`, oldest first. */
  history: FakeCommit[];
  /** Of `sha`: its message, and who made it. */
  message: string;
  committer: string;
  workflows: WorkflowInfo[];
  /** Its workflow puts the dispatch id in the title of its runs. */
  echoes: boolean;
  /** To their commits. */
  tags: Map<string, string>;
}

export interface FakeRun {
  id: number;
  repo: string;
  workflowId: number;
  event: string;
  title: string;
  actor: string;
  createdAt: number;
  shownAt: number;
  startsAt: number;
  endsAt: number;
  runStartedAt: number;
  conclusion: string;
  attempt: number;
  stubborn: boolean;
  losesRunner: boolean;
  artifacts: (ArtifactInfo & { bytes: Buffer; served: Buffer })[];
  /** Of the payload; empty for a foreign run. */
  chain: { id: string; dispatchId: string; component: string };
}

export interface FakeAsset extends AssetInfo {
  bytes: Buffer;
}

export interface FakeRelease extends ReleaseInfo {
  repo: string;
  /** Where publishing a draft puts its tag. */
  commit: string;
  assets: FakeAsset[];
}

export interface GitHubWatch {
  /** A dispatch takes effect, whether or not a run comes of it. */
  dispatched?(chain: FakeRun["chain"], repo: string): void;
  rerun?(run: FakeRun): void;
  /** The state of a run changes at these times. */
  changes?(run: FakeRun, times: number[]): void;
  touchesRelease?(release: FakeRelease): void;
  redeliver?(deliveryId: string): void;
}

export function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function infoOf({ id, name, size, sha256, state, uploader }: FakeAsset): AssetInfo {
  return { id, name, size, sha256, state, uploader };
}
