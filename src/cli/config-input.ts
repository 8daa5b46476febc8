/** A configuration that the command line is given as a file. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ParsedConfig } from "../chain/config.js";
import { setting, usageError, type CliIo } from "./cli-io.js";
import { oneLine } from "./columns.js";
import type { CliParts } from "./command-context.js";

/** Stands for the hub's owner where nobody says who it is; repositories without an owner belong to it. */
export const UNKNOWN_OWNER = "OWNER";

/** Reads and checks a configuration; `-` is the standard input. Throws a usage error where it cannot be read. */
export async function readConfigFrom(
  argument: string,
  owner: string | undefined,
  { io, parts }: { io: CliIo; parts: CliParts },
): Promise<{ file: string; parsed: ParsedConfig }> {
  const file = argument === "-" ? "<stdin>" : argument;
  const text = argument === "-" ? await io.stdin() : await read(path.resolve(io.cwd, argument), oneLine(argument));
  const hubOwner = owner ?? setting(io.env, "GITHUB_REPOSITORY_OWNER") ?? UNKNOWN_OWNER;
  return { file, parsed: await parts.parseConfig(text, { file, hubOwner }) };
}

export function sayConfigProblems(
  parsed: ParsedConfig & { ok: false },
  { io, parts }: { io: CliIo; parts: CliParts },
): void {
  const text = parts.formatProblems(parsed.problems);
  io.stderr(text.endsWith("\n") ? text : `${text}\n`);
}

async function read(absolute: string, file: string): Promise<string> {
  try {
    return await readFile(absolute, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw usageError(`There is no file ${file}.`);
    if (code === "EISDIR") throw usageError(`${file} is a folder. Name the configuration file in it.`);
    throw usageError(`${file} cannot be read (${code ?? String(error)}).`);
  }
}
