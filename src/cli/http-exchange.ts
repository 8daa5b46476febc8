import http from "node:http";
import https from "node:https";
import { CliError, EXIT, failure } from "./cli-io.js";
import type { ServerAddress } from "./server-address.js";
import { describeAddress, howToReach } from "./server-address.js";

export interface Answer {
  status: number;
  /** Parsed JSON. */
  body: unknown;
}

export interface Exchange {
  method: "GET" | "POST" | "DELETE";
  /** Path below the server's address, with query, beginning with `/`. */
  path: string;
  body?: unknown;
  /** How long the server may be silent, in ms. */
  patience?: number;
}

/** A plan of many repositories takes the server a while; what takes longer has its own. In ms, of silence. */
const PATIENCE = 120_000;
/** A run of thousands of components is a few MiB. */
const MAX_ANSWER = 256 * 1024 * 1024;

/**
 * One request to the server and its JSON answer, whatever the status. Follows no redirect, so that the token goes to the
 * named host only. Throws CliError: 3 where nobody answers, 1 where the answer is not the API's.
 */
export async function exchange(address: ServerAddress, request: Exchange): Promise<Answer> {
  const { status, contentType, text } = await send(address, request);
  if (!/^application\/(.+\+)?json\b/i.test(contentType)) {
    throw failure(
      `${describeAddress(address)} answered ${status} with ${contentType || "no content type"} instead of JSON: ` +
        "is that a release-chain server, and does it serve the API there?",
      { passing: status >= 500 },
    );
  }
  try {
    return { status, body: JSON.parse(text) as unknown };
  } catch (error) {
    throw failure(`${describeAddress(address)} answered ${status} with broken JSON.`, { cause: error });
  }
}

function send(
  address: ServerAddress,
  { method, path, body, patience = PATIENCE }: Exchange,
): Promise<{ status: number; contentType: string; text: string }> {
  const content = body === undefined ? undefined : JSON.stringify(body);
  const headers: Record<string, string> = { accept: "application/json" };
  if (content !== undefined) {
    headers["content-type"] = "application/json";
    headers["content-length"] = String(Buffer.byteLength(content));
  }
  if (address.kind === "url" && address.token !== null) headers["authorization"] = `Bearer ${address.token}`;
  return new Promise((resolve, reject) => {
    const request = open(address, path, { method, headers, timeout: patience, agent: false });
    request.on("timeout", () => request.destroy(new Error(`silent for ${patience / 1000} s`)));
    request.on("error", (error) => {
      reject(unreachable(address, error));
    });
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > MAX_ANSWER) response.destroy(new Error("the answer is too large"));
      });
      response.on("error", (error) => {
        reject(unreachable(address, error));
      });
      response.on("end", () => {
        const contentType = response.headers["content-type"] ?? "";
        resolve({ status: response.statusCode ?? 0, contentType, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    request.end(content);
  });
}

/** A request that is not sent yet, to a path below the server's address; without token. */
export function open(address: ServerAddress, path: string, options: http.RequestOptions): http.ClientRequest {
  if (address.kind === "socket") return http.request({ ...options, socketPath: address.path, path });
  const url = new URL(address.url.pathname.replace(/\/+$/, "") + path, address.url);
  return (url.protocol === "https:" ? https : http).request(url, options);
}

/** In words, with what to do. */
export function unreachable(address: ServerAddress, error: NodeJS.ErrnoException): CliError {
  const where = describeAddress(address);
  if (error.code === "EACCES" || error.code === "EPERM") {
    const message = `You may not open ${where}. Ask as the user who runs the server, or name its address in RELEASE_CHAIN_URL.`;
    return new CliError(EXIT.noServer, message, { cause: error });
  }
  const message = `No server answers at ${where} (${error.code ?? error.message}). ${howToReach(address)}`;
  return new CliError(EXIT.noServer, message, { cause: error });
}
