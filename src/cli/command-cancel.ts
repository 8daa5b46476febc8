import type { Command } from "commander";
import type { RunView } from "../chain/run-view.js";
import { listWords } from "../chain/words.js";
import type { CliIo, ExitCode } from "./cli-io.js";
import { EXIT, failure } from "./cli-io.js";
import { oneLine } from "./columns.js";
import type { CommandContext } from "./command-context.js";
import { exitOf, liveComponents, nameOf, type Outcome, requireComponent, RUN_ARGUMENT, steer } from "./steer.js";

/** Milliseconds between two looks at a release run that is waited for. */
const LOOK_EVERY = 500;

interface CancelOptions {
  component?: string;
  wait?: true;
  json?: true;
}

export function addCancel(program: Command, { io, action }: CommandContext): void {
  program
    .command("cancel")
    .description("Stop a release run or one of its components; the release stays as it was.")
    .argument("<RUN>", RUN_ARGUMENT)
    .option("--component <ID>", "stop only this component; what needs it is skipped")
    .option("--wait", "wait until it has ended")
    .option("--json", "print the run as JSON")
    .addHelpText(
      "after",
      `
Nothing more is dispatched, and live workflow runs are cancelled, by force where they do not stop within 5 min. Ends with 0
once that is stored; with --wait once it has ended, and with 1 if it ended otherwise than cancelled. Asking again does no harm.

Example:
  $ release-chain cancel acme/product@v1.0.0 --wait
  $ release-chain cancel acme/product@v1.0.0 --component meta-acme-bsp`,
    )
    .action(
      action(async (text: string, { component, wait, json }: CancelOptions) => {
        const id = component === undefined ? undefined : requireComponent(component);
        const quiet = wait === true ? json : undefined;
        const outcome = await steer(
          {
            text,
            command: id === undefined ? { verb: "cancel" } : { verb: "cancel", component: id },
            done: (run) => told(run, id),
            ...(quiet === true ? { silent: true } : { json }),
          },
          io,
        );
        if (outcome === null || wait !== true) return exitOf(outcome);
        return waitForEnd(outcome, id, json === true, io);
      }),
    );
}

function told(run: RunView, component: string | undefined): string {
  const live = liveComponents(run).filter((id) => component === undefined || id === component);
  const stopping = live.length === 0 ? "" : ` Waits for the workflow ${runsOf(live)} to stop.`;
  const part = component === undefined ? run : run.components.find(({ id }) => id === component);
  const what = component === undefined ? "" : `${component} `;
  return part?.status === "completed" ? `${what}is cancelled.` : `${what}is being cancelled.${stopping}`;
}

function runsOf(ids: string[]): string {
  return `${ids.length === 1 ? "run" : "runs"} of ${listWords(ids)}`;
}

async function waitForEnd(
  { client, run: { id } }: Outcome,
  component: string | undefined,
  json: boolean,
  io: CliIo,
): Promise<ExitCode> {
  for (;;) {
    const run = await client.run(id);
    if (run === null) throw failure(`There is no release run ${id} any more.`);
    const part = component === undefined ? run : run.components.find((each) => each.id === component);
    if (part?.status === "completed") {
      const { conclusion } = part;
      const what = component === undefined ? "" : `${component} `;
      if (json) io.stdout(`${JSON.stringify(run, null, 2)}\n`);
      else io.stdout(`${nameOf(run)}: ${what}has ended: ${oneLine(conclusion ?? "")}.\n`);
      return conclusion === "cancelled" ? EXIT.done : EXIT.failed;
    }
    await io.sleep(LOOK_EVERY);
  }
}
