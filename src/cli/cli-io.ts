/** What the command line needs of the process that runs it, and how it ends. Passed in, so that tests need no process. */

/**
 * done: 0; failed: the thing itself failed; usage: wrong use; no-server: nobody answers; interrupted: by Ctrl-C, as shells count,
 * where what was waited for has not come.
 */
export const EXIT = { done: 0, failed: 1, usage: 2, noServer: 3, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export type Environment = Readonly<Record<string, string | undefined>>;

export interface CliIo {
  stdout(text: string): void;
  stderr(text: string): void;
  /** The standard input to its end, as text. */
  stdin(): Promise<string>;
  /** Whether stdout is a terminal: colours, and lines that are drawn over. */
  isTerminal: boolean;
  /** Size of the terminal in characters; undefined where stdout is none, or nobody has said how large it is. */
  columns: number | undefined;
  rows: number | undefined;
  env: Environment;
  /** Absolute. */
  cwd: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`, at once when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls the listener on Ctrl-C (SIGINT) or SIGTERM, instead of dying from it, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
}

/** An end with words for a person: what, where, what to do. Printed without a stack. */
export class CliError extends Error {
  override readonly name = "CliError";
  constructor(
    readonly exitCode: Exclude<ExitCode, 0>,
    message: string,
    options?: ErrorOptions & { passing?: boolean },
  ) {
    super(message, options);
    this.passing = options?.passing ?? exitCode === EXIT.noServer;
  }

  /** The server is away, or not itself: it may answer a little later. */
  readonly passing: boolean;
}

export function usageError(message: string): CliError {
  return new CliError(EXIT.usage, message);
}

export function failure(message: string, options?: ErrorOptions & { passing?: boolean }): CliError {
  return new CliError(EXIT.failed, message, options);
}

/** The value of an environment variable; an empty one counts as unset. */
export function setting(env: Environment, name: string): string | null {
  const value = env[name]?.trim() ?? "";
  return value === "" ? null : value;
}
