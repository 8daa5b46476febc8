/** Uploads and what breaks them, against real servers on loopback. */
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { asked, failure, json, never, useHosts } from "./real-hosts.js";
import { asset, createWorld, REPO, TOKEN } from "./world.js";

const hosts = useHosts();

describe("uploadAsset", () => {
  const chunk = Buffer.alloc(64 * 1024, 7);
  const chunks = 40;
  let opened: Readable[];

  function upload(signal = never(), source: () => Iterable<Buffer> | AsyncIterable<Buffer> = whole): Promise<unknown> {
    opened = [];
    return hosts.github.uploadAsset(
      REPO,
      `${hosts.api.url}/api/uploads/repos/acme/sdk/releases/12/assets{?name,label}`,
      {
        name: "image.wic",
        contentType: "application/x-raw-disk-image",
        size: chunks * chunk.length,
        open() {
          const stream = Readable.from(source());
          opened.push(stream);
          return stream;
        },
      },
      signal,
    );
  }

  function* whole(): Iterable<Buffer> {
    for (let index = 0; index < chunks; index++) yield chunk;
  }

  it("streams with its length and type, to the upload URL, with the token", async () => {
    let received = 0;
    hosts.onApi = async (request, response) => {
      received = (await buffer(request)).length;
      json(response, 201, asset());
    };
    expect(await upload()).toMatchObject({ id: 31 });
    expect(received).toBe(chunks * chunk.length);
    const [request] = asked(hosts.api);
    expect(request?.path).toBe("/api/uploads/repos/acme/sdk/releases/12/assets?name=image.wic");
    expect(request?.headers).toMatchObject({
      "content-length": String(chunks * chunk.length),
      "content-type": "application/x-raw-disk-image",
      authorization: `token ${TOKEN}`,
    });
    expect(request?.headers["transfer-encoding"]).toBeUndefined();
  });

  it("reads no further ahead than the other side takes", async () => {
    const size = 96 * 1024 * 1024;
    let read = 0;
    let ahead = 0;
    const open = (): Readable =>
      new Readable({
        highWaterMark: 256 * 1024,
        read() {
          this.push(read < size ? chunk : null);
          read = Math.min(size, read + chunk.length);
        },
      });
    hosts.onApi = async (request, response) => {
      // Nothing is taken while this process could read all of it many times over.
      for (let turn = 0; turn < 5_000; turn++) await nextTurn();
      ahead = read;
      json(response, 201, asset({ size: (await buffer(request)).length }));
    };
    const request = { name: "image.wic", contentType: "application/octet-stream", size, open };
    expect(await hosts.github.uploadAsset(REPO, `${hosts.api.url}/api/uploads/x`, request, never())).toMatchObject({
      size,
    });
    // What the kernel's buffers hold counts as well.
    expect(ahead).toBeLessThan(size / 4);
  });

  it("goes past fetch, which would keep a copy of the body", async () => {
    const byFetch: RequestInit[] = [];
    const { github: watched } = createWorld({
      baseUrl: `${hosts.api.url}/api/v3`,
      fetch: (url, init) => {
        byFetch.push(init ?? {});
        return fetch(url, init);
      },
    });
    hosts.onApi = async (request, response) => {
      json(response, 201, asset({ size: (await buffer(request)).length }));
    };
    const request = { name: "a", contentType: "text/plain", size: 4, open: () => Readable.from([Buffer.from("four")]) };
    const never = new AbortController().signal;
    expect(await watched.uploadAsset(REPO, `${hosts.api.url}/api/uploads/x`, request, never)).toMatchObject({
      size: 4,
    });
    expect(byFetch.map(({ method }) => method)).toEqual(["GET", "POST"]);
    expect(byFetch.filter(({ body }) => body !== undefined && typeof body !== "string")).toEqual([]);
  });

  it("sends an empty file", async () => {
    hosts.onApi = async (request, response) => {
      await buffer(request);
      json(response, 201, asset({ size: 0 }));
    };
    await hosts.github.uploadAsset(
      REPO,
      `${hosts.api.url}/api/uploads/x`,
      { name: "empty", contentType: "text/plain", size: 0, open: () => Readable.from([]) },
      never(),
    );
    expect(asked(hosts.api)[0]?.headers["content-length"]).toBe("0");
  });

  it("opens the file anew after a rate limit", async () => {
    const received: number[] = [];
    hosts.onApi = async (request, response) => {
      received.push((await buffer(request)).length);
      if (received.length > 1) json(response, 201, asset());
      else response.writeHead(429, { "retry-after": "3" }).end("{}");
    };
    await upload();
    expect(received).toEqual([chunks * chunk.length, chunks * chunk.length]);
    expect(hosts.slept).toEqual([3_000]);
    expect(opened.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it("is sent once and closes its file where the connection breaks half-way", async () => {
    hosts.onApi = (request) => request.once("data", () => request.socket.destroy());
    expect(await failure(upload())).toMatchObject({ kind: "unknown", status: 0 });
    expect(asked(hosts.api)).toHaveLength(1);
    expect(opened.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  it("is refused where the answer comes before the file was sent", async () => {
    hosts.onApi = (_request, response) => {
      json(response, 422, { message: "Validation Failed", errors: [{ code: "already_exists" }] });
    };
    const error = await failure(upload());
    // The connection may be closed before the answer is read; then it is not known.
    expect(error.kind === "refused" ? [error.status, error.codes] : [422, ["already_exists"]]).toEqual([
      422,
      ["already_exists"],
    ]);
    expect(asked(hosts.api)).toHaveLength(1);
    expect(opened.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  it("fails where the file is shorter than was said", async () => {
    hosts.onApi = (request) => request.resume();
    const error = await failure(upload(never(), () => [chunk]));
    expect(error).toMatchObject({ kind: "unknown", status: 0 });
    expect(error.message).toContain("content-length");
  });

  it("fails where the file cannot be read", async () => {
    hosts.onApi = (request) => request.resume();
    const error = await failure(
      upload(never(), async function* () {
        yield await Promise.resolve(chunk);
        throw new Error("EIO: the disk is broken");
      }),
    );
    expect(error.message).toContain("EIO: the disk is broken");
  });

  it("stops when its signal fires", async () => {
    const stop = new AbortController();
    hosts.onApi = (request) =>
      request.once("data", () => {
        stop.abort(new Error("shutting down"));
      });
    const error = await failure(upload(stop.signal));
    expect(error).toMatchObject({ kind: "unknown", status: 0 });
    expect(error.message).toContain("shutting down");
    expect(opened.map(({ destroyed }) => destroyed)).toEqual([true]);
  });
});
