import { InvalidArgumentError, Option, type Command } from "commander";
import { complainAboutDuration, parseDuration } from "../chain/config-file/durations.js";
import { EXIT } from "./cli-io.js";
import { oneLine, table, type Cell } from "./columns.js";
import type { CommandContext } from "./command-context.js";
import { formatTime } from "./durations.js";
import { serverAddress } from "./server-address.js";
import { styleFor, type TextStyle } from "./text-style.js";
import { tokenClient, type TokenView } from "./token-client.js";

/** In ms. */
const SHORTEST = 60_000;
const LONGEST = 366 * 86_400_000;

export function addToken(program: Command, { io, action }: CommandContext): void {
  const token = program
    .command("token")
    .description("Make, list and revoke tokens, with which programs ask the server.")
    .addHelpText("after", "\nExample:\n  $ release-chain token list");
  const client = () => tokenClient(serverAddress(io.env, io.cwd));

  token
    .command("create")
    .description("Make a token and print it: it is shown this once.")
    .argument("<NAME>", "what it is for")
    .addOption(new Option("--scope <SCOPE>", "to look, or to do as well").choices(["read", "operate"]).default("read"))
    .option("--expires <DURATION>", "how long it is valid, from 1m to 366d", lifetime, "90d")
    .option("--json", "print it as the API gives it")
    .addHelpText(
      "after",
      `
Made over the control socket it holds for every hub of the server. Only the token goes to standard output.

Example:
  $ RELEASE_CHAIN_TOKEN=$(release-chain token create ci --scope operate --expires 30d)`,
    )
    .action(
      action(async (name: string, { scope, expires, json }: { scope: string; expires: string; json?: true }) => {
        const made = await client().create({ name, scope, expiresIn: expires });
        if (json === true) {
          io.stdout(`${JSON.stringify(made, null, 2)}\n`);
          return EXIT.done;
        }
        io.stdout(`${oneLine(made.token)}\n`);
        io.stderr(
          `Token ${made.id} (${made.scope}) is valid until ${formatTime(made.expiresAt)}. Keep it now: it is not shown again.\n`,
        );
        return EXIT.done;
      }),
    );

  token
    .command("list")
    .description("List tokens, newest first; never their values.")
    .option("--json", "print an array as the API gives it")
    .addHelpText("after", "\nExample:\n  $ release-chain token list")
    .action(
      action(async ({ json }: { json?: true }) => {
        const tokens = await client().list();
        io.stdout(
          json === true ? `${JSON.stringify(tokens, null, 2)}\n` : renderTokens(tokens, io.now(), styleFor(io)),
        );
        return EXIT.done;
      }),
    );

  token
    .command("revoke")
    .description("Revoke a token: it is refused from then on.")
    .argument("<ID>", "as token list shows it")
    .option("--json", "print the token as the API gives it")
    .addHelpText("after", "\nExample:\n  $ release-chain token revoke 4fQ0dW2bXk9LrT7sVn3YpZ1c")
    .action(
      action(async (id: string, { json }: { json?: true }) => {
        const revoked = await client().revoke(id);
        io.stdout(
          json === true
            ? `${JSON.stringify(revoked, null, 2)}\n`
            : `Token ${oneLine(revoked.name)} (${oneLine(revoked.id)}) is revoked.\n`,
        );
        return EXIT.done;
      }),
    );
}

/** The server reads it; here it is looked at, so that what is wrong is told of the option. */
function lifetime(text: string): string {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError(`${complainAboutDuration(text) ?? "It is no duration"}.`);
  if (ms < SHORTEST || ms > LONGEST) throw new InvalidArgumentError("It must be from 1m to 366d.");
  return text;
}

function renderTokens(tokens: readonly TokenView[], now: number, style: TextStyle): string {
  if (tokens.length === 0) return "No tokens.\n";
  const head = ["ID", "NAME", "SCOPE", "RIGHTS OF", "STATE", "UNTIL", "USED"].map((text): Cell => ({
    text,
    paint: style.faint,
  }));
  const rows = tokens.map((token): Cell[] => [
    { text: token.id },
    { text: token.name },
    { text: token.scope },
    { text: token.login ?? "the server" },
    { text: stateOf(token, now) },
    { text: formatTime(token.expiresAt) },
    { text: token.usedAt === null ? "never" : formatTime(token.usedAt) },
  ]);
  return `${table([head, ...rows]).join("\n")}\n`;
}

function stateOf({ revokedAt, expiresAt }: TokenView, now: number): string {
  if (revokedAt !== null) return "revoked";
  return Date.parse(expiresAt) <= now ? "expired" : "valid";
}
