#!/usr/bin/env node
/** The program: the command line; the server and the configuration's parser are loaded when they are asked for. */
import { fileURLToPath } from "node:url";
import { formatProblems } from "./chain/config-file/config-report.js";
import { processIo } from "./cli/process-io.js";
import { runCli } from "./cli/program.js";
import { applyDotEnv } from "./dot-env.js";
import { version } from "./version.js";

try {
  applyDotEnv(process.env);
} catch (error) {
  process.stderr.write(`release-chain: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
}
process.exitCode = await runCli(process.argv.slice(2), processIo(process), {
  version: version(),
  mainPath: fileURLToPath(import.meta.url),
  serve: async (env) => {
    const { runServer } = await import("./run-server.js");
    return runServer(env, (line) => process.stderr.write(`release-chain: ${line}\n`));
  },
  parseConfig: async (text, options) => {
    const { parseChainConfig } = await import("./chain/config-file/parse-config.js");
    return parseChainConfig(text, options);
  },
  formatProblems,
});
