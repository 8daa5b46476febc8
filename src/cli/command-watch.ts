import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { complainAboutDuration, parseDuration } from "../chain/config-file/durations.js";
import type { ReleasePlan } from "../chain/plan.js";
import type { RunView } from "../chain/run-view.js";
import { durationWords } from "../chain/words.js";
import { CliError, EXIT, failure, type CliIo, type ExitCode } from "./cli-io.js";
import { oneLine } from "./columns.js";
import type { CommandContext } from "./command-context.js";
import { PATIENCE } from "./follow-events.js";
import { listen } from "./news.js";
import { selectRun } from "./select-run.js";
import { serverAddress, type ServerAddress } from "./server-address.js";
import type { ServerClient } from "./server-api.js";
import { createServerClient } from "./server-client.js";
import { watchView, type WatchView } from "./watch-view.js";

/** In ms. */
const LEAST_INTERVAL = 100;
const MOST_INTERVAL = 3_600_000;
/** Where the event stream tells of no change, the release run is looked at all the same so often. */
const LOOK_ANYWAY = 15_000;

interface WatchOptions {
  json?: true;
  interval: number;
}

export function addWatch(program: Command, { io, action }: CommandContext): void {
  program
    .command("watch")
    .description("Follow a release run until it ends: a live tree on a terminal, else a line for each change.")
    .argument(
      "[RUN]",
      "as for status: a run id, the beginning of one, or OWNER/REPO@TAG; nothing: the newest run of all",
    )
    .option("--json", "print the run as JSON, a document a line, each time it has changed")
    .addOption(
      new Option(
        "--interval <DURATION>",
        "how often to draw, and to look where the server tells of no changes by itself, e.g. 5s",
      )
        .argParser(interval)
        .default(1_000, "1s"),
    )
    .addHelpText(
      "after",
      `
Ends with the release run: with 0 if it succeeded, else with 1. A server that is away, for a restart, is asked again for
${durationWords(PATIENCE)}, then it ends with 3. Ctrl-C ends the watching with 130, and leaves the release run alone.

Example:
  $ release-chain watch acme/product@v1.0.0
  $ release-chain watch acme/product@v1.0.0 --json | jq --unbuffered -r .status`,
    )
    .action(
      action(async (text: string | undefined, { json, interval }: WatchOptions) => {
        const address = serverAddress(io.env, io.cwd);
        const client = createServerClient(address);
        const run = await selectRun(client, text);
        return follow(run, { client, address, view: watchView(io, json === true), interval, io });
      }),
    );
}

function interval(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError(`${complainAboutDuration(text) ?? "It is no duration"}.`);
  if (ms < LEAST_INTERVAL || ms > MOST_INTERVAL) throw new InvalidArgumentError("It must be from 100ms to 1h.");
  return ms;
}

interface Watching {
  client: Pick<ServerClient, "run" | "plan">;
  address: ServerAddress;
  view: WatchView;
  interval: number;
  io: CliIo;
}

async function follow(first: RunView, { client, address, view, interval, io }: Watching): Promise<ExitCode> {
  const interrupted = new AbortController();
  const quiet = io.onInterrupt(() => {
    interrupted.abort();
  });
  const aborted = whenAborted(interrupted.signal);
  const ask = asking(client, view, io);
  const planOf = planReader(client, view);
  const news = listen(address, first.id, io, interrupted.signal);
  let shown = first;
  let lookedAt = io.now();
  try {
    for (let run: RunView | null = first; ;) {
      if (run !== null) {
        shown = run;
        view.update(run, await planOf(run));
      }
      if (run?.status === "completed") return run.conclusion === "success" ? EXIT.done : EXIT.failed;
      const heard = new AbortController();
      await Promise.race([io.sleep(interval, AbortSignal.any([interrupted.signal, heard.signal])), news.next()]);
      // Else each wait would last for its interval, however often there is news.
      heard.abort();
      if (!interrupted.signal.aborted) {
        // What is shown is how it stands: only the time has passed.
        const isSame: boolean = news.nothingNew() && run !== null && io.now() - lookedAt < LOOK_ANYWAY;
        if (!isSame) lookedAt = io.now();
        run = isSame ? shown : await Promise.race([ask(first.id), aborted]);
      }
      if (!interrupted.signal.aborted) continue;
      const id = oneLine(first.id);
      io.stderr(`\nrelease-chain: watching has ended, and release run ${id} goes on: release-chain watch ${id}\n`);
      return EXIT.interrupted;
    }
  } finally {
    quiet();
    interrupted.abort();
  }
}

/** Reads the plan once there is one, for who makes something of it. A server that does not give it is no harm. */
function planReader(
  client: Pick<ServerClient, "plan">,
  view: WatchView,
): (run: RunView) => Promise<ReleasePlan | null> {
  let plan: ReleasePlan | null = null;
  return async ({ id, groups }) => {
    if (!view.wantsPlan || groups.length === 0) return null;
    try {
      plan ??= await client.plan(id);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
    }
    return plan;
  };
}

function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      resolve(null);
    });
  });
}

/** Asks for the run; null while the server is away, which is told once. Throws where that takes too long, or it is gone. */
function asking(
  client: Pick<ServerClient, "run">,
  view: WatchView,
  io: CliIo,
): (id: string) => Promise<RunView | null> {
  let awaySince: number | null = null;
  return async (id) => {
    try {
      const run = await client.run(id);
      if (awaySince !== null) view.away(null);
      awaySince = null;
      if (run === null) throw failure(`There is no release run ${id} any more.`);
      return run;
    } catch (error) {
      if (!(error instanceof CliError) || !error.passing) throw error;
      if (awaySince === null) view.away(`${error.message} watch tries again for ${durationWords(PATIENCE)}.`);
      awaySince ??= io.now();
      if (io.now() - awaySince > PATIENCE) throw new CliError(EXIT.noServer, error.message, { cause: error });
      return null;
    }
  };
}
