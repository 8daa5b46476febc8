import type { Command } from "commander";
import type { CliIo, ExitCode } from "./cli-io.js";
import { EXIT, failure, usageError } from "./cli-io.js";
import { oneLine } from "./columns.js";
import type { CommandContext } from "./command-context.js";
import { checkProgress, renderArtifacts, renderCheck, type CheckState } from "./render-artifacts.js";
import { selectRun } from "./select-run.js";
import { serverAddress } from "./server-address.js";
import type { ServerClient } from "./server-client.js";
import { createServerClient } from "./server-client.js";
import { styleFor } from "./text-style.js";

/** A check is asked how far it is after this, in ms; then less and less often, up to the second. */
const FIRST_LOOK = 50;
const LATER_LOOK = 1_000;

export function addArtifacts(program: Command, { io, action }: CommandContext): void {
  program
    .command("artifacts")
    .description("List the files that a release run collected, and how they were verified; or check all files.")
    .argument("[RUN]", "a run id, the beginning of one, or OWNER/REPO@TAG for its newest run; nothing: the newest run")
    .option("--check", "read every file of the server's artifact store and compare it with its digest")
    .option("--json", "print as JSON what the API gives")
    .addHelpText(
      "after",
      `
--check ends with 1 if a file is damaged or missing, or something is in the store that is none of its files. What is
damaged is moved aside and not used again.

Example:
  $ release-chain artifacts acme/product@v1.0.0
  $ release-chain artifacts --check`,
    )
    .action(
      action(async (text: string | undefined, { check, json }: { check?: true; json?: true }) => {
        if (check === true && text !== undefined)
          throw usageError("--check reads the files of all release runs: leave out RUN, or --check.");
        const client = createServerClient(serverAddress(io.env, io.cwd));
        return check === true ? checkAll(client, io, json) : listFiles(client, io, text, json);
      }),
    );
}

async function listFiles(
  client: ServerClient,
  io: CliIo,
  text: string | undefined,
  json: true | undefined,
): Promise<ExitCode> {
  const run = await selectRun(client, text);
  const page = await client.artifacts(run.id);
  if (json === true) io.stdout(`${JSON.stringify(page, null, 2)}\n`);
  else io.stdout(renderArtifacts(run, page.items, styleFor(io)));
  return EXIT.done;
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
  let shown = false;
  for (let wait = FIRST_LOOK; check.completedAt === null; wait = Math.min(LATER_LOOK, wait * 2)) {
    await io.sleep(wait);
    check = await client.lastCheck();
    if (io.isTerminal && check.completedAt === null && io.now() - since > 1_000) {
      shown = true;
      io.stderr(`\r${checkProgress(check)}\u001b[K`);
    }
  }
  if (shown) io.stderr("\r\u001b[K");
  return check;
}
