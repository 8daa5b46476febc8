import type { Command } from "commander";
import type { RunView } from "../chain/run-view.js";
import type { CommandContext } from "./command-context.js";
import { exitOf, liveComponents, requireComponent, RUN_ARGUMENT, steer } from "./steer.js";

export function addSkip(program: Command, { io, action }: CommandContext): void {
  program
    .command("skip")
    .description("Do without a component: what needs it goes on, and the release has none of its files.")
    .argument("<RUN>", RUN_ARGUMENT)
    .argument("<COMPONENT>", "its id, as `status` shows it")
    .option("--json", "print the run as JSON")
    .addHelpText(
      "after",
      `
Also after the end of a release run that failed: it goes on then. A live workflow run of the component is cancelled. One
that has succeeded is not skipped. Asking again does no harm.

Example:
  $ release-chain skip acme/product@v1.0.0 acme-docs`,
    )
    .action(
      action(async (text: string, component: string, { json }: { json?: true }) => {
        const id = requireComponent(component);
        const done = (run: RunView): string =>
          liveComponents(run).includes(id)
            ? `${id} is skipped; what needs it goes on without it, once its workflow run has stopped.`
            : `${id} is skipped; what needs it goes on without it.`;
        return exitOf(await steer({ text, command: { verb: "skip", component: id }, json, done }, io));
      }),
    );
}
