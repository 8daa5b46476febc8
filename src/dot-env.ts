/** `.env` in the working directory: settings for whoever does not want to put them into the environment. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { Environment } from "./environment.js";

const NAME = ".env";

/** Adds the variables of `.env` that `env` does not have; no file is no mistake. Throws where it cannot be read. */
export function applyDotEnv(env: Environment, path = NAME): void {
  for (const [name, value] of Object.entries(parseEnv(read(path)))) env[name] ??= value;
}

/** Sets variables in an `.env`, which only its owner may then read: it holds the App's private key. */
export function updateDotEnv(path: string, values: Readonly<Record<string, string>>): void {
  const text = withVariables(read(path), values);
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    if (code === "ENOENT") return "";
    throw new Error(`${path} cannot be read (${code}). Let this user read it, or take it away.`, { cause: error });
  }
}

/** An assignment with its line end; what stands between quotes may go over several lines. */
const ASSIGNMENT =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'|`[^`]*`)?[^\r\n]*(?:\r?\n|$)/gm;

/** The text of an `.env` with variables set: in place, or at its end; nothing else changes. Throws on odd characters. */
export function withVariables(text: string, values: Readonly<Record<string, string>>): string {
  const left = new Map(Object.entries(values));
  const changed = text.replace(ASSIGNMENT, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return left.delete(name) ? line(name, value) : "";
  });
  const gap = changed === "" || changed.endsWith("\n") ? "" : "\n";
  return changed + (left.size === 0 ? "" : gap) + [...left].map(([name, value]) => line(name, value)).join("");
}

/** Between double quotes `\n` is a line end, and nothing can be escaped. */
function line(name: string, value: string): string {
  const folded = value.replaceAll("\n", "\\n");
  if (/["\p{Cc}]/u.test(folded)) throw new Error(`${name} holds characters that cannot be kept in ${NAME}.`);
  return `${name}="${folded}"\n`;
}
