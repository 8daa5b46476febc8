import type { Command } from "commander";
import type { ChainConfig } from "../chain/config.js";
import type { CliIo } from "./cli-io.js";
import { EXIT, usageError } from "./cli-io.js";
import { table } from "./columns.js";
import type { CommandContext } from "./command-context.js";
import { readConfigFrom, sayConfigProblems } from "./config-input.js";
import { configSchemaText } from "./config-schema-text.js";
import { styleFor } from "./text-style.js";

export function addValidate(program: Command, { io, parts, action }: CommandContext): void {
  program
    .command("validate")
    .description("Check a release-chain.yml: every problem at once, with line and column. Needs no server.")
    .argument("[FILE]", "the configuration, e.g. .github/release-chain.yml; - is the standard input")
    .option("--owner <OWNER>", "owner of the hub; repositories without an owner are its own")
    .option("--json", "print {ok, problems} or {ok, config} as JSON")
    .option("--schema", "print the JSON Schema of the file instead, from which editors complete its keys")
    .addHelpText(
      "after",
      `
Example:
  $ release-chain validate .github/release-chain.yml
  $ release-chain validate --schema > .github/release-chain.schema.json

Editors with the YAML language server complete from the schema where the configuration begins with the line
  # yaml-language-server: $schema=release-chain.schema.json`,
    )
    .action(
      action(async (argument: string | undefined, options: { owner?: string; json?: true; schema?: true }) => {
        if (options.schema === true) return printSchema(argument, io);
        if (argument === undefined)
          throw usageError(
            "Which file? Name the configuration, e.g. .github/release-chain.yml, or - for the standard input.",
          );
        const { file, parsed } = await readConfigFrom(argument, options.owner, { io, parts });
        if (options.json === true) io.stdout(`${JSON.stringify(parsed, null, 2)}\n`);
        else if (parsed.ok) io.stdout(summary(file, parsed.config, io));
        else sayConfigProblems(parsed, { io, parts });
        return parsed.ok ? EXIT.done : EXIT.failed;
      }),
    );
}

async function printSchema(argument: string | undefined, io: CliIo): Promise<typeof EXIT.done> {
  if (argument !== undefined)
    throw usageError(`--schema prints the JSON Schema and checks no file: leave out either --schema or ${argument}.`);
  io.stdout(await configSchemaText());
  return EXIT.done;
}

function summary(file: string, config: ChainConfig, io: CliIo): string {
  const style = styleFor(io);
  const rows = config.components.map((component) => [
    { text: component.id, paint: style.busy },
    { text: component.source.kind === "github" ? component.source.repo : component.source.url },
    { text: component.build ? component.workflow.join(" or ") : "not built" },
    { text: component.needs.length === 0 ? "" : `needs ${component.needs.join(", ")}`, paint: style.faint },
  ]);
  const count = config.components.length;
  const lines = [
    `${style.good("ok")} ${file}: ${count} component${count === 1 ? "" : "s"}`,
    ...table(rows, { indent: "  " }),
  ];
  return `${lines.join("\n")}\n`;
}
