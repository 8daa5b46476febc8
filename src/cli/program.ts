import { Command, CommanderError } from "commander";
import type { CliIo } from "./cli-io.js";
import { CliError, EXIT } from "./cli-io.js";
import type { CliParts, CommandContext } from "./command-context.js";
import { addAdopt } from "./command-adopt.js";
import { addArtifacts } from "./command-artifacts.js";
import { addCancel } from "./command-cancel.js";
import { addCompletion } from "./command-completion.js";
import { addDemo } from "./command-demo.js";
import { addGraph } from "./command-graph.js";
import { addInit } from "./command-init.js";
import { addLock } from "./command-lock.js";
import { addList } from "./command-list.js";
import { addLogs } from "./command-logs.js";
import { addPlan } from "./command-plan.js";
import { addPrune } from "./command-prune.js";
import { addRetry } from "./command-retry.js";
import { addServe } from "./command-serve.js";
import { addSkip } from "./command-skip.js";
import { addStart } from "./command-start.js";
import { addStatus } from "./command-status.js";
import { addToken } from "./command-token.js";
import { addWatch } from "./command-watch.js";
import { addValidate } from "./command-validate.js";
import { addVerify } from "./command-verify.js";
import { styleFor } from "./text-style.js";

/** The program with all its commands; parsing writes to `io` and throws CommanderError instead of ending the process. */
export function createProgram(io: CliIo, parts: CliParts, done: (exitCode: number) => void): Command {
  const program = new Command("release-chain")
    .description("Builds the repositories behind a GitHub release in the right order and publishes what they made.")
    .version(parts.version)
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .showHelpAfterError("Run it with --help for how to use it.")
    .configureOutput({
      writeOut: (text) => {
        io.stdout(text);
      },
      writeErr: (text) => {
        io.stderr(text);
      },
      getOutHelpWidth: () => io.columns ?? 100,
      getErrHelpWidth: () => io.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText("after", AFTER_HELP);
  const context: CommandContext = {
    io,
    parts,
    action:
      (run) =>
      async (...args) => {
        done(await run(...args));
      },
  };
  for (const add of [
    addServe,
    addDemo,
    addInit,
    addValidate,
    addGraph,
    addPlan,
    addLock,
    addStart,
    addList,
    addStatus,
    addWatch,
    addLogs,
    addArtifacts,
    addCancel,
    addRetry,
    addSkip,
    addAdopt,
    addPrune,
    addToken,
    addVerify,
    addCompletion,
  ]) {
    add(program, context);
  }
  return program;
}

const AFTER_HELP = `
Environment:
  DATA_DIR            folder of the server on this machine (default ./data); its control.sock is asked
  RELEASE_CHAIN_URL   address of a server to ask instead, with RELEASE_CHAIN_TOKEN
  NO_COLOR            no colours

Exit codes:
  0 done, 1 it failed (also: status of a failed run), 2 wrong use, 3 no server

Example:
  $ release-chain demo
  $ release-chain status acme/product@v1.0.0`;

/**
 * Runs the command line: `args` without program and script name. Resolves with the exit code: 0 done, 1 the thing failed,
 * 2 wrong use, 3 no server. Errors are printed to stderr as words, never as a stack, unless `LOG_LEVEL` is debug or trace.
 */
export async function runCli(args: readonly string[], io: CliIo, parts: CliParts): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = createProgram(io, parts, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has printed its own words already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return report(error, io);
  }
}

function report(error: unknown, io: CliIo): number {
  const style = styleFor(io);
  const message = error instanceof Error ? error.message : String(error);
  io.stderr(`${style.bad("release-chain:")} ${message}\n`);
  const level = io.env["LOG_LEVEL"];
  if (error instanceof Error && (level === "debug" || level === "trace")) io.stderr(`${error.stack ?? ""}\n`);
  return error instanceof CliError ? error.exitCode : EXIT.failed;
}
