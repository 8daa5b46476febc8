import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { EXIT } from "./cli-io.js";
import type { CommandContext } from "./command-context.js";
import { renderList } from "./render-list.js";
import { serverAddress } from "./server-address.js";
import { createServerClient } from "./server-client.js";
import { styleFor } from "./text-style.js";

const STATUSES = ["queued", "planning", "building", "publishing", "completed"];

export function addList(program: Command, { io, action }: CommandContext): void {
  program
    .command("list")
    .description("List release runs, newest first.")
    .option("--hub <OWNER/REPO>", "only of this hub", hubName)
    .option("--tag <TAG>", "only of this tag")
    .addOption(new Option("--status <STATUS>", "only in this status").choices(STATUSES))
    .option("--limit <N>", "at most so many", limit, 20)
    .option("--json", 'print {"items":[…],"next":…} as the API gives it')
    .addHelpText(
      "after",
      `
Example:
  $ release-chain list --hub acme/product --status building`,
    )
    .action(
      action(
        async ({ json, ...query }: { hub?: string; tag?: string; status?: string; limit: number; json?: true }) => {
          const page = await createServerClient(serverAddress(io.env, io.cwd)).runs(query);
          const style = styleFor(io);
          if (json === true) {
            io.stdout(`${JSON.stringify(page, null, 2)}\n`);
            return EXIT.done;
          }
          io.stdout(renderList(page.items, io.now(), style, io.columns));
          if (page.next !== null) io.stdout(`${style.faint("There are more: --limit shows them.")}\n`);
          return EXIT.done;
        },
      ),
    );
}

function hubName(text: string): string {
  if (!/^[^/\s]+\/[^/\s]+$/.test(text)) throw new InvalidArgumentError("Write it as OWNER/REPO.");
  return text;
}

function limit(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 100) throw new InvalidArgumentError("It must be from 1 to 100.");
  return value;
}
