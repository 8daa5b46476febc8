/**
 * A firmware-sized artifact through the whole way: downloaded, verified, unpacked, handed over, split and published. Beside
 * it what `curl -o`, `sha256sum` and `unzip -p | sha256sum` take for the same bytes, and how long the dependents of other
 * chains wait meanwhile, which go on all the time.
 */
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { figure, type Bench, type Figure } from "./figures.js";
import { timeByHand, writeArchive, type ArchiveOnDisk } from "./firmware-archive.js";
import { runChain, shortChain } from "./latency.js";
import { usageOf } from "./process-usage.js";
import { startBenchServer, type BenchServer } from "./server.js";
import type { Sandbox } from "../src/sandbox/sandbox.js";

const PATIENCE = 1_200_000;
/** Components of each of the other chains, and the milliseconds between two of them. */
const OTHERS = 8;
const BETWEEN = 5_000;
const PATH = ".github/workflows/build.yml";
const WORKFLOW =
  'run-name: "build [${{ github.event.client_payload.chain.dispatch_id }}]"\n' +
  "on: {repository_dispatch: {types: [build-chain]}}\njobs: {build: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n";

export const firmwareBench: Bench = {
  name: "firmware",
  async run() {
    const folder = await mkdtemp(join(tmpdir(), "release-chain-firmware-"));
    try {
      const archive = await writeArchive(join(folder, "firmware.zip"));
      const server = await startBenchServer();
      const others = new OtherChains(server.sandbox);
      try {
        const { result: byHand } = await others.during(() => atUrl(archive, (url) => timeByHand(url, folder)));
        return [...(await throughServer(server, archive, others)), ...handFigures(byHand)];
      } finally {
        await server.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Now and then a chain of another installation. */
class OtherChains {
  readonly #sandbox: Sandbox;
  #count = 0;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** `waits`: milliseconds from webhook to dispatch of each step meanwhile. Resolves when the last one is over, too. */
  async during<T>(work: () => Promise<T>): Promise<{ result: T; waits: number[] }> {
    const waits: number[] = [];
    const over = new AbortController();
    const working = work().finally(() => {
      over.abort();
    });
    const running = (async () => {
      while (!over.signal.aborted) {
        const steps = await runChain(this.#sandbox, shortChain(this.#count++, OTHERS));
        waits.push(...steps.map(({ sent, dispatched }) => dispatched - sent));
        await wait(BETWEEN);
      }
    })();
    const [result] = await Promise.all([working, running]);
    return { result, waits };
  }
}

function handFigures({ curl, sum, unzip }: Awaited<ReturnType<typeof timeByHand>>): Figure[] {
  return [
    figure("firmware: by hand, curl -o", "s", [curl]),
    figure("firmware: by hand, sha256sum", "s", [sum]),
    figure("firmware: by hand, unzip -p | sha256sum", "s", [unzip]),
    figure("firmware: by hand, all three", "s", [curl + sum + unzip]),
  ];
}

async function throughServer(
  { sandbox, pid }: BenchServer,
  archive: ArchiveOnDisk,
  others: OtherChains,
): Promise<Figure[]> {
  addFirmware(sandbox, archive);
  const before = await usageOf(pid);
  sandbox.clearLogs();
  sandbox.publishRelease({ repo: "acme/product", tag: "v1", author: "ada" });
  await sandbox.until(() => blobRequest(sandbox) !== undefined, 60_000);
  const begun = blobRequest(sandbox)?.at ?? 0;
  const after = (): number | undefined => sandbox.dispatches.find(({ repo }) => repo === "acme/after")?.at;
  const { waits } = await others.during(() => sandbox.until(() => after() !== undefined, PATIENCE));
  const collected = after() ?? 0;
  await sandbox.until(() => sums(sandbox), PATIENCE);
  const published = Date.now();
  const { peakMiB } = await usageOf(pid);
  return [
    figure("firmware: download, verify, unpack, until the dependent's dispatch", "s", [(collected - begun) / 1_000]),
    figure("firmware: split, upload, read back", "s", [(published - collected) / 1_000]),
    figure("firmware: resident memory of the server before", "MiB", [before.residentMiB]),
    figure("firmware: resident memory of the server at its peak", "MiB", [peakMiB]),
    figure("firmware: webhook to the dependent's dispatch of another chain meanwhile", "ms", waits),
  ];
}

function blobRequest(sandbox: Sandbox): { at: number } | undefined {
  return sandbox.requests.find(({ server, method }) => server === "blob" && method === "GET");
}

function sums(sandbox: Sandbox): boolean {
  const release = sandbox.release("acme/product", "v1");
  return release?.assets.some(({ name, state }) => name === "SHA256SUMS" && state === "uploaded") ?? false;
}

function addFirmware(sandbox: Sandbox, { path, size, sha256 }: ArchiveOnDisk): void {
  for (const name of ["firmware", "after"])
    sandbox.addRepository({ fullName: `acme/${name}`, files: { [PATH]: WORKFLOW }, permissions: { ada: "write" } });
  const large = { path, length: size, sha256 };
  sandbox.script("acme/firmware", PATH, { queuedMs: 20, runningMs: 100, artifacts: [{ name: "images", large }] });
  sandbox.script("acme/after", PATH, {
    queuedMs: 20,
    runningMs: 100,
    artifacts: [{ name: "after", files: { "after.txt": "after" } }],
  });
  const config =
    "version: 1\npublish: {large-files: split}\ndefaults: {artifacts: {limits: {ratio: 1000}}}\n" +
    "components:\n  - {repo: firmware}\n  - {repo: after, needs: [firmware]}\n";
  sandbox.addRepository({
    fullName: "acme/product",
    files: { ".github/release-chain.yml": config },
    permissions: { ada: "write" },
  });
}

/** The archive at a URL of this machine, as long as `use` takes. */
async function atUrl<T>({ path, size }: ArchiveOnDisk, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { "content-length": size });
    createReadStream(path, { highWaterMark: 1024 * 1024 }).pipe(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/firmware.zip`);
  } finally {
    server.close();
  }
}
