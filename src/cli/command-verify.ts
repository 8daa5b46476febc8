import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Command } from "commander";
import type { CliIo } from "./cli-io.js";
import { EXIT, failure, setting, usageError } from "./cli-io.js";
import { oneLine } from "./columns.js";
import type { CommandContext } from "./command-context.js";
import { makeFolder } from "./make-folder.js";
import type { TrustedKeys } from "./openpgp-check.js";
import { renderVerification } from "./render-verification.js";
import { parseTarget } from "./select-run.js";
import { serverAddress } from "./server-address.js";
import type { Target } from "./server-api.js";
import { createServerClient } from "./server-client.js";
import { styleFor } from "./text-style.js";

/** A public key is some KiB. */
const KEY_LIMIT = 4 * 1024 * 1024;

interface VerifyOptions {
  key?: string;
  keep?: string;
  checksums: string;
  strict?: true;
  json?: true;
}

export function addVerify(program: Command, { io, action }: CommandContext): void {
  program
    .command("verify")
    .description("Check the files of a release: checksums, signature, provenance and lock.")
    .argument("<RELEASE>", "OWNER/REPO@TAG: downloaded from GitHub; or the folder that its files were downloaded to")
    .option("--key <FILE>", "armored OpenPGP public key; what is not signed with it is wrong")
    .option("--keep <DIR>", "with OWNER/REPO@TAG, leave the downloaded files in this new or empty folder")
    .option("--checksums <NAME>", "name of the checksum file", "SHA256SUMS")
    .option("--strict", "fail also for what could not be checked, and for files that are not of this release run")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Without --key the key of the server at RELEASE_CHAIN_URL is asked for; without that too, signatures are not checked. GHE_HOST and
GHE_PROTOCOL name a GitHub Enterprise Server, GITHUB_TOKEN a token for private releases. 0: nothing is wrong; 1: something is, or
with --strict could not be checked.

Example:
  $ release-chain verify acme/product@v1.0.0 --key acme-releases.asc
  $ release-chain verify ~/Downloads/product --strict`,
    )
    .action(action((release: string, options: VerifyOptions) => verify(release, options, io)));
}

async function verify(text: string, options: VerifyOptions, io: CliIo): Promise<number> {
  const release = (await isFolder(path.resolve(io.cwd, text))) ? null : parseTarget(text);
  if (release === null && options.keep !== undefined)
    throw usageError("--keep is for what is downloaded: name a release as OWNER/REPO@TAG.");
  const trusted = await trustedKeys(options.key, io);
  const ending = new AbortController();
  const stopListening = io.onInterrupt(() => {
    ending.abort(failure("Interrupted: nothing was decided."));
  });
  const check = (dir: string): Promise<number> => checkFolder(dir, release, options, trusted, io, ending.signal);
  try {
    if (release === null) return await check(path.resolve(io.cwd, text));
    return await withDownload(release, options.keep, io, ending.signal, check);
  } catch (error) {
    throw ending.signal.aborted ? ending.signal.reason : error;
  } finally {
    stopListening();
  }
}

async function isFolder(dir: string): Promise<boolean> {
  return stat(dir).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function checkFolder(
  dir: string,
  release: Target | null,
  { checksums, key, strict, json }: VerifyOptions,
  trusted: TrustedKeys | null,
  io: CliIo,
  signal: AbortSignal,
): Promise<number> {
  // Loaded when it is asked for: the other commands start without it.
  const { verifyFolder } = await import("./verify-folder.js");
  const asked = release === null ? null : { repo: release.hub, tag: release.tag };
  const mustBeSigned = key !== undefined;
  const result = await verifyFolder({
    dir,
    checksums,
    trusted,
    mustBeSigned,
    asked,
    strict: strict === true,
    signal,
  });
  if (json === true) io.stdout(`${JSON.stringify({ release: asked, ...result }, null, 2)}\n`);
  else io.stdout(renderVerification(result, styleFor(io)));
  return result.ok ? EXIT.done : EXIT.failed;
}

/** Downloads into `keep`, or into a temporary folder that is removed whatever happens. */
async function withDownload(
  release: Target,
  keep: string | undefined,
  io: CliIo,
  signal: AbortSignal,
  use: (dir: string) => Promise<number>,
): Promise<number> {
  const { downloadRelease } = await import("./published-release.js");
  const dir =
    keep === undefined ? await mkdtemp(path.join(tmpdir(), "release-chain-verify-")) : await emptyFolder(keep, io);
  try {
    await downloadRelease(release, dir, io, signal);
    return await use(dir);
  } finally {
    if (keep === undefined) await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function emptyFolder(keep: string, io: CliIo): Promise<string> {
  const dir = path.resolve(io.cwd, keep);
  try {
    await makeFolder(dir);
    if ((await readdir(dir)).length === 0) return dir;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(`--keep ${oneLine(keep)} cannot be made or read (${code ?? String(error)}).`);
  }
  throw usageError(`--keep ${oneLine(keep)} is not empty: what is there would be taken for files of the release.`);
}

/** Of --key, else of the server at RELEASE_CHAIN_URL; null: there is none. */
async function trustedKeys(file: string | undefined, io: CliIo): Promise<TrustedKeys | null> {
  if (file === undefined && setting(io.env, "RELEASE_CHAIN_URL") === null) return null;
  const source = file === undefined ? "The server's answer" : `--key ${oneLine(file)}`;
  const armored = file === undefined ? await keyOfServer(io) : await keyFile(path.resolve(io.cwd, file), source);
  if (armored === null) return null;
  const { readTrustedKeys } = await import("./openpgp-check.js");
  return readTrustedKeys(armored).catch((cause: unknown) => {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw file === undefined ? failure(`${source} ${words}`, { cause }) : usageError(`${source} ${words}`);
  });
}

async function keyOfServer(io: CliIo): Promise<string | null> {
  const found = await createServerClient(serverAddress(io.env, io.cwd)).signingKey();
  return found?.publicKey ?? null;
}

async function keyFile(absolute: string, source: string): Promise<string> {
  try {
    const { size } = await stat(absolute);
    if (size <= KEY_LIMIT) return await readFile(absolute, "utf8");
  } catch (error) {
    throw usageError(`${source} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}).`);
  }
  throw usageError(`${source} is too large for a public key.`);
}
