import type { CliParts } from "../../src/cli/command-context.js";

/** What the program is made of where commands only ask a server, or nobody: it serves and parses nothing. */
export const parts: CliParts = {
  version: "1",
  mainPath: "",
  serve: () => Promise.resolve(0),
  parseConfig: () => Promise.reject(new Error("nothing is parsed here")),
  formatProblems: String,
};
