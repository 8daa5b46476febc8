import type { Command } from "commander";
import type { CommandContext } from "./command-context.js";

export function addDemo(program: Command, { io, parts, action }: CommandContext): void {
  program
    .command("demo")
    .description("Release a product on a GitHub of its own, on this machine: no account, no network, under 30 s.")
    .option("--keep", "leave all running until Ctrl-C, to look around")
    .option("--from <DIR>", "make the repositories from a folder of real Yocto layers, one folder a repository")
    .addHelpText(
      "after",
      `
Starts a stand-in for GitHub and the real server on loopback, publishes a release as a person would, shows the chain at
work, downloads the published files and checks them with sha256sum.

Example:
  $ release-chain demo
  $ release-chain demo --from ../layers --keep`,
    )
    .action(
      action(async (options: { keep?: true; from?: string }) => {
        // Only the demo needs the sandbox: the other commands start without loading it.
        const { runDemo } = await import("./demo.js");
        return runDemo({ keep: options.keep === true, from: options.from ?? null, mainPath: parts.mainPath }, io);
      }),
    );
}
