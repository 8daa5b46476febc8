import { access, constants } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { complainAboutGlob } from "../chain/globs.js";
import type { RunView } from "../chain/run-view.js";
import type { CliIo, ExitCode } from "./cli-io.js";
import { EXIT, failure, usageError } from "./cli-io.js";
import { oneLine } from "./columns.js";
import type { CommandContext } from "./command-context.js";
import type { DownloadDeps } from "./download-file.js";
import { downloadFiles } from "./download-files.js";
import { filesWanted, selectDownloads } from "./download-places.js";
import { openFile } from "./http-download.js";
import { makeFolder } from "./make-folder.js";
import {
  checkProgress,
  renderArtifacts,
  renderCheck,
  renderDownload,
  type CheckState,
  type RunFile,
} from "./render-artifacts.js";
import { selectRun } from "./select-run.js";
import { nameOf } from "./steer.js";
import { serverAddress } from "./server-address.js";
import type { ServerClient } from "./server-api.js";
import { createServerClient } from "./server-client.js";
import { statusLine } from "./status-line.js";
import { styleFor } from "./text-style.js";

/** A check is asked how far it is after this, in ms; then less and less often, up to the second. */
const FIRST_LOOK = 50;
const LATER_LOOK = 1_000;

interface ArtifactsOptions {
  check?: true;
  download?: string;
  component?: string;
  json?: true;
}

export function addArtifacts(program: Command, { io, action }: CommandContext): void {
  program
    .command("artifacts")
    .description(
      "List or download the files that a release run collected, with how they were verified; or check all files.",
    )
    .argument("[RUN]", "a run id, the beginning of one, or OWNER/REPO@TAG for its newest run; nothing: the newest run")
    .argument("[GLOB...]", "only files that match one, as component/artifact/path; ** crosses folders")
    .option("--component <ID>", "only files of this component")
    .option("--download <DIR>", "write them to DIR/component/artifact/path, each compared with its SHA-256")
    .addOption(
      new Option("--check", "read every file of the server's artifact store and compare it with its digest").conflicts([
        "download",
        "component",
      ]),
    )
    .option("--json", "print as JSON: what the API gives, or what was downloaded")
    .addHelpText(
      "after",
      `
--download fetches several files at once. What is there already is not fetched again, and what broke off goes on where it
was. Ends with 1, and a list, if any file cannot be had.

--check ends with 1 if a file is damaged or missing, or something is in the store that is none of its files. What is
damaged is moved aside and not used again.

Example:
  $ release-chain artifacts acme/product@v1.0.0
  $ release-chain artifacts acme/product@v1.0.0 --download out 'acme-image/**/*.wic.zst'
  $ release-chain artifacts --check`,
    )
    .action(
      action(async (text: string | undefined, globs: string[], options: ArtifactsOptions) => {
        const { check, download, component, json } = options;
        if (check === true && text !== undefined)
          throw usageError("--check reads the files of all release runs: leave out RUN, or --check.");
        for (const glob of globs) requireGlob(glob);
        if (download === "") throw usageError("--download: name the folder to write to.");
        const address = serverAddress(io.env, io.cwd);
        const client = createServerClient(address);
        if (check === true) return checkAll(client, io, json);
        const run = await selectRun(client, text);
        if (download === undefined) return listFiles(client, run, io, filesWanted(component, globs), json);
        const folder = path.resolve(io.cwd, download);
        const open: DownloadDeps["open"] = (request) => openFile(address, request);
        return downloadAll({ client, run, folder, component, globs, open, json: json === true }, io);
      }),
    );
}

function requireGlob(glob: string): void {
  const wrong = complainAboutGlob(glob);
  if (wrong !== null) throw usageError(`"${oneLine(glob)}": ${wrong}.`);
}

async function listFiles(
  client: ServerClient,
  run: RunView,
  io: CliIo,
  wanted: (file: RunFile) => boolean,
  json: true | undefined,
): Promise<ExitCode> {
  const { items, next } = await client.artifacts(run.id);
  const files = items.filter(wanted);
  if (json === true) io.stdout(`${JSON.stringify({ items: files, next }, null, 2)}\n`);
  else if (files.length === 0 && items.length > 0) io.stdout(`${noneMeant(run, items.length)}\n`);
  else io.stdout(renderArtifacts(run, files, styleFor(io)));
  return EXIT.done;
}

interface DownloadJob {
  client: ServerClient;
  run: RunView;
  /** Absolute. */
  folder: string;
  component: string | undefined;
  globs: string[];
  open: DownloadDeps["open"];
  json: boolean;
}

async function downloadAll({ client, run, folder, open, json, ...wanted }: DownloadJob, io: CliIo): Promise<ExitCode> {
  const { items } = await client.artifacts(run.id);
  const { downloads, refused } = selectDownloads(items, { folder, ...wanted });
  if (downloads.length + refused.length === 0)
    throw failure(items.length === 0 ? `${nameOf(run)} has collected no files.` : noneMeant(run, items.length));
  await requireFolder(folder);
  const interrupted = new AbortController();
  const quiet = io.onInterrupt(() => {
    interrupted.abort();
  });
  const { files, failed } = await downloadFiles(downloads, { io, signal: interrupted.signal, open }).finally(quiet);
  const all = { folder, files, failed: [...refused, ...failed] };
  if (json) io.stdout(`${JSON.stringify(all, null, 2)}\n`);
  else io.stdout(renderDownload(all, styleFor(io)));
  if (interrupted.signal.aborted) {
    io.stderr("release-chain: broken off; the same command goes on where it was.\n");
    return EXIT.interrupted;
  }
  return all.failed.length === 0 ? EXIT.done : EXIT.failed;
}

function noneMeant(run: RunView, count: number): string {
  return `None of the ${count} files of ${nameOf(run)} is meant: \`release-chain artifacts ${oneLine(run.id)}\` lists them.`;
}

/** Told once, and not for each file. */
async function requireFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw failure(`--download: ${oneLine(folder)} is no folder that can be written to (${code ?? String(error)}).`, {
      cause: error,
    });
  }
}

async function checkAll(client: ServerClient, io: CliIo, json: true | undefined): Promise<ExitCode> {
  const check = await followed(client, io, await client.startCheck());
  if (json === true) io.stdout(`${JSON.stringify(check, null, 2)}\n`);
  else io.stdout(renderCheck(check, styleFor(io)));
  if (check.failure !== null) throw failure(`The check could not be brought to an end: ${oneLine(check.failure)}`);
  return check.findings.length + check.strays.length === 0 ? EXIT.done : EXIT.failed;
}

/** Tells on stderr how far it is, on one line of a terminal, once it takes longer than a second. */
async function followed(client: ServerClient, io: CliIo, begun: CheckState): Promise<CheckState> {
  const since = io.now();
  let check = begun;
  const line = statusLine(io);
  for (let wait = FIRST_LOOK; check.completedAt === null; wait = Math.min(LATER_LOOK, wait * 2)) {
    await io.sleep(wait);
    check = await client.lastCheck();
    if (check.completedAt === null && io.now() - since > 1_000) line?.show(checkProgress(check));
  }
  line?.end();
  return check;
}
