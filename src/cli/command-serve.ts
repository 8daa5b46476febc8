import type { Command } from "commander";
import type { CommandContext } from "./program.js";

export function addServe(program: Command, { io, parts, action }: CommandContext): void {
  program
    .command("serve")
    .description("Run the server: receive webhooks, run release chains. Settings come from the environment.")
    .addHelpText(
      "after",
      `
Settings are also read from .env in this folder; the environment wins. Without APP_ID the server shows the page that
creates the GitHub App, and keeps it in .env. SIGTERM or SIGINT ends it within 10 s, and what was in hand goes on at the
next start.

Example:
  $ APP_ID=12345 PRIVATE_KEY_PATH=app.pem WEBHOOK_SECRET=… release-chain serve`,
    )
    .action(action(() => parts.serve(io.env)));
}
