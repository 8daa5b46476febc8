/** Clients of the hand-off that misbehave. */
import { once } from "node:events";
import { request as send, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { addressOf, get, NAMES, start, type Started } from "./hand-off-server.js";

describe("clients that", () => {
  /** Asks for the file without end, and waits until it comes. */
  async function begin(started: Started): Promise<IncomingMessage> {
    const asked = send(addressOf(started, NAMES.huge), { agent: false }).end();
    asked.on("error", () => undefined);
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    answer.on("error", () => undefined);
    await once(answer, "readable");
    return answer;
  }

  it("go away leave nothing open", async () => {
    const started = await start();
    const answer = await begin(started);
    expect(started.store.opened).toBe(1);
    answer.destroy();
    await expect.poll(() => started.store.opened).toBe(0);
    expect(started.log()).not.toContain("could not be handed on");
  });

  it("take nothing are given no more than connections hold, and are cut off", async () => {
    const started = await start({ stallAfter: 100 });
    const answer = await begin(started);
    await expect.poll(() => started.store.opened).toBe(0);
    expect(started.store.given).toBeLessThan(64 * 1024 * 1024);
    answer.destroy();
  });

  it("are too many are asked to come again", async () => {
    const started = await start({ maxStreams: 1 });
    const answer = await begin(started);
    const refused = await get(addressOf(started, NAMES.image));
    expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "10" } });
    answer.destroy();
    await expect.poll(() => started.store.opened).toBe(0);
    expect(await get(addressOf(started, NAMES.image))).toMatchObject({ status: 200 });
  });

  it("meet a disk that fails get no more than was read, and the log says why", async () => {
    const started = await start();
    started.store.stream = () =>
      new Readable({
        read() {
          this.destroy(new Error("EIO: the disk"));
        },
      });
    await expect(get(addressOf(started, NAMES.image))).rejects.toThrow();
    expect(started.log()).toContain("EIO: the disk");
  });
});
