/** A file of the server as a stream, from a byte on. */
import type { IncomingMessage } from "node:http";
import { type CliError, failure } from "./cli-io.js";
import { open, unreachable } from "./http-exchange.js";
import type { ServerAddress } from "./server-address.js";
import { describeAddress } from "./server-address.js";

/** The server may be silent for so long, in ms. */
const PATIENCE = 60_000;

export interface FileStream {
  /** From where on the bytes are: what was asked for, or 0 where the server gives the whole file. */
  offset: number;
  bytes: AsyncIterable<Buffer>;
}

/**
 * Asks for a file of the artifact store. Throws CliError: `passing` where another try may help. The stream itself ends with an
 * error where the connection breaks.
 */
export function openFile(
  address: ServerAddress,
  { sha256, offset, signal }: { sha256: string; offset: number; signal: AbortSignal },
): Promise<FileStream> {
  const headers: Record<string, string> = { accept: "application/octet-stream" };
  if (offset > 0) {
    headers["range"] = `bytes=${offset}-`;
    headers["if-range"] = `"${sha256}"`;
  }
  if (address.kind === "url" && address.token !== null) headers["authorization"] = `Bearer ${address.token}`;
  return new Promise((resolve, reject) => {
    const request = open(address, `/api/v1/artifacts/${sha256}`, {
      method: "GET",
      headers,
      timeout: PATIENCE,
      agent: false,
      signal,
    });
    request.on("timeout", () => request.destroy(new Error(`silent for ${PATIENCE / 1000} s`)));
    request.on("error", (error) => {
      reject(unreachable(address, error));
    });
    request.on("response", (response) => {
      const { statusCode = 0 } = response;
      if (statusCode === 200 || statusCode === 206)
        resolve({ offset: statusCode === 206 ? offset : 0, bytes: response });
      else {
        response.destroy();
        reject(refused(address, response, statusCode));
      }
    });
    request.end();
  });
}

function refused(address: ServerAddress, { headers }: IncomingMessage, status: number): CliError {
  const where = describeAddress(address);
  if (status === 401 || status === 403)
    return failure(`${where} refused (${status}). Put a valid token into RELEASE_CHAIN_TOKEN.`);
  if (status === 404) return failure("the server has it no longer");
  const passing = status >= 500 || status === 429;
  const more = headers["retry-after"] === undefined ? "" : ", and asks to wait";
  return failure(`${where} answered ${status}${more}`, { passing });
}
