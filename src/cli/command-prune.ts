import type { Command } from "commander";
import { EXIT } from "./cli-io.js";
import type { CommandContext } from "./command-context.js";
import { renderPrune } from "./render-artifacts.js";
import { serverAddress } from "./server-address.js";
import { createServerClient } from "./server-client.js";
import { styleFor } from "./text-style.js";

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
the same by itself every hour.

Example:
  $ release-chain prune --dry-run`,
    )
    .action(
      action(async ({ dryRun, json }: { dryRun?: true; json?: true }) => {
        const report = await createServerClient(serverAddress(io.env, io.cwd)).prune(dryRun === true);
        if (json === true) io.stdout(`${JSON.stringify(report, null, 2)}\n`);
        else io.stdout(renderPrune(report, styleFor(io)));
        return EXIT.done;
      }),
    );
}
