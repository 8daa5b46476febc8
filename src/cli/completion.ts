/** Completion scripts for shells, made of what the program itself knows of its commands. */
import type { CommandModel, OptionModel, ValueKind } from "./command-model.js";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** The script for a shell, to be sourced or put where the shell looks for completions. */
export function completionScript(shell: Shell, models: readonly CommandModel[]): string {
  switch (shell) {
    case "bash":
      return bashScript(models);
    case "zsh":
      return zshScript(models);
    case "fish":
      return fishScript(models);
  }
}

/** Single quotes, in which bash and zsh read nothing but the end. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

interface ValuedOption {
  path: string;
  flag: string;
  value: ValueKind;
}

function valuedOptions(models: readonly CommandModel[]): ValuedOption[] {
  return models.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) => (value === null ? [] : flags.map((flag) => ({ path, flag, value })))),
  );
}

/** What stands in a `case` for a path and a word after it. */
function pattern(path: string, word: string): string {
  return quoted(`${path} ${word}`);
}

/** Lines of a `case` that finds out which command the words before the cursor name. */
function pathCases(models: readonly CommandModel[]): string[] {
  return models.flatMap(({ path, commands }) =>
    commands.map(({ name }) => `      ${pattern(path, name)}) path=${quoted(`${path} ${name}`.trim())} ;;`),
  );
}

function flagsOf(options: readonly OptionModel[]): string[] {
  return options.flatMap(({ flags }) => flags);
}

function bashScript(models: readonly CommandModel[]): string {
  const values = valuedOptions(models).map(
    ({ path, flag, value }) => `    ${pattern(path, flag)}) ${bashValue(value)}; return ;;`,
  );
  const words = models.map(({ path, options, commands, values: [first] }) => {
    const names = commands.map(({ name }) => name);
    const rest = first === undefined ? [] : [`[[ $cur == -* ]] || ${bashValue(first)}`];
    const known = [...names, ...(first?.kind === "choices" ? first.choices : []), ...flagsOf(options)];
    return `    ${quoted(path)}) words=${quoted(known.join(" "))}; ${[...rest, "true"].join("; ")} ;;`;
  });
  return `# bash completion for release-chain: source <(release-chain completion bash)
_release_chain() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} path='' words='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
${pathCases(models).join("\n")}
    esac
  done
  case "$path $prev" in
${values.join("\n")}
  esac
  case "$path" in
${words.join("\n")}
  esac
  COMPREPLY+=($(compgen -W "$words" -- "$cur"))
}
complete -o filenames -F _release_chain release-chain
`;
}

function bashValue(value: ValueKind): string {
  switch (value.kind) {
    case "choices":
      return `COMPREPLY=($(compgen -W ${quoted(value.choices.join(" "))} -- "$cur"))`;
    case "file":
      return `COMPREPLY=($(compgen -f -- "$cur"))`;
    case "folder":
      return `COMPREPLY=($(compgen -d -- "$cur"))`;
    case "any":
      return "COMPREPLY=()";
  }
}

function zshScript(models: readonly CommandModel[]): string {
  const values = valuedOptions(models).map(
    ({ path, flag, value }) => `    ${pattern(path, flag)}) ${zshValue(value)}; return ;;`,
  );
  const words = models.map(({ path, options, commands, values: [first] }) => {
    const below = commands.map(({ name, description }) => quoted(`${name}:${description}`));
    const flags = options.flatMap(({ flags: each, description }) =>
      each.map((flag) => quoted(`${flag}:${description}`)),
    );
    const steps = [
      ...(below.length > 0 ? [`known=(${below.join(" ")})`, "_describe command known"] : []),
      ...(first === undefined ? [] : [`[[ $PREFIX == -* ]] || ${zshValue(first)}`]),
      `known=(${flags.join(" ")})`,
      "[[ $PREFIX != -* ]] || _describe option known",
    ];
    return `    ${quoted(path)})\n${steps.map((step) => `      ${step}`).join("\n")}\n      ;;`;
  });
  return `#compdef release-chain
# zsh completion for release-chain: source <(release-chain completion zsh), after compinit
_release_chain() {
  local path='' i
  local -a known
  for ((i = 2; i < CURRENT; i++)); do
    case "$path \${words[i]}" in
${pathCases(models).join("\n")}
    esac
  done
  case "$path \${words[CURRENT-1]}" in
${values.join("\n")}
  esac
  case "$path" in
${words.join("\n")}
  esac
}
if [[ "\${funcstack[1]}" == _release_chain ]]; then _release_chain "$@"; else compdef _release_chain release-chain; fi
`.replaceAll(/\bpath\b/g, "command_path");
}

function zshValue(value: ValueKind): string {
  switch (value.kind) {
    case "choices":
      return `compadd -- ${value.choices.map(quoted).join(" ")}`;
    case "file":
      return "_files";
    case "folder":
      return "_files -/";
    case "any":
      return "true";
  }
}

function fishScript(models: readonly CommandModel[]): string {
  const lines = models.flatMap(({ path, options, commands, values: [first] }) => {
    const here = `complete -c release-chain -n ${fishQuoted(`__release_chain_at ${fishQuoted(path)}`)}`;
    return [
      ...commands.map(({ name, description }) => `${here} -a ${fishQuoted(name)} -d ${fishQuoted(description)}`),
      ...options.map((option) => `${here} ${fishOption(option)}`),
      ...(first === undefined || first.kind === "any" ? [] : [`${here} ${fishValue(first)}`]),
    ];
  });
  const paths = models.flatMap(({ path, commands }) =>
    commands.map(
      ({ name }) =>
        `      case ${fishQuoted(`${path} ${name}`)}\n        set path ${fishQuoted(`${path} ${name}`.trim())}`,
    ),
  );
  return `# fish completion for release-chain: release-chain completion fish | source
function __release_chain_at
  set -l path ''
  for word in (commandline -opc)[2..-1]
    switch "$path $word"
${paths.join("\n")}
    end
  end
  test "$path" = "$argv[1]"
end
complete -c release-chain -f
${lines.join("\n")}
`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function fishOption({ flags, description, value }: OptionModel): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const wanted = value === null ? [] : ["-r", fishValue(value)];
  return [...names, ...wanted, `-d ${fishQuoted(description)}`].filter((part) => part !== "").join(" ");
}

function fishValue(value: ValueKind): string {
  switch (value.kind) {
    case "choices":
      return `-a ${fishQuoted(value.choices.join(" "))}`;
    case "file":
      return "-F";
    case "folder":
      return `-a ${fishQuoted("(__fish_complete_directories)")}`;
    case "any":
      return "";
  }
}
