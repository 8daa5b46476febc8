import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { LOCK_FILE_VERSION, lockText, makeLock, type LockFile } from "../chain/lock-file.js";
import type { RunView } from "../chain/run-view.js";
import type { CliIo } from "./cli-io.js";
import { EXIT, failure, usageError } from "./cli-io.js";
import { oneLine } from "./columns.js";
import type { CommandContext } from "./command-context.js";
import { sayProblems } from "./command-plan.js";
import { readLockFrom } from "./lock-input.js";
import { parseTarget, selectRun } from "./select-run.js";
import { serverAddress } from "./server-address.js";
import type { ServerClient, Target } from "./server-api.js";
import { createServerClient } from "./server-client.js";

const FORMATS = ["json", "kas", "bitbake-setup"] as const;
type Format = (typeof FORMATS)[number];

interface LockOptions {
  format: Format;
  json?: true;
  lock?: string;
  output?: string;
}

export function addLock(program: Command, { io, action }: CommandContext): void {
  program
    .command("lock")
    .description("Write the commits that a release is built from, so that it can be rebuilt, here or elsewhere.")
    .argument(
      "[RUN]",
      "OWNER/REPO@TAG: what its release run built, or what one would build now; a run id or the beginning of one; nothing: the newest run",
    )
    .addOption(
      new Option(
        "--format <FORMAT>",
        "json: release-chain.lock.json; kas: a kas project; bitbake-setup: a configuration",
      )
        .choices(FORMATS)
        .default("json"),
    )
    .addOption(new Option("--json", "the same as --format json").conflicts("format"))
    .option("--lock <FILE>", "convert this release-chain.lock.json; needs no server")
    .option("-o, --output <FILE>", "write to this file instead of standard output")
    .addHelpText(
      "after",
      `
Example:
  $ release-chain lock acme/product@v1.0.0 --format kas -o product.yml
  $ release-chain lock --lock release-chain.lock.json --format bitbake-setup -o product.conf.json`,
    )
    .action(
      action(async (run: string | undefined, options: LockOptions) => {
        if (run !== undefined && options.lock !== undefined)
          throw usageError("A lock is made of a release run or of a lock file: leave out RUN, or --lock.");
        const lock =
          options.lock === undefined ? await askServer(run, io) : (await readLockFrom(options.lock, io)).lock;
        if (lock === null) return EXIT.failed;
        await write(await inFormat(lock, options.format), options.output, io);
        return EXIT.done;
      }),
    );
}

/** Null: there is none, and the reasons have been said. */
async function askServer(text: string | undefined, io: CliIo): Promise<LockFile | null> {
  const client = createServerClient(serverAddress(io.env, io.cwd));
  const target = text === undefined ? null : parseTarget(text);
  if (target !== null) return ofRelease(client, target, io);
  const run = await selectRun(client, text);
  return (await lockOf(client, run)) ?? noLock(run);
}

/** Of the newest release run that succeeded, else of the newest; where no run has a plan, of the plan made now. */
async function ofRelease(client: ServerClient, target: Target, io: CliIo): Promise<LockFile | null> {
  const { items } = await client.runs({ ...target, limit: 50 });
  const run = items.find(({ conclusion }) => conclusion === "success") ?? items[0];
  const lock = run === undefined ? null : await lockOf(client, run);
  if (lock !== null) return lock;
  if (run !== undefined && run.status !== "completed") return noLock(run);
  const preview = await client.preview(target);
  if (preview.kind === "plan") return makeLock(preview.plan, null);
  sayProblems(target, preview.problems, io);
  return null;
}

async function lockOf(client: ServerClient, run: RunView): Promise<LockFile | null> {
  const lock = await client.lock(run.id);
  if (lock === null) return null;
  const version: number = lock.version;
  if (version === LOCK_FILE_VERSION) return lock;
  throw failure(`The lock has version ${version}, this program knows ${LOCK_FILE_VERSION}: use that of the server.`);
}

function noLock({ id, hub, tag, reason }: RunView): never {
  const why = reason === null ? "its plan is still being made." : oneLine(reason);
  throw failure(`Run ${oneLine(id)} of ${oneLine(`${hub}@${tag}`)} has no lock: ${why}`);
}

async function inFormat(lock: LockFile, format: Format): Promise<string> {
  switch (format) {
    case "json":
      return lockText(lock);
    case "kas":
      return (await import("../chain/lock/kas-project.js")).kasProject(lock);
    case "bitbake-setup":
      return (await import("../chain/lock/bitbake-setup.js")).bitbakeSetup(lock);
  }
}

async function write(text: string, file: string | undefined, io: CliIo): Promise<void> {
  if (file === undefined) {
    io.stdout(text);
    return;
  }
  try {
    await writeFile(path.resolve(io.cwd, file), text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw failure(`${oneLine(file)} cannot be written (${code ?? String(error)}).`, { cause: error });
  }
}
