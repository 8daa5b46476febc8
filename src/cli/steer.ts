/** What the commands that change a release run have in common: which one is meant, what came of it, how that is told. */
import type { RunView } from "../chain/run-view.js";
import type { CliIo, ExitCode } from "./cli-io.js";
import { EXIT, failure, usageError } from "./cli-io.js";
import { oneLine } from "./columns.js";
import { selectRun } from "./select-run.js";
import { serverAddress } from "./server-address.js";
import type { RunCommand, ServerClient, Steered } from "./server-api.js";
import { createServerClient } from "./server-client.js";

export const RUN_ARGUMENT = "a run id, the beginning of one, or OWNER/REPO@TAG for its newest run";

/** What a command did to a release run; `client` is there to go on asking. */
export interface Outcome {
  client: ServerClient;
  run: RunView;
  changed: boolean;
}

export interface Steering {
  /** Of the release run, as a person names it. */
  text: string;
  command: RunCommand;
  json?: true | undefined;
  /** Something else is printed later. */
  silent?: boolean;
  /** What was done, in a sentence. */
  done: (run: RunView) => string;
}

/**
 * Asks the server for a command, and prints one line about what came of it, or the release run as JSON. null: it was
 * refused, and that was said on stderr.
 */
export async function steer({ text, command, json, silent, done }: Steering, io: CliIo): Promise<Outcome | null> {
  const client = createServerClient(serverAddress(io.env, io.cwd));
  const target = await selectRun(client, text);
  const steered: Steered = await client.command(target.id, command);
  switch (steered.kind) {
    case "refused":
      io.stderr(`release-chain: not done: ${oneLine(`${steered.code}: ${steered.detail}`)}\n`);
      return null;
    case "unknown":
      throw failure(oneLine(steered.detail));
    case "done": {
      const { run, changed, detail } = steered;
      if (silent === true) return { client, run, changed };
      if (json === true) io.stdout(`${JSON.stringify(run, null, 2)}\n`);
      else io.stdout(`${nameOf(run)}: ${oneLine(changed ? done(run) : `nothing to do. ${detail ?? ""}`)}\n`);
      return { client, run, changed };
    }
  }
}

/** `acme/product@v1.0.0, run 01jx8`. */
export function nameOf(run: RunView): string {
  return oneLine(`${run.hub}@${run.tag}, run ${run.id}`);
}

/** A component's id from the command line; it goes into a path, so it must be one. Throws a usage error. */
export function requireComponent(text: string): string {
  if (/^(?!\.+$)[A-Za-z0-9._-]{1,100}$/.test(text)) return text;
  throw usageError(`"${text}" is no component's id. \`release-chain status\` shows the ids of a release run.`);
}

/** Ids of the components whose workflow runs have not ended. */
export function liveComponents(run: RunView): string[] {
  return run.components.flatMap(({ id, attempts }) => {
    const last = attempts.at(-1);
    return last !== undefined && last.status !== "completed" ? [id] : [];
  });
}

/** The exit code where nothing more is waited for. */
export function exitOf(outcome: Outcome | null): ExitCode {
  return outcome === null ? EXIT.failed : EXIT.done;
}
