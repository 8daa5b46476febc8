import type { Command } from "commander";
import { Option } from "commander";
import { EXIT, usageError } from "./cli-io.js";
import { oneLine } from "./columns.js";
import type { CommandContext } from "./command-context.js";
import { readLockFrom, targetOf } from "./lock-input.js";
import { renderProblems } from "./render-plan.js";
import { requireTarget } from "./select-run.js";
import { serverAddress } from "./server-address.js";
import { createServerClient } from "./server-client.js";
import { styleFor } from "./text-style.js";

interface StartOptions {
  lock?: string;
  relock?: true;
  configRef?: string;
  json?: true;
}

export function addStart(program: Command, { io, action }: CommandContext): void {
  program
    .command("start")
    .description("Start a release run for a published release: again, or one whose webhook never came.")
    .argument("[OWNER/REPO@TAG]", "the release; may be left out with --lock: that of the lock")
    .option("--lock <FILE>", "build the commits of this release-chain.lock.json, instead of locking every ref anew")
    .addOption(
      new Option(
        "--relock",
        "take the commits that branches and tags name now; without it, those of the tag's last release run",
      ).conflicts("lock"),
    )
    .option("--config-ref <REF>", "read release-chain.yml at this branch, tag or SHA of the hub, instead of at the tag")
    .option("--json", "print the new run as JSON")
    .addHelpText(
      "after",
      `
Prints the id of the new run. For one hub and tag at most one run is live; where one is, it is named and nothing starts.

Example:
  $ release-chain start acme/product@v1.0.0
  $ release-chain start acme/product@v1.0.0 --relock --config-ref main
  $ release-chain start acme/product@v1.0.1 --lock release-chain.lock.json`,
    )
    .action(
      action(async (text: string | undefined, options: StartOptions) => {
        if (text === undefined && options.lock === undefined)
          throw usageError("Name the release to start as OWNER/REPO@TAG, e.g. acme/product@v1.0.0.");
        const from = options.lock === undefined ? null : await readLockFrom(options.lock, io);
        const target = from === null ? requireTarget(text ?? "") : targetOf(text, from.lock);
        const request = {
          ...target,
          ...(from !== null && { lock: from.sources }),
          ...(options.relock === true && { relock: true }),
          ...(options.configRef !== undefined && { configRef: options.configRef }),
        };
        const started = await createServerClient(serverAddress(io.env, io.cwd)).start(request);
        switch (started.kind) {
          case "started":
            io.stdout(`${options.json === true ? JSON.stringify(started.run, null, 2) : oneLine(started.run.id)}\n`);
            return EXIT.done;
          case "live":
            io.stderr(`release-chain: not started: ${oneLine(started.detail)}\n`);
            return EXIT.failed;
          case "refused":
            io.stderr(
              `${target.hub}@${target.tag} cannot be started:\n${renderProblems(started.problems, styleFor(io))}`,
            );
            return EXIT.failed;
        }
      }),
    );
}
