/** The commands of the program as data, for completion and for the reference: read from the program itself. */
import type { Command } from "commander";

/** What can be completed where a value is due. */
export type ValueKind =
  { kind: "choices"; choices: readonly string[] } | { kind: "file" } | { kind: "folder" } | { kind: "any" };

export interface OptionModel {
  /** `--json`, and `-o` where there is one. */
  flags: string[];
  description: string;
  /** null: it takes none. */
  value: ValueKind | null;
}

export interface CommandModel {
  /** `list`, `token create`; empty for the program itself. */
  path: string;
  description: string;
  options: OptionModel[];
  /** Of its arguments, one after the other. */
  values: ValueKind[];
  /** Names and descriptions of the commands below. */
  commands: { name: string; description: string }[];
}

const HELP: OptionModel = { flags: ["--help"], description: "display help for command", value: null };

/** The program and all its commands, each before those below it. */
export function commandModels(program: Command): CommandModel[] {
  return modelsOf(program, "");
}

function modelsOf(command: Command, path: string): CommandModel[] {
  const below = command.commands.filter((each) => !isHidden(each));
  const model: CommandModel = {
    path,
    description: firstLine(command.description()),
    options: [
      ...command.options
        .filter(({ hidden }) => !hidden)
        .map((option) => ({
          flags: [option.long, option.short].filter((flag) => flag != null),
          description: firstLine(option.description),
          value: option.required || option.optional ? valueKind(option.flags, option.argChoices) : null,
        })),
      HELP,
    ],
    values: command.registeredArguments.map((argument) => valueKind(argument.name(), argument.argChoices)),
    commands: below.map((each) => ({ name: each.name(), description: firstLine(each.description()) })),
  };
  return [model, ...below.flatMap((each) => modelsOf(each, `${path} ${each.name()}`.trim()))];
}

/** By how the value is called in the help. */
function valueKind(name: string, choices: readonly string[] | undefined): ValueKind {
  if (choices !== undefined) return { kind: "choices", choices };
  if (/FILE|PATH/.test(name)) return { kind: "file" };
  if (/DIR|FOLDER/.test(name)) return { kind: "folder" };
  return { kind: "any" };
}

function isHidden(command: Command): boolean {
  return "_hidden" in command && command._hidden === true;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
