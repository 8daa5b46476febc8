/** The reference of the command line, docs/command-line.md, made of the program's own help. */
import type { Command } from "commander";
import { commandModels } from "./command-model.js";

/** Markdown. The program is to be made for an output that is 100 characters wide. */
export function commandReference(program: Command): string {
  const [, ...models] = commandModels(program);
  const rows = models.map(({ path, description }) => `| [\`${path}\`](#${anchor(path)}) | ${cell(description)} |`);
  const sections = models.map(({ path }) => `## ${path}\n\n\`\`\`text\n${helpOf(program, path)}\n\`\`\``);
  return `${[PREFACE, ["| command | what it does |", "|---|---|", ...rows].join("\n"), OUTPUT, ...sections].join("\n\n")}\n`;
}

const PREFACE = `# Command line

<!-- Made from the program by test/cli/command-reference.test.ts; UPDATE_GOLDEN=1 writes it anew. -->

\`npx release-chain COMMAND\` in the folder of the program. What concerns a server asks the control socket in \`DATA_DIR\` (default
\`./data\`), or, with \`RELEASE_CHAIN_URL\`, the server at that address with the token in \`RELEASE_CHAIN_TOKEN\`. It never opens the database of a
running server.`;

const OUTPUT = `Exit codes: 0 done, 1 the thing failed (also \`status\` of a failed release run), 2 wrong use, 3 no server, 130 ended by Ctrl-C while something was waited
for. Reading commands print JSON with \`--json\`, as the API gives it; what goes wrong is a sentence on standard error all the same. Colours and lines that are drawn over are for terminals only; \`NO_COLOR\` takes
the colours away, \`TERM=dumb\` both.`;

function helpOf(program: Command, path: string): string {
  const command = path.split(" ").reduce<Command>((above, name) => {
    const found = above.commands.find((each) => each.name() === name);
    if (found === undefined) throw new Error(`there is no command ${path}`);
    return found;
  }, program);
  let text = "";
  const given = command.configureOutput();
  command.configureOutput({
    writeOut: (more) => (text += more),
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  command.configureOutput(given);
  return text.trim();
}

/** As GitHub makes it of a heading. */
function anchor(path: string): string {
  return path.replaceAll(" ", "-");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
