import path from "node:path";
import type { Environment } from "./cli-io.js";
import { setting, usageError } from "./cli-io.js";

/** Where the server listens: its control socket, or a URL with a token. */
export type ServerAddress = { kind: "socket"; path: string } | { kind: "url"; url: URL; token: string | null };

/**
 * `RELEASE_CHAIN_URL` with `RELEASE_CHAIN_TOKEN`, else `control.sock` in `DATA_DIR` (default `./data`).
 * Throws a usage error where the URL or the token is none.
 */
export function serverAddress(env: Environment, cwd: string): ServerAddress {
  const text = setting(env, "RELEASE_CHAIN_URL");
  if (text === null) {
    return { kind: "socket", path: path.resolve(cwd, setting(env, "DATA_DIR") ?? "data", "control.sock") };
  }
  if (!URL.canParse(text)) throw usageError(`RELEASE_CHAIN_URL is no URL. Write it as https://host[:port].`);
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw usageError(`RELEASE_CHAIN_URL must begin with https:// or http://, not ${url.protocol}//.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw usageError("RELEASE_CHAIN_URL must hold no user or password. Put the token into RELEASE_CHAIN_TOKEN.");
  }
  const token = setting(env, "RELEASE_CHAIN_TOKEN");
  if (token !== null && !/^[\x21-\x7e]+$/.test(token)) {
    throw usageError("RELEASE_CHAIN_TOKEN has spaces, line ends or other characters that no token has. Copy it again.");
  }
  return { kind: "url", url, token };
}

/** The address for messages; never holds the token. */
export function describeAddress(address: ServerAddress): string {
  return address.kind === "socket" ? address.path : address.url.href;
}

/** What to do where nobody answers at an address. */
export function howToReach(address: ServerAddress): string {
  return address.kind === "socket"
    ? "Start it with `release-chain serve` in the same folder, or name its folder in DATA_DIR, or its address in RELEASE_CHAIN_URL."
    : "Check RELEASE_CHAIN_URL, and that the server runs; for a server on this machine unset it and use DATA_DIR.";
}
