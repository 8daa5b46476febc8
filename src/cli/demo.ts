import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { RunView } from "../chain/run-view.js";
import { checkSums, downloadAssets } from "./check-release.js";
import type { CliIo, CliError } from "./cli-io.js";
import { EXIT, failure } from "./cli-io.js";
import { oneLine, printable, table } from "./columns.js";
import type { DemoGitHub, DemoRelease, FetchedFiles } from "./demo-github.js";
import { startDemoGitHub } from "./demo-github.js";
import { layerProduct } from "./demo-layers.js";
import type { LayerProduct } from "./demo-layers.js";
import type { DemoProduct } from "./demo-product.js";
import { acmeProduct } from "./demo-product.js";
import type { ServerProcess } from "./demo-server.js";
import { freePorts, startServer, untilReady } from "./demo-server.js";
import { formatSize, formatSpan } from "./durations.js";
import { liveProgress } from "./live-progress.js";
import { renderStatus } from "./render-status.js";
import { renderVerification } from "./render-verification.js";
import type { ServerClient } from "./server-api.js";
import { createServerClient } from "./server-client.js";
import { styleFor } from "./text-style.js";
import { verifyFolder } from "./verify-folder.js";

export interface DemoOptions {
  /** Leave all running until Ctrl-C. */
  keep: boolean;
  /** Folder of layers to make the repositories from; null: the demo's own product. */
  from: string | null;
  /** The script whose `serve` is the server. */
  mainPath: string;
}

/** Longest time for all of it, in ms. */
const PATIENCE = { own: 60_000, layers: 120_000 };
/** So many times longer do builds take where somebody may want to watch them in a browser. */
const WATCHABLE = 4;
/** How often the run is read, in ms. */
const LOOK_EVERY = 100;

interface Stage {
  io: CliIo;
  product: DemoProduct;
  keep: boolean;
  /** Fires with the error to end with: too late, or interrupted. */
  signal: AbortSignal;
  /** Temporary folder with all that the demo writes. */
  home: string;
  logFile: string;
  dataDir: string;
}

/**
 * Releases a product on a GitHub of its own, with the real server, and checks the result as a user would. Resolves with 0
 * when all went well. Throws CliError: 2 for a folder of layers that is none, else 1, naming the server's log.
 */
export async function runDemo(options: DemoOptions, io: CliIo): Promise<number> {
  const begun = io.now();
  const layers = options.from === null ? null : await layerProduct(path.resolve(io.cwd, options.from));
  const ending = new AbortController();
  const stopListening = io.onInterrupt(() => {
    ending.abort(new Interrupted());
  });
  const patience = layers === null ? PATIENCE.own : PATIENCE.layers;
  const alarm = setTimeout(() => {
    ending.abort(failure(`It took longer than ${patience / 1000} s.`));
  }, patience);
  const home = await mkdtemp(path.join(tmpdir(), "release-chain-demo-"));
  const stage: Stage = {
    io,
    product: layers?.product ?? acmeProduct(options.keep ? WATCHABLE : 1),
    keep: options.keep,
    signal: ending.signal,
    home,
    logFile: path.join(home, "server.log"),
    dataDir: path.join(home, "data"),
  };
  let leave = options.keep;
  try {
    if (layers !== null) tellOfLayers(layers, io);
    await withServers(stage, options.mainPath, async (github, server, origins) => {
      await release(stage, github, server);
      clearTimeout(alarm);
      tellEnd(stage, begun);
      if (options.keep) await keepRunning(stage, github, server, origins);
    });
    return EXIT.done;
  } catch (error) {
    if (ending.signal.aborted && ending.signal.reason instanceof Interrupted)
      throw failure("Interrupted: all of it is stopped and removed.");
    leave = true;
    throw explained(ending.signal.aborted ? ending.signal.reason : error, stage);
  } finally {
    clearTimeout(alarm);
    stopListening();
    if (!leave) await rm(home, { recursive: true, force: true, maxRetries: 3 });
  }
}

class Interrupted extends Error {
  override readonly name = "Interrupted";
}

function explained(error: unknown, { logFile }: Stage): CliError {
  const message = error instanceof Error ? error.message : String(error);
  return failure(`The demo failed. ${message}\nThe server's log: ${logFile}`, { cause: error });
}

function tellOfLayers({ product, skipped }: LayerProduct, io: CliIo): void {
  const count = product.repositories.length - 1;
  io.stdout(
    `${count} ${count === 1 ? "repository" : "repositories"} with layers. They are built in the order that their layers say: ` +
      "release-chain graph --from shows it.\n",
  );
  if (skipped.length > 0) io.stdout(`Without a conf/layer.conf, left out: ${skipped.join(", ")}\n`);
}

interface Origins {
  /** Where webhooks and probes go. */
  server: string;
  /** The loopback listener with the dashboard and the API. */
  local: string;
}

/** Starts GitHub and server, hands them over, and takes both down whatever happens. */
async function withServers(
  stage: Stage,
  mainPath: string,
  use: (github: DemoGitHub, server: ServerProcess, origins: Origins) => Promise<void>,
): Promise<void> {
  await mkdir(stage.dataDir);
  const github = await startDemoGitHub(stage.product);
  try {
    const [port, localPort] = (await freePorts(2)) as [number, number];
    const origins = { server: `http://127.0.0.1:${port}`, local: `http://127.0.0.1:${localPort}` };
    const server = startServer(mainPath, {
      cwd: stage.home,
      logFile: stage.logFile,
      inherit: stage.io.env,
      env: {
        ...github.serverEnvironment,
        HOST: "127.0.0.1",
        PORT: String(port),
        LOCAL_PORT: String(localPort),
        PUBLIC_URL: origins.server,
        DATA_DIR: stage.dataDir,
        DATABASE_URL: `file:${path.join(stage.dataDir, "release-chain.db")}`,
        LOG_FORMAT: "json",
        // GitHub's limits are not those of a stand-in on this machine.
        WRITES_PER_MINUTE: "6000",
        WRITES_PER_HOUR: "100000",
        WRITE_BURST: "100",
      },
    });
    try {
      await untilReady(origins.server, server, stage.io, stage.signal);
      github.sendWebhooksTo(`${origins.server}/api/github/webhooks`);
      stage.io.stdout(
        `GitHub's stand-in is at ${github.origin}, the server at ${origins.server}, its data in ${stage.dataDir}\n` +
          `Watch it in a browser${stage.keep ? "" : ", while the demo runs (--keep leaves it running)"}: ${origins.local}/\n`,
      );
      await use(github, server, origins);
    } finally {
      await server.stop();
    }
  } finally {
    await github.close();
  }
}

/** The story: a person publishes a release, the chain runs, the files are downloaded and checked. */
async function release(stage: Stage, github: DemoGitHub, server: ServerProcess): Promise<void> {
  const { io, product } = stage;
  const style = styleFor(io);
  github.publishRelease();
  io.stdout(`${github.person} publishes the release ${style.strong(`${product.hub}@${product.tag}`)}\n\n`);
  const run = await followRun(stage, server);
  if (run.conclusion !== "success") {
    io.stdout(`\n${renderStatus(run, io.now(), style)}`);
    throw failure(
      `The release run ended with ${run.conclusion ?? "nothing"}: ${oneLine(run.reason ?? "no reason was given")}`,
    );
  }
  tellOfFetched(github.fetched(), io);
  await verify(stage, await github.release(stage.signal));
}

function tellOfFetched({ files, bytes }: FetchedFiles, io: CliIo): void {
  if (files === 0) return;
  const count = `${files} ${files === 1 ? "file" : "files"} (${formatSize(bytes)})`;
  io.stdout(`\nWorkflows fetched ${count} that others had built, at signed addresses; each has its digest.\n`);
}

async function followRun(stage: Stage, server: ServerProcess): Promise<RunView> {
  const client = createServerClient({ kind: "socket", path: path.join(stage.dataDir, "control.sock") });
  const progress = liveProgress(stage.io);
  let id: string | null = null;
  for (;;) {
    stage.signal.throwIfAborted();
    const end = server.ended();
    if (end !== null) throw failure(`The server stopped: ${end}.`);
    const run = await readRun(client, id, stage.product);
    if (run !== null) {
      id = run.id;
      progress.update(run);
      if (run.status === "completed") return run;
    }
    await stage.io.sleep(LOOK_EVERY, stage.signal);
  }
}

async function readRun(client: ServerClient, id: string | null, { hub, tag }: DemoProduct): Promise<RunView | null> {
  if (id !== null) return client.run(id);
  return (await client.runs({ hub, tag })).items[0] ?? null;
}

async function verify(stage: Stage, published: DemoRelease): Promise<void> {
  const { io } = stage;
  const style = styleFor(io);
  io.stdout(`\n${style.strong(`The release ${stage.product.hub}@${stage.product.tag}`)}\n`);
  const rows = published.assets.map(({ name, size }) => [
    { text: name },
    { text: formatSize(size), paint: style.faint },
  ]);
  io.stdout(`${table(rows, { indent: "  " }).join("\n")}\n\n`);
  io.stdout(`${readableMarkdown(published.body).replaceAll(/^(?=.)/gm, "  ")}\n\n`);

  const dir = path.join(stage.home, "release");
  await mkdir(dir);
  await downloadAssets(published.assets, dir, stage.signal);
  const { ok, command, output } = await checkSums(dir, "SHA256SUMS");
  io.stdout(`${style.faint("$")} cd ${dir}\n${style.faint("$")} ${command}\n${output}`);
  if (!ok) throw failure(`The downloaded files do not match SHA256SUMS; they are in ${dir}.`);
  const result = await verifyFolder({
    dir,
    checksums: "SHA256SUMS",
    trusted: null,
    mustBeSigned: false,
    asked: { repo: stage.product.hub, tag: stage.product.tag },
    strict: false,
    signal: stage.signal,
  });
  io.stdout(`${style.faint("$")} release-chain verify ${dir}\n${renderVerification(result, style)}`);
  if (!result.ok) throw failure(`The release is not as it should be; its files are in ${dir}.`);
}

/** Markdown without comments, tags and the addresses of its links. */
function readableMarkdown(text: string): string {
  return printable(text)
    .replaceAll(/<!--[\s\S]*?-->\n?/g, "")
    .replaceAll(/<\/?[a-z]+>/g, "")
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}

function tellEnd({ io, product, home, keep }: Stage, begun: number): void {
  const style = styleFor(io);
  const files = path.join(home, "release");
  const span = formatSpan(io.now() - begun);
  io.stdout(
    `\n${style.good("✓")} ${product.hub}@${product.tag} was built, verified and published; all of it took ${span}.\n`,
  );
  if (!keep) io.stdout(`The downloaded files were in ${files} and are removed now; --keep leaves all of it.\n`);
}

async function keepRunning(
  { io, signal, dataDir, home, logFile }: Stage,
  github: DemoGitHub,
  server: ServerProcess,
  origins: Origins,
): Promise<void> {
  io.stdout(
    [
      "",
      `All of it keeps running until Ctrl-C. The dashboard: ${origins.local}/`,
      "From another terminal:",
      `  DATA_DIR=${dataDir} npx release-chain status`,
      `  curl -s ${origins.local}/api/v1/runs`,
      `  curl -s ${github.releaseUrl}`,
      `The server's log: ${logFile}`,
      `The downloaded files: ${path.join(home, "release")}`,
      "",
    ].join("\n"),
  );
  while (!signal.aborted) {
    const end = server.ended();
    if (end !== null) throw failure(`The server stopped: ${end}.`);
    await io.sleep(500, signal);
  }
  io.stdout(`\nStopped. What was written stays in ${home}\n`);
}
