/** Receivers of notices on this machine: an HTTP server, and a mail server that speaks as much SMTP as is needed. */
import { createServer as createHttpServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterAll, beforeAll } from "vitest";

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface HttpReceiver {
  url: string;
  received: Received[];
  /** What is answered next, one after the other; then 204. */
  answers: ((response: ServerResponse) => void)[];
  close(): Promise<void>;
}

/** One of each, for all tests of the file that calls this. */
export function useReceivers(): { http: HttpReceiver; mail: MailReceiver } {
  const receivers = {} as { http: HttpReceiver; mail: MailReceiver };
  beforeAll(async () => {
    receivers.http = await httpReceiver();
    receivers.mail = await mailReceiver();
  });
  afterAll(async () => {
    await receivers.http.close();
    await receivers.mail.close();
  });
  return receivers;
}

export async function httpReceiver(): Promise<HttpReceiver> {
  const received: Received[] = [];
  const answers: HttpReceiver["answers"] = [];
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() });
      const answer = answers.shift();
      if (answer === undefined) response.writeHead(204).end();
      else answer(response);
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answers,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface MailReceiver {
  port: number;
  /** Each message as it came, with the commands before it. */
  received: { commands: string[]; message: string }[];
  /** Answers to the next MAIL FROM, one after the other; then 250. */
  refusals: string[];
  close(): Promise<void>;
}

export async function mailReceiver(): Promise<MailReceiver> {
  const received: MailReceiver["received"] = [];
  const refusals: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    let commands: string[] = [];
    let message: string[] | null = null;
    let rest = "";
    const say = (line: string) => socket.write(`${line}\r\n`);
    socket.on("data", (chunk: Buffer) => {
      const lines = `${rest}${chunk.toString("latin1")}`.split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) hear(line);
    });
    say("220 mail.test");
    function hear(line: string): void {
      if (message !== null) {
        if (line !== ".") return void message.push(line);
        received.push({ commands, message: message.join("\r\n") });
        message = null;
        commands = [];
        return void say("250 taken");
      }
      commands.push(line);
      const verb = line.split(" ")[0]?.toUpperCase();
      if (verb === "EHLO") say("250-mail.test\r\n250 AUTH PLAIN");
      else if (verb === "STARTTLS") say("502 not here");
      else if (verb === "AUTH") say("235 welcome");
      else if (verb === "MAIL") say(refusals.shift() ?? "250 ok");
      else if (verb === "DATA") {
        message = [];
        say("354 go on");
      } else if (verb === "QUIT") socket.end("221 bye\r\n");
      else say("250 ok");
    }
  });
  const port = await listen(server);
  return {
    port,
    received,
    refusals,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
