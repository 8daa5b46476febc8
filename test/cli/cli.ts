import type { CliIo } from "../../src/cli/cli-io.js";
import type { CliParts } from "../../src/cli/command-context.js";
import { runCli } from "../../src/cli/program.js";
import { parts as clientParts } from "./client-parts.js";
import { testIo } from "./test-io.js";

/** Runs a command line to its end, with what it wrote. */
export async function cli(
  args: string[],
  overrides: Partial<CliIo> = {},
  parts: CliParts = clientParts,
): Promise<{ code: number; out: string; err: string }> {
  const io = testIo(overrides);
  const code = await runCli(args, io, parts);
  return { code, out: io.out(), err: io.err() };
}
