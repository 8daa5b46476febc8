/** The server's log: pino, as JSON or for a terminal, with every secret taken out before a line leaves the process. */
import { isatty } from "node:tty";
import pino from "pino";
import type { Logger } from "pino";
import { workFacts } from "../coordinator/work.js";
import { prettyLine } from "./pretty-log.js";
import { createRedactor } from "./redact.js";

export interface LogOptions {
  level: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
  /** auto: pretty if standard output is a terminal, else json. */
  format: "json" | "pretty" | "auto";
  /** Values that must never appear: each occurrence is replaced, also in parts of several lines. */
  secrets?: readonly string[];
  /** The trace of a release run, which its lines name; absent: there are no traces. */
  traceIdOf?: (runId: string) => string;
  /** Takes whole lines with their line end; standard output if not given. */
  destination?: { write(line: string): unknown };
}

/**
 * A pino logger that satisfies the coordinator's `Log` and Probot's `log`. Each line says what the work in hand is about (work.ts):
 * runId, component, attempt, delivery; with `traceIdOf`, lines of a release run also have traceId. Errors are written under `err` with type,
 * message, code, status, stack and causes only: the requests and payloads that Octokit hangs on them stay out.
 */
export function createLog(options: LogOptions): Logger {
  const destination = options.destination ?? pino.destination({ dest: 1, sync: true });
  const redact = createRedactor(options.secrets ?? []);
  const pretty = options.format === "pretty" || (options.format === "auto" && isatty(1));
  const stream = {
    write(line: string): void {
      const safe = redact(line);
      destination.write(pretty ? prettyLine(safe) : safe);
    },
  };
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // A new object each time: what the line itself says is put into it, and wins.
      mixin: () => ({ ...workFacts() }),
      formatters: { level: (label) => ({ level: label }), log: (fields) => withTrace(fields, options.traceIdOf) },
      serializers: { err: plainError },
    },
    stream,
  );
}

function withTrace(fields: Record<string, unknown>, traceIdOf: LogOptions["traceIdOf"]): Record<string, unknown> {
  if (traceIdOf === undefined || typeof fields["runId"] !== "string") return fields;
  return { ...fields, traceId: traceIdOf(fields["runId"]) };
}

interface PlainError {
  type: string;
  message: string;
  code?: string;
  status?: number;
  stack?: string;
  cause?: unknown;
  errors?: unknown[];
}

const DEEPEST_CAUSE = 5;

function plainError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error) || depth > DEEPEST_CAUSE) return typeof error === "string" ? error : String(error);
  const plain: PlainError = { type: error.name, message: error.message };
  if ("code" in error && typeof error.code === "string") plain.code = error.code;
  if ("status" in error && typeof error.status === "number") plain.status = error.status;
  if (error.stack !== undefined) plain.stack = error.stack;
  if (error.cause !== undefined) plain.cause = plainError(error.cause, depth + 1);
  if (error instanceof AggregateError) plain.errors = error.errors.map((inner) => plainError(inner, depth + 1));
  return plain;
}
