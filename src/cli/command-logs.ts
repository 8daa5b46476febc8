import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import type { RunView } from "../chain/run-view.js";
import { EXIT, failure, usageError, type CliIo, type ExitCode } from "./cli-io.js";
import { oneLine } from "./columns.js";
import type { CommandContext } from "./command-context.js";
import { formatTime } from "./durations.js";
import { followEvents } from "./follow-events.js";
import { plainLine } from "./plain-line.js";
import { selectRun } from "./select-run.js";
import { serverAddress, type ServerAddress } from "./server-address.js";
import type { JobLog, LoggedEvent, ServerClient } from "./server-api.js";
import { createServerClient, everyPage } from "./server-client.js";
import { requireComponent } from "./steer.js";

/** Milliseconds between two looks at a job that runs. */
const LOOK_EVERY = 3_000;
const MOST_LINES = 5_000;
const EVENTS_AT_ONCE = 1_000;

interface LogsOptions {
  attempt?: number;
  tail?: number;
  follow?: true;
  json?: true;
}

export function addLogs(program: Command, { io, action }: CommandContext): void {
  program
    .command("logs")
    .description("Show what happened in a release run, or the end of the log of a component's failing job.")
    .argument(
      "[RUN]",
      "as for status: a run id, the beginning of one, or OWNER/REPO@TAG; nothing: the newest run of all",
    )
    .argument("[COMPONENT]", "the job of its attempt that tells most; nothing: the events of the release run")
    .addOption(new Option("--attempt <N>", "another than the last attempt").argParser(whole))
    .addOption(
      new Option("--tail <N>", `the last so many lines; of a job at most ${MOST_LINES}, 200 by default`).argParser(
        whole,
      ),
    )
    .option("--follow", "go on with what comes, until it is over")
    .option("--json", "print as JSON what the API gives; events a document a line")
    .addHelpText(
      "after",
      `
GitHub gives the log of a job once the job has ended: --follow waits for that. Secrets of the server are taken out of it.

Example:
  $ release-chain logs acme/product@v1.0.0 --follow
  $ release-chain logs acme/product@v1.0.0 meta-acme-bsp --tail 50`,
    )
    .action(
      action(async (text: string | undefined, component: string | undefined, options: LogsOptions) => {
        if (component === undefined && options.attempt !== undefined)
          throw usageError("--attempt is of a component: name it after RUN.");
        const address = serverAddress(io.env, io.cwd);
        const client = createServerClient(address);
        const run = await selectRun(client, text);
        const job = { client, run, io, ...options };
        return component === undefined ? runLog(address, job) : componentLog(requireComponent(component), job);
      }),
    );
}

function whole(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return Number(text);
}

interface LogsJob extends LogsOptions {
  client: ServerClient;
  run: RunView;
  io: CliIo;
}

async function runLog(address: ServerAddress, { client, run, io, tail, follow, json }: LogsJob): Promise<ExitCode> {
  const known = await everyPage((after) => client.events(run.id, after ?? null, EVENTS_AT_ONCE));
  const tell = (event: LoggedEvent): void => {
    io.stdout(json === true ? `${JSON.stringify(event)}\n` : `${formatTime(event.at)}  ${oneLine(event.sentence)}\n`);
  };
  for (const event of tail === undefined ? known : known.slice(-tail)) tell(event);
  if (follow !== true) return EXIT.done;
  const interrupted = new AbortController();
  const quiet = io.onInterrupt(() => {
    interrupted.abort();
  });
  try {
    const after = known.at(-1)?.id ?? null;
    const away = (words: string | null): void => {
      io.stderr(`release-chain: ${words ?? "the server answers again."}\n`);
    };
    for await (const { id, data } of followEvents(address, run.id, io, { after, signal: interrupted.signal, away }))
      // What has no id is how far transfers are.
      if (id !== null) tell(JSON.parse(data) as LoggedEvent);
  } finally {
    quiet();
  }
  return interrupted.signal.aborted ? brokenOff(io) : EXIT.done;
}

/** The terminal has written `^C`: what comes next begins on a line of its own. */
function brokenOff(io: CliIo): ExitCode {
  if (io.isTerminal) io.stderr("\n");
  return EXIT.interrupted;
}

async function componentLog(component: string, job: LogsJob): Promise<ExitCode> {
  const { client, run, io, attempt, tail, follow, json } = job;
  const interrupted = new AbortController();
  const quiet = io.onInterrupt(() => {
    interrupted.abort();
  });
  try {
    let told = "";
    for (;;) {
      const log = await client.jobLog(run.id, component, { attempt, tail });
      if (log.kind === "none" && follow !== true) throw failure(oneLine(log.detail));
      const isOver = log.kind === "log" && log.log.complete;
      if (log.kind === "log" && (isOver || follow !== true)) {
        io.stdout(json === true ? `${JSON.stringify(log.log, null, 2)}\n` : logText(log.log));
        return EXIT.done;
      }
      const words = log.kind === "none" ? oneLine(log.detail) : jobsWords(log.log);
      if (words !== told) io.stderr(`release-chain: ${words}\n`);
      told = words;
      await io.sleep(LOOK_EVERY, interrupted.signal);
      if (interrupted.signal.aborted) return brokenOff(io);
    }
  } finally {
    quiet();
  }
}

function logText({ component, attempt, job, lines, truncated, url, complete }: JobLog): string {
  const head = `${component}, attempt ${attempt}${job === null ? "" : `, job ${job.name}`}${url === null ? "" : `: ${url}`}`;
  const cut = truncated ? ["… more before: --tail, or the workflow run's own page"] : [];
  const none =
    lines.length > 0 ? [] : [complete ? "The job has no log." : "The job has not ended: --follow waits for its log."];
  return `${[oneLine(head), ...cut, ...lines.map(plainLine), ...none].join("\n")}\n`;
}

function jobsWords({ component, attempt, jobs }: JobLog): string {
  const states = jobs.map(({ name, status, conclusion }) => `${name} ${conclusion ?? status}`);
  return oneLine(`${component}, attempt ${attempt}: ${states.join(", ") || "no jobs yet"}`);
}
