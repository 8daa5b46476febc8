/** A listener that hands files on, over a store that counts what is open. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, request as send, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { afterEach } from "vitest";
import type { CollectedArtifact, ReleaseRun } from "../../src/chain/run.js";
import type { ByteRange } from "../../src/coordinator/ports.js";
import { createGrants } from "../../src/http/grants.js";
import { createHandOff, type Access, type HandOffOptions } from "../../src/http/hand-off.js";
import {
  aCollectedArtifact,
  aCollectedFile,
  aComponentRun,
  aPlan,
  aPlannedComponent,
  aRun,
} from "../contract/run-fixture.js";
import { FakeOperations } from "./fake-operations.js";
import { memoryLog } from "./memory-log.js";
import { privateKey } from "./fake-app.js";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

export const hash = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
export const IMAGE = Buffer.from("0123456789".repeat(10));
export const SAME = Buffer.from("the same twice");
export const NAMES = {
  image: 'deploy/ïmage "1"; x.wic',
  twice: "a/same.txt",
  again: "b/same.txt",
  empty: "empty",
  huge: "huge",
};
const HUGE = { sha256: "f".repeat(64), size: 10 ** 12 };

/** Content on a disk that counts what is open. */
class CountingStore {
  readonly content = new Map<string, Buffer>();
  /** Streams that are open, and bytes of HUGE that were read. */
  opened = 0;
  given = 0;
  /** What is read instead. */
  stream: (() => Readable) | null = null;

  size(sha256: string): Promise<number | null> {
    if (sha256 === HUGE.sha256) return Promise.resolve(HUGE.size);
    return Promise.resolve(this.content.get(sha256)?.length ?? null);
  }

  open(sha256: string, range?: ByteRange): Readable {
    const whole = this.content.get(sha256) ?? Buffer.alloc(0);
    const part = range === undefined ? whole : whole.subarray(range.offset, range.offset + range.length);
    const stream = this.stream?.() ?? (sha256 === HUGE.sha256 ? this.huge() : Readable.from([part]));
    this.opened += 1;
    stream.once("close", () => (this.opened -= 1));
    return stream;
  }

  private huge(): Readable {
    const read = (): Buffer => {
      this.given += 65_536;
      return Buffer.alloc(65_536);
    };
    return new Readable({
      read() {
        this.push(read());
      },
    });
  }
}

function artifactOf(store: CountingStore, files: [string, Buffer][]): CollectedArtifact {
  const collected = files.map(([path, content]) => {
    store.content.set(hash(content), content);
    return aCollectedFile({ path, size: content.length, sha256: hash(content) });
  });
  return aCollectedArtifact({ name: "sdk", files: collected });
}

/** A release run in which `app` needs `sdk`, which has built some files, and the listener over it. */
export async function start(change: Partial<HandOffOptions> = {}, access: Access = "signed") {
  const store = new CountingStore();
  const artifact = artifactOf(store, [
    [NAMES.image, IMAGE],
    [NAMES.twice, SAME],
    [NAMES.again, SAME],
    [NAMES.empty, Buffer.alloc(0)],
  ]);
  artifact.files.push(aCollectedFile({ path: NAMES.huge, ...HUGE }));
  const sdk = aPlannedComponent({ id: "sdk" });
  const app = aPlannedComponent({ id: "app", needs: [{ id: "sdk", kind: "explicit" }] });
  const run = aRun({
    id: "RUN",
    status: "building",
    plan: aPlan({ components: [sdk, app] }),
    components: [
      aComponentRun({ id: "sdk", sha: sdk.sha, artifacts: [artifact] }),
      aComponentRun({ id: "app", sha: app.sha }),
    ],
  });
  const operations = new FakeOperations();
  let now = 0;
  const clock = { now: () => now };
  operations.runs.push(run);
  const { log, text } = memoryLog();
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const grants = createGrants({ privateKey, publicUrl: origin });
  const handler = createHandOff({ operations, artifactStore: store, grants, clock, log, ...change });
  server.on("request", (request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    void handler(request, response, path, access).then((done) => done || response.writeHead(404).end());
  });
  cleanups.push(() => {
    server.close().closeAllConnections();
  });
  /** The release run is not read again for every file. */
  const later = (): void => void (now += 1_000);
  return { store, operations, run, grants, origin, log: text, later };
}

export type Started = Awaited<ReturnType<typeof start>>;

export function addressOf({ grants, run }: Pick<Started, "grants" | "run">, path: string): string {
  const file = run.components[0]?.artifacts[0]?.files.find((one) => one.path === path);
  if (file === undefined) throw new Error(path);
  const { size, sha256 } = file;
  return grants.addresses?.file(run.id, { component: "sdk", artifact: "sdk", file: path, size, sha256 }) ?? "";
}

interface Got {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export async function get(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Got> {
  const asked = send(url, { method, headers, agent: false }).end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  const chunks = (await answer.toArray()) as Buffer[];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString() };
}

export const ended = (run: ReleaseRun): void => void Object.assign(run, { status: "completed", conclusion: "failure" });
