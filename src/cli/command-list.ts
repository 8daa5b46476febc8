import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../chain/config-file/durations.js";
import { EXIT, usageError } from "./cli-io.js";
import { oneLine } from "./columns.js";
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
    .option("--since <TIME>", "only those begun since then: 2026-03-01, 2026-03-01T10:00Z, or so long ago: 12h, 7d")
    .option("--limit <N>", "at most so many", limit, 20)
    .option("--after <NEXT>", "the page after that, of which --json gave this as next")
    .option("--json", 'print {"items":[…],"next":…} as the API gives it')
    .addHelpText(
      "after",
      `
Example:
  $ release-chain list --hub acme/product --status building
  $ release-chain list --since 7d --json | jq '.items[].conclusion'`,
    )
    .action(
      action(async ({ json, since, ...query }: ListOptions) => {
        const from = since === undefined ? undefined : new Date(timeOf(since, io.now())).toISOString();
        const page = await createServerClient(serverAddress(io.env, io.cwd)).runs({ ...query, since: from });
        const style = styleFor(io);
        if (json === true) {
          io.stdout(`${JSON.stringify(page, null, 2)}\n`);
          return EXIT.done;
        }
        io.stdout(renderList(page.items, io.now(), style, io.columns));
        if (page.next !== null) io.stdout(`${style.faint(`There are more: --after ${oneLine(page.next)}`)}\n`);
        return EXIT.done;
      }),
    );
}

interface ListOptions {
  hub?: string;
  tag?: string;
  status?: string;
  since?: string;
  limit: number;
  after?: string;
  json?: true;
}

/** A time, or a span before now, in ms since 1970. */
function timeOf(text: string, now: number): number {
  const span = parseDuration(text);
  if (span !== null) return now - span;
  const [, day] = /^(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text) ?? [];
  const at = day !== undefined && isDay(day) ? Date.parse(text) : NaN;
  if (Number.isNaN(at))
    throw usageError(`--since: "${text}" is neither a time (2026-03-01, 2026-03-01T10:00Z) nor a span (12h, 7d).`);
  return at;
}

/** Date makes another day of February 30. */
function isDay(text: string): boolean {
  const day = new Date(text);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
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
