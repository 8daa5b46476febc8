/** Server-sent events of a release run, as https://html.spec.whatwg.org/multipage/server-sent-events.html writes them. */
import type { IncomingMessage } from "node:http";
import { failure } from "./cli-io.js";
import { open, unreachable } from "./http-exchange.js";
import type { ServerAddress } from "./server-address.js";
import { describeAddress } from "./server-address.js";

export interface StreamedEvent {
  /** null: it has none, and is not to be gone on from. */
  id: string | null;
  /** `message` where the server names none. */
  type: string;
  data: string;
}

/** A server says something this often at least, in ms, or it is gone. */
const SILENCE = 45_000;
/** More than an event may have, in characters. */
const LARGEST_EVENT = 1024 * 1024;

/**
 * Yields events as they come, from after `after` on, until the server ends the stream; `onOpen` is called before the first,
 * which may be long in coming. Throws CliError: 3 where nobody answers, 1
 * where this is no stream, `passing` where it broke off.
 */
export async function* streamEvents(
  address: ServerAddress,
  runId: string,
  { after, signal, onOpen }: { after: string | null; signal: AbortSignal; onOpen?: () => void },
): AsyncGenerator<StreamedEvent> {
  const response = await openStream(address, `/api/v1/runs/${encodeURIComponent(runId)}/events`, after, signal);
  onOpen?.();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split(/\r\n\r\n|\n\n|\r\r/);
      text = blocks.pop() ?? "";
      if (text.length > LARGEST_EVENT) throw failure("the server sends an event without an end", { passing: true });
      for (const block of blocks) {
        const event = readEvent(block);
        if (event !== null) yield event;
      }
    }
  } finally {
    response.destroy();
  }
}

/** null: it says nothing, as a heartbeat. */
export function readEvent(block: string): StreamedEvent | null {
  const event: StreamedEvent = { id: null, type: "message", data: "" };
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "data") data.push(value);
    else if (field === "event") event.type = value;
    else if (field === "id" && !value.includes("\u0000")) event.id = value;
  }
  return data.length === 0 ? null : { ...event, data: data.join("\n") };
}

function openStream(
  address: ServerAddress,
  path: string,
  after: string | null,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers: Record<string, string> = { accept: "text/event-stream" };
  if (after !== null) headers["last-event-id"] = after;
  if (address.kind === "url" && address.token !== null) headers["authorization"] = `Bearer ${address.token}`;
  return new Promise((resolve, reject) => {
    const request = open(address, path, { method: "GET", headers, timeout: SILENCE, agent: false, signal });
    request.on("timeout", () => request.destroy(new Error(`silent for ${SILENCE / 1000} s`)));
    request.on("error", (error) => {
      reject(unreachable(address, error));
    });
    request.on("response", (response) => {
      const { statusCode = 0, headers: answered } = response;
      if (statusCode === 200 && /^text\/event-stream\b/.test(answered["content-type"] ?? "")) resolve(response);
      else {
        response.destroy();
        const passing = statusCode >= 500 || statusCode === 429;
        reject(failure(`${describeAddress(address)} answered ${statusCode}, and gives no events`, { passing }));
      }
    });
    request.end();
  });
}
