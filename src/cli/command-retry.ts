import type { Command } from "commander";
import type { CommandContext } from "./command-context.js";
import { exitOf, requireComponent, RUN_ARGUMENT, steer } from "./steer.js";

export function addRetry(program: Command, { io, action }: CommandContext): void {
  program
    .command("retry")
    .description("Try again what did not succeed in a release run, also after its end; what succeeded is kept.")
    .argument("<RUN>", RUN_ARGUMENT)
    .option("--component <ID>", "only this component, and what was skipped because of it")
    .option("--json", "print the run as JSON")
    .addHelpText(
      "after",
      `
Commits, configuration and order stay those of its plan: to build what has been mended since, \`start\` with --relock or
--config-ref. Where a component waits for its next attempt, that begins at once. Asking again does no harm.

Example:
  $ release-chain retry acme/product@v1.0.0
  $ release-chain retry acme/product@v1.0.0 --component meta-acme-bsp`,
    )
    .action(
      action(async (text: string, { component, json }: { component?: string; json?: true }) => {
        const id = component === undefined ? undefined : requireComponent(component);
        const command = id === undefined ? ({ verb: "retry" } as const) : ({ verb: "retry", component: id } as const);
        const what = id ?? "what did not succeed";
        return exitOf(await steer({ text, command, json, done: () => `${what} is tried again.` }, io));
      }),
    );
}
