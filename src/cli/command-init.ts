import { lstat, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import type { CliIo } from "./cli-io.js";
import { EXIT, failure, setting, usageError } from "./cli-io.js";
import type { CommandContext } from "./command-context.js";
import { configSchemaText } from "./config-schema-text.js";
import { firstConfig, type FirstConfig } from "./first-config.js";
import { readGitCheckout, remoteName } from "./git-checkout.js";
import { repositoriesOfAccount } from "./init-from-server.js";
import { makeFolder } from "./make-folder.js";
import { serverAddress } from "./server-address.js";
import { createServerClient } from "./server-client.js";

const DEFAULT_FILE = ".github/release-chain.yml";
const SCHEMA_FILE = "release-chain.schema.json";
const GITHUB = "github.com";

interface InitOptions {
  from?: string;
  hub?: string;
  output: string;
  schema?: true;
  force?: true;
}

export function addInit(program: Command, { io, parts, action }: CommandContext): void {
  program
    .command("init")
    .description(
      "Write a first release-chain.yml, with comments, from checkouts or from the repositories the App sees.",
    )
    .option("--from <DIR>", "read a folder of checkouts, one folder a repository; needs no server")
    .option("--hub <OWNER/REPO>", "the hub, of whose owner the server is asked; default: the origin of this checkout")
    .option("-o, --output <FILE>", "where to write; - is the standard output", DEFAULT_FILE)
    .option("--schema", `also write ${SCHEMA_FILE} beside it, and a line that tells editors of it`)
    .option("--force", "replace files that are there")
    .addHelpText(
      "after",
      `
A repository becomes a component if it has layers (conf/layer.conf) or a workflow that listens to repository_dispatch with
type build-chain. Where checkouts have no origin, their folders are named owner+name or name.

Example:
  $ release-chain init --from ~/yocto/sources
  $ release-chain init --hub acme/product -o -`,
    )
    .action(
      action(async (options: InitOptions) => {
        const target = await checkTarget(options, io);
        const here = await readGitCheckout(io.cwd);
        const origin = here?.origin === undefined || here.origin === null ? null : remoteName(here.origin);
        const hub = options.hub === undefined ? (origin?.repo ?? null) : checkHub(options.hub);
        const { found, leftOut } =
          options.from === undefined
            ? await repositoriesOfAccount(ownerOf(hub), createServerClient(serverAddress(io.env, io.cwd)), io)
            : await (
                await import("./init-from-folder.js")
              ).repositoriesInFolder(
                path.resolve(io.cwd, options.from),
                hostsOf(options.hub === undefined ? origin?.host : undefined, io),
              );
        const schema = options.schema === true ? SCHEMA_FILE : null;
        const config = firstConfig(found, leftOut, { hub, schema });
        if (config.text === null) throw nothingToBuild(options.from, config);
        const parsed = await parts.parseConfig(config.text, {
          file: DEFAULT_FILE,
          hubOwner: hub?.split("/")[0] ?? "OWNER",
        });
        if (!parsed.ok)
          throw new Error(`The written file would not be valid:\n${parts.formatProblems(parsed.problems)}`);
        await write(config.text, target, schema, io);
        if (target.file !== null) io.stderr(summary(config, options.output));
        return EXIT.done;
      }),
    );
}

interface Output {
  /** Absolute; null: the standard output. */
  file: string | null;
  force: boolean;
}

/** Refuses before anything is read what could not be written in the end. */
async function checkTarget({ output, schema, force }: InitOptions, io: CliIo): Promise<Output> {
  if (output === "-") {
    if (schema === true)
      throw usageError(
        "--schema writes a file beside the configuration, and -o - none: name a file, or leave one out.",
      );
    return { file: null, force: false };
  }
  const file = path.resolve(io.cwd, output);
  const files = schema === true ? [file, path.join(path.dirname(file), SCHEMA_FILE)] : [file];
  for (const each of files) {
    const found = await lstat(each).catch(() => null);
    const shown = path.relative(io.cwd, each);
    if (found?.isDirectory() === true) throw usageError(`${shown} is a folder. Name the file to write with -o.`);
    if (found !== null && force !== true)
      throw usageError(`${shown} is there already. Replace it with --force, or write another file with -o.`);
  }
  return { file, force: force === true };
}

function checkHub(text: string): string {
  if (!/^[A-Za-z0-9_-]+\/[A-Za-z0-9._-]+$/.test(text))
    throw usageError(`"${text}" names no repository. Write the hub as OWNER/REPO, e.g. acme/product.`);
  return text;
}

function ownerOf(hub: string | null): string {
  const owner = hub?.split("/")[0];
  if (owner === undefined)
    throw usageError(
      "Whose repositories? Name the hub with --hub OWNER/REPO, or a folder of checkouts with --from DIR; here is no checkout with an origin on GitHub.",
    );
  return owner;
}

/** Where repositories that a component's `repo` can name live: the host of the hub's checkout, else GitHub's. */
function hostsOf(host: string | undefined, io: CliIo): ReadonlySet<string> {
  return new Set([host ?? setting(io.env, "GHE_HOST")?.toLowerCase() ?? GITHUB]);
}

function nothingToBuild(from: string | undefined, { leftOut }: FirstConfig): Error {
  const where = from === undefined ? "The App sees no repository" : `${from} holds no checkout`;
  const seen =
    leftOut.length === 0
      ? ""
      : ` (looked at: ${leftOut
          .slice(0, 5)
          .map(({ name }) => name)
          .join(", ")}${leftOut.length > 5 ? ", …" : ""})`;
  return failure(
    `${where} with a conf/layer.conf or a workflow that listens to repository_dispatch with type build-chain${seen}. ` +
      "Add such a workflow to what is to be built: docs/workflows.md has one.",
  );
}

async function write(text: string, { file, force }: Output, schema: string | null, io: CliIo): Promise<void> {
  if (file === null) {
    io.stdout(text);
    return;
  }
  const folder = path.dirname(file);
  try {
    await makeFolder(folder);
    if (schema !== null) await place(path.join(folder, schema), await configSchemaText(), force);
    await place(file, text, force);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw failure(`${path.relative(io.cwd, file)} cannot be written (${code ?? String(error)}).`, { cause: error });
  }
}

/** Whole or not at all. Without `force` a file that came meanwhile is left alone. */
async function place(file: string, text: string, force: boolean): Promise<void> {
  if (!force) {
    await writeFile(file, text, { flag: "wx" });
    return;
  }
  const beside = `${file}.new`;
  try {
    await writeFile(beside, text);
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

function summary({ built, locked, leftOut }: FirstConfig, file: string): string {
  const parts = [
    `${built} to build`,
    `${locked} only locked`,
    ...(leftOut.length === 0 ? [] : [`${leftOut.length} left out`]),
  ];
  return `Wrote ${file}: ${parts.join(", ")}. Read through it, then: release-chain validate ${file}\n`;
}
