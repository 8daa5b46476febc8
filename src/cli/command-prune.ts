import type { Command } from "commander";
import type { CliIo } from "./cli-io.js";
import { EXIT } from "./cli-io.js";
import type { PruneReport } from "../chain/prune-report.js";
import type { CommandContext } from "./command-context.js";
import { pruneProgress, renderPrune } from "./render-artifacts.js";
import { serverAddress } from "./server-address.js";
import type { ServerClient } from "./server-api.js";
import { createServerClient } from "./server-client.js";
import { statusLine, type StatusLine } from "./status-line.js";
import { styleFor } from "./text-style.js";

/** How often a pruning is asked how far it is, in ms. */
const LOOK = 1_000;

export function addPrune(program: Command, { io, action }: CommandContext): void {
  program
    .command("prune")
    .description("Remove the files of the server's artifact store that no release run keeps any more.")
    .option("--dry-run", "only say what would be removed")
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      `
What is kept is said by \`retention\` in the hub's configuration, and by ARTIFACTS_MAX_SIZE of the server, which does
the same by itself every hour and when it needs room.

Example:
  $ release-chain prune --dry-run`,
    )
    .action(
      action(async ({ dryRun, json }: { dryRun?: true; json?: true }) => {
        const client = createServerClient(serverAddress(io.env, io.cwd));
        const report = await followed(client, io, client.prune(dryRun === true));
        if (json === true) io.stdout(`${JSON.stringify(report, null, 2)}\n`);
        else io.stdout(renderPrune(report, styleFor(io)));
        return EXIT.done;
      }),
    );
}

/** Tells on stderr how far it is, on one line of a terminal, once it takes longer than a second. */
async function followed(client: ServerClient, io: CliIo, report: Promise<PruneReport>): Promise<PruneReport> {
  const line = statusLine(io);
  if (line === null) return report;
  const ended = new AbortController();
  const telling = tell(client, line, io, ended.signal);
  try {
    return await report;
  } finally {
    ended.abort();
    await telling;
  }
}

async function tell(
  client: ServerClient,
  line: StatusLine,
  io: Pick<CliIo, "sleep">,
  ended: AbortSignal,
): Promise<void> {
  await io.sleep(LOOK, ended);
  while (!ended.aborted) {
    // What keeps this from being answered is in the pruning's own answer, too.
    const progress = await client.pruning().catch(() => null);
    if (progress !== null) line.show(pruneProgress(progress));
    await io.sleep(LOOK, ended);
  }
  line.end();
}
