import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { CommandContext } from "./command-context.js";
import { exitOf, requireComponent, RUN_ARGUMENT, steer } from "./steer.js";

export function addAdopt(program: Command, { io, action }: CommandContext): void {
  program
    .command("adopt")
    .description("Say which workflow run is that of a component's dispatch, where several could be.")
    .argument("<RUN>", RUN_ARGUMENT)
    .argument("<COMPONENT>", "its id, as `status` shows it")
    .argument("<WORKFLOW_RUN_ID>", "the number in the address of the workflow run at GitHub", workflowRunId)
    .option("--json", "print the run as JSON")
    .addHelpText(
      "after",
      `
\`release-chain status\` names the workflow runs that could be it. Look at them at GitHub: what is adopted is followed,
collected and published. Asking again does no harm.

Example:
  $ release-chain adopt acme/product@v1.0.0 meta-acme-bsp 17000000005`,
    )
    .action(
      action(async (text: string, component: string, id: number, { json }: { json?: true }) => {
        const command = { verb: "adopt", component: requireComponent(component), workflowRunId: id } as const;
        const done = (): string => `workflow run ${id} is that of ${component} now.`;
        return exitOf(await steer({ text, command, json, done }, io));
      }),
    );
}

function workflowRunId(text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(id) || id < 1)
    throw new InvalidArgumentError("It must be a number, as in https://github.com/OWNER/REPO/actions/runs/NUMBER.");
  return id;
}
