import type { Command } from "commander";
import { Argument } from "commander";
import { EXIT } from "./cli-io.js";
import type { CommandContext } from "./command-context.js";
import { commandModels } from "./command-model.js";
import { completionScript, SHELLS, type Shell } from "./completion.js";

export function addCompletion(program: Command, { io, action }: CommandContext): void {
  program
    .command("completion")
    .description("Print a script that lets a shell complete commands, options and their values.")
    .addArgument(new Argument("<SHELL>", "the shell").choices(SHELLS))
    .addHelpText(
      "after",
      `
Put the line into ~/.bashrc, into ~/.zshrc after compinit, or into ~/.config/fish/config.fish.

Example:
  $ source <(release-chain completion bash)
  $ source <(release-chain completion zsh)
  $ release-chain completion fish | source`,
    )
    .action(
      action((shell: Shell) => {
        io.stdout(completionScript(shell, commandModels(program)));
        return Promise.resolve(EXIT.done);
      }),
    );
}
