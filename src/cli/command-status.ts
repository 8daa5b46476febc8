import type { Command } from "commander";
import { EXIT } from "./cli-io.js";
import type { CommandContext } from "./command-context.js";
import { renderStatus, undelivered } from "./render-status.js";
import { selectRun } from "./select-run.js";
import { serverAddress } from "./server-address.js";
import { createServerClient } from "./server-client.js";
import { barColumns, styleFor } from "./text-style.js";

export function addStatus(program: Command, { io, action }: CommandContext): void {
  program
    .command("status")
    .description("Show how far a release run is: each component, why it waits, what failed, what was published.")
    .argument(
      "[RUN]",
      "a run id, the beginning of one, or OWNER/REPO@TAG for its newest run; nothing: the newest run of all",
    )
    .option("--json", "print the run as JSON")
    .addHelpText(
      "after",
      `
Ends with 1 if the run failed, was cancelled or timed out; with 0 while it goes on and when it succeeded.

Example:
  $ release-chain status acme/product@v1.0.0
  $ release-chain status --json | jq .conclusion`,
    )
    .action(
      action(async (text: string | undefined, options: { json?: true }) => {
        const client = createServerClient(serverAddress(io.env, io.cwd));
        const run = await selectRun(client, text);
        if (options.json === true) io.stdout(`${JSON.stringify(run, null, 2)}\n`);
        else {
          const notices = undelivered(await client.notices(run.id), styleFor(io));
          io.stdout(renderStatus(run, io.now(), styleFor(io), barColumns(io)) + notices);
        }
        return run.conclusion === null || run.conclusion === "success" ? EXIT.done : EXIT.failed;
      }),
    );
}
