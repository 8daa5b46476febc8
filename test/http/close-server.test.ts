/** What becomes of connections and of the port when the server is closed. */
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { ask, start, targets } from "./listening-server.js";

describe("close", () => {
  function open(url: string): Promise<Socket> {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    return once(socket, "connect").then(() => socket);
  }

  it("cuts idle connections at once", async () => {
    const { server, urls } = await start({ closeGrace: 60_000 });
    const silent = await open(urls.public);
    const kept = await open(urls.local ?? "");
    kept.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await once(kept, "data");
    const ends = [silent, kept].map((socket) =>
      once(
        socket.on("error", () => undefined),
        "close",
      ),
    );
    await server.close();
    await Promise.all(ends);
    await expect(ask(targets(urls, "/healthz").public)).rejects.toThrow("ECONNREFUSED");
  });

  it("lets a request in hand end", async () => {
    let finish = (): void => undefined;
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const { server, urls } = await start({
      closeGrace: 60_000,
      webhooks: async (_, response) => {
        arrive();
        await new Promise<void>((resolve) => (finish = resolve));
        response.end("done");
      },
    });
    const agent = ask({ url: `${urls.public}/api/github/webhooks` }, { method: "POST" });
    await arrived;
    const closed = server.close();
    finish();
    expect(await agent).toMatchObject({ status: 200, body: "done" });
    await closed;
  });

  it("cuts a request that does not end within the grace", async () => {
    const { server, urls } = await start({ closeGrace: 20, webhooks: () => new Promise(() => undefined) });
    const hanging = ask({ url: `${urls.public}/api/github/webhooks` }, { method: "POST" });
    const failed = expect(hanging).rejects.toThrow("socket hang up");
    const probe = await ask(targets(urls, "/healthz").public); // the other request was read before
    expect(probe.status).toBe(200);
    await server.close();
    await failed;
  });

  it("may be called twice", async () => {
    const { server } = await start();
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});

it("a plain server of Node takes the port afterwards", async () => {
  const { server, urls } = await start();
  await server.close();
  const next = createServer().listen(Number(new URL(urls.public).port), "127.0.0.1");
  onTestFinished(() => void next.close());
  await once(next, "listening");
});
