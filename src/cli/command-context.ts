/** What each command of the command line works with. */
import type { ConfigProblem, ParsedConfig } from "../chain/config.js";
import type { CliIo, Environment } from "./cli-io.js";

/** What the command line is given by who puts the program together. */
export interface CliParts {
  /** Of the program, e.g. `0.1.0`. */
  version: string;
  /** Absolute path of the script that runs this command line; the demo starts its server with it. */
  mainPath: string;
  /** Runs the server until it is told to stop; resolves with its exit code. */
  serve(env: Environment): Promise<number>;
  /** A promise: the parser is loaded when it is asked for. */
  parseConfig(text: string, options: { file: string; hubOwner: string }): Promise<ParsedConfig>;
  formatProblems(problems: ConfigProblem[]): string;
}

/** What a command's action gets, and where it leaves its exit code. */
export interface CommandContext {
  io: CliIo;
  parts: CliParts;
  /** Wraps an action that gives an exit code. */
  action: <Args extends unknown[]>(run: (...args: Args) => Promise<number>) => (...args: Args) => Promise<void>;
}
