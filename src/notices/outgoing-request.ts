/**
 * One POST to an address that a setting names, so that it can reach nothing else: https only, to public addresses only, no
 * redirect followed, and neither answer nor silence without an end.
 */
import { lookup as dnsLookup, type LookupAddress } from "node:dns";
import http from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isPublicAddress } from "./public-address.js";

export interface OutgoingRequest {
  url: URL;
  headers: Record<string, string>;
  body: string;
  /** Also http, and addresses of this machine and its network. */
  allowPrivate: boolean;
  signal: AbortSignal;
}

export interface OutgoingAnswer {
  status: number;
  /** The beginning of the body, for who knows what it means; it may say anything, and is not for people. */
  text: string;
  /** `Retry-After` as it was sent. */
  retryAfter: string | null;
}

/** Looks up all addresses of a name. */
export type Resolve = (host: string) => Promise<LookupAddress[]>;

export interface OutgoingDeps {
  resolve: Resolve;
  /** For connecting, sending and the answer, all together; in ms. */
  timeout: number;
}

/** What was refused before anything was sent, or went wrong: a sentence without the address's path, which may be a secret. */
export class OutgoingError extends Error {
  override readonly name = "OutgoingError";
}

/** More of an answer is not read, in bytes. */
const LARGEST_ANSWER = 16 * 1024;
const TIMEOUT = 15_000;

export function systemOutgoing(): OutgoingDeps {
  return { resolve: resolveAll, timeout: TIMEOUT };
}

/** Sends it. Throws OutgoingError. */
export async function post(request: OutgoingRequest, deps: OutgoingDeps): Promise<OutgoingAnswer> {
  const { url, allowPrivate } = request;
  if (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:"))
    throw new OutgoingError("its address is not https");
  const deadline = AbortSignal.any([request.signal, AbortSignal.timeout(deps.timeout)]);
  const address = await untilAborted(checkedAddress(url.hostname, allowPrivate, deps.resolve), deadline, deps.timeout);
  return exchange({ ...request, signal: deadline }, address, deps.timeout);
}

/** All addresses are looked at, and the first is the one that is connected to: there is no second look-up to be deceived by. */
async function checkedAddress(hostname: string, allowPrivate: boolean, resolve: Resolve): Promise<LookupAddress> {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const literal = isIP(host);
  const addresses = literal === 0 ? await resolved(host, resolve) : [{ address: host, family: literal }];
  const [first] = addresses;
  if (first === undefined) throw new OutgoingError(`${host} has no address`);
  const hidden = addresses.find(({ address }) => !isPublicAddress(address));
  if (hidden !== undefined && !allowPrivate)
    throw new OutgoingError(
      `${host} has the address ${hidden.address}, which is not public: nothing was sent. If that is meant, set allow-private for the target`,
    );
  return first;
}

async function resolved(host: string, resolve: Resolve): Promise<LookupAddress[]> {
  try {
    return await resolve(host);
  } catch (cause) {
    throw new OutgoingError(`${host} could not be looked up (${codeOf(cause)})`, { cause });
  }
}

function resolveAll(host: string): Promise<LookupAddress[]> {
  return new Promise((done, failed) => {
    dnsLookup(host, { all: true }, (error, addresses) => {
      if (error === null) done(addresses);
      else failed(error);
    });
  });
}

function exchange(
  { url, headers, body, signal }: OutgoingRequest,
  { address, family }: LookupAddress,
  timeout: number,
): Promise<OutgoingAnswer> {
  const pinned: LookupFunction = (_host, options, callback) => {
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
  return new Promise((resolve, reject) => {
    const options = {
      method: "POST",
      headers: { ...headers, "content-length": String(Buffer.byteLength(body)), connection: "close" },
      lookup: pinned,
      agent: false,
      signal,
      maxHeaderSize: LARGEST_ANSWER,
    };
    const request = (url.protocol === "https:" ? https : http).request(url, options);
    request.on("error", (cause) => {
      const why = signal.aborted ? `it did not answer within ${timeout / 1000} s` : codeOf(cause);
      reject(new OutgoingError(`${url.host} could not be reached: ${why}`, { cause }));
    });
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const done = (): void => {
        const { statusCode = 0, headers: answered } = response;
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: statusCode, text, retryAfter: answered["retry-after"] ?? null });
      };
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk.subarray(0, LARGEST_ANSWER - size));
        size += chunk.length;
        if (size < LARGEST_ANSWER) return;
        done();
        response.destroy();
      });
      response.on("end", done);
      // What was answered counts, also where the rest of it does not come.
      response.on("error", done);
    });
    request.end(body);
  });
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal, timeout: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      reject(new OutgoingError(`its name was not looked up within ${timeout / 1000} s`));
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp);
    work.then(resolve, reject);
  });
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown";
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
}
