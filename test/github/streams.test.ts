/** Uploads, downloads and broken connections, against real servers on loopback: an API and a host of blobs. */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GitHubError } from "../../src/coordinator/ports.js";
import type { Download, GitHub } from "../../src/coordinator/ports.js";
import { fileNameOf } from "../../src/github/downloads.js";
import { DATE, REPO, START, TOKEN, asset, createWorld } from "./world.js";

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

interface Host {
  url: string;
  seen: { path: string; headers: IncomingMessage["headers"] }[];
  close(): Promise<void>;
}

async function host(handler: Handler): Promise<Host> {
  const seen: Host["seen"] = [];
  const server: Server = createServer((request, response) => {
    seen.push({ path: request.url ?? "", headers: request.headers });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

let onApi: Handler;
let onBlob: Handler;
let api: Host;
let blobs: Host;
let github: GitHub;
let slept: number[];

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { ...DATE, "content-type": "application/json" }).end(JSON.stringify(body));
}

beforeEach(async () => {
  blobs = await host((request, response) => onBlob(request, response));
  api = await host((request, response) => {
    if (request.url === "/api/v3/repos/acme/sdk/installation") {
      json(response, 200, { id: 77, permissions: {} });
    } else if (request.url === "/api/v3/app/installations/77/access_tokens") {
      json(response, 201, { token: TOKEN, expires_at: new Date(START + 3_600_000).toISOString() });
    } else {
      onApi(request, response);
    }
  });
  ({ github, slept } = createWorld({ baseUrl: `${api.url}/api/v3` }));
});

afterEach(async () => {
  await Promise.all([api.close(), blobs.close()]);
});

async function failure(promise: Promise<unknown>): Promise<GitHubError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GitHubError);
  return error as GitHubError;
}

/** Requests that were not about credentials. */
function asked(server: Host): Host["seen"] {
  return server.seen.filter(({ path }) => !/installation|access_tokens/.test(path));
}

function never(): AbortSignal {
  return new AbortController().signal;
}

describe("uploadAsset", () => {
  const chunk = Buffer.alloc(64 * 1024, 7);
  const chunks = 40;
  let opened: Readable[];

  function upload(signal = never(), source: () => Iterable<Buffer> | AsyncIterable<Buffer> = whole): Promise<unknown> {
    opened = [];
    return github.uploadAsset(
      REPO,
      `${api.url}/api/uploads/repos/acme/sdk/releases/12/assets{?name,label}`,
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
    onApi = async (request, response) => {
      received = (await buffer(request)).length;
      json(response, 201, asset());
    };
    expect(await upload()).toMatchObject({ id: 31 });
    expect(received).toBe(chunks * chunk.length);
    const [request] = asked(api);
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
    onApi = async (request, response) => {
      // Nothing is taken while this process could read all of it many times over.
      for (let turn = 0; turn < 5_000; turn++) await nextTurn();
      ahead = read;
      json(response, 201, asset({ size: (await buffer(request)).length }));
    };
    const request = { name: "image.wic", contentType: "application/octet-stream", size, open };
    expect(await github.uploadAsset(REPO, `${api.url}/api/uploads/x`, request, never())).toMatchObject({ size });
    // What the kernel's buffers hold counts as well.
    expect(ahead).toBeLessThan(size / 4);
  });

  it("asks fetch for nothing that makes it keep a copy of the body", async () => {
    const asked: RequestInit[] = [];
    const { github: watched } = createWorld({
      baseUrl: `${api.url}/api/v3`,
      fetch: (url, init) => {
        asked.push(init ?? {});
        return fetch(url, init);
      },
    });
    onApi = async (request, response) => {
      json(response, 201, asset({ size: (await buffer(request)).length }));
    };
    const request = { name: "a", contentType: "text/plain", size: 4, open: () => Readable.from([Buffer.from("four")]) };
    await watched.uploadAsset(REPO, `${api.url}/api/uploads/x`, request, never());
    expect(asked.filter(({ body }) => body instanceof ReadableStream)).toMatchObject([{ redirect: "error" }]);
  });

  it("sends an empty file", async () => {
    onApi = async (request, response) => {
      await buffer(request);
      json(response, 201, asset({ size: 0 }));
    };
    await github.uploadAsset(
      REPO,
      `${api.url}/api/uploads/x`,
      { name: "empty", contentType: "text/plain", size: 0, open: () => Readable.from([]) },
      never(),
    );
    expect(asked(api)[0]?.headers["content-length"]).toBe("0");
  });

  it("opens the file anew after a rate limit", async () => {
    const received: number[] = [];
    onApi = async (request, response) => {
      received.push((await buffer(request)).length);
      if (received.length > 1) json(response, 201, asset());
      else response.writeHead(429, { "retry-after": "3" }).end("{}");
    };
    await upload();
    expect(received).toEqual([chunks * chunk.length, chunks * chunk.length]);
    expect(slept).toEqual([3_000]);
    expect(opened.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it("is sent once and closes its file where the connection breaks half-way", async () => {
    onApi = (request) => request.once("data", () => request.socket.destroy());
    expect(await failure(upload())).toMatchObject({ kind: "unknown", status: 0 });
    expect(asked(api)).toHaveLength(1);
    expect(opened.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  it("is refused where the answer comes before the file was sent", async () => {
    onApi = (_request, response) => {
      json(response, 422, { message: "Validation Failed", errors: [{ code: "already_exists" }] });
    };
    const error = await failure(upload());
    // The connection may be closed before the answer is read; then it is not known.
    expect(error.kind === "refused" ? [error.status, error.codes] : [422, ["already_exists"]]).toEqual([
      422,
      ["already_exists"],
    ]);
    expect(asked(api)).toHaveLength(1);
    expect(opened.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  it("fails where the file is shorter than was said", async () => {
    onApi = (request) => request.resume();
    const error = await failure(upload(never(), () => [chunk]));
    expect(error).toMatchObject({ kind: "unknown", status: 0 });
    expect(error.message).toContain("content-length");
  });

  it("fails where the file cannot be read", async () => {
    onApi = (request) => request.resume();
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
    onApi = (request) =>
      request.once("data", () => {
        stop.abort(new Error("shutting down"));
      });
    const error = await failure(upload(stop.signal));
    expect(error).toMatchObject({ kind: "unknown", status: 0 });
    expect(error.message).toContain("shutting down");
    expect(opened.map(({ destroyed }) => destroyed)).toEqual([true]);
  });
});

const DOWNLOADS: [string, string, (signal: AbortSignal) => Promise<Download>][] = [
  ["downloadArtifact", "/repos/acme/sdk/actions/artifacts/8/zip", (signal) => github.downloadArtifact(REPO, 8, signal)],
  ["downloadAsset", "/repos/acme/sdk/releases/assets/31", (signal) => github.downloadAsset(REPO, 31, signal)],
];

describe.each(DOWNLOADS)("%s", (_name, path, download) => {
  function redirect(response: ServerResponse): void {
    response.writeHead(302, { ...DATE, location: `${blobs.url}/store/${asked(api).length}.zip?sig=secret` }).end();
  }

  it("follows to another host without the token, and describes what comes", async () => {
    onApi = (_request, response) => {
      redirect(response);
    };
    onBlob = (_request, response) => {
      const headers = { "content-type": "application/zip", "content-disposition": 'attachment; filename="image.zip"' };
      response.writeHead(200, { ...headers, "content-length": 5, etag: '"e1"' }).end("bytes");
    };
    const { body, ...rest } = await download(never());
    expect(rest).toEqual({
      contentType: "application/zip",
      fileName: "image.zip",
      urlPath: "/store/1.zip",
      size: 5,
      offset: 0,
      etag: '"e1"',
    });
    expect(await text(body)).toBe("bytes");
    expect(asked(api)[0]?.path).toBe(`/api/v3${path}`);
    expect(asked(api)[0]?.headers.authorization).toBe(`token ${TOKEN}`);
    expect(JSON.stringify(blobs.seen)).not.toContain(TOKEN);
    expect(blobs.seen[0]?.headers.authorization).toBeUndefined();
    expect(blobs.seen[0]?.headers["accept-encoding"]).toBe("identity");
  });

  it("takes the bytes where the API gives them itself", async () => {
    onApi = (_request, response) => response.writeHead(200, { "content-type": "application/octet-stream" }).end("raw");
    const { body, ...rest } = await download(never());
    expect(rest).toMatchObject({ contentType: "application/octet-stream", fileName: null, size: null });
    expect(await text(body)).toBe("raw");
  });

  it("hands on what has come before the rest is there", async () => {
    let finish: (() => void) | undefined;
    onApi = (_request, response) => {
      redirect(response);
    };
    onBlob = (_request, response) => {
      response.writeHead(200).write("first");
      finish = () => response.end(" last");
    };
    const { body } = await download(never());
    const first = await new Promise((resolve) => body.once("data", resolve));
    expect(String(first)).toBe("first");
    finish?.();
    expect(await text(body)).toBe(" last");
  });

  it("breaks off when its signal fires", async () => {
    const stop = new AbortController();
    onApi = (_request, response) => {
      redirect(response);
    };
    onBlob = (_request, response) => response.writeHead(200).write("first");
    const { body } = await download(stop.signal);
    stop.abort(new Error("shutting down"));
    await expect(text(body)).rejects.toThrow("shutting down");
  });

  it("stops while it waits to try again", async () => {
    const stop = new AbortController();
    onApi = (_request, response) => {
      redirect(response);
    };
    onBlob = (_request, response) => {
      response.writeHead(503).end();
      stop.abort(new Error("shutting down"));
    };
    expect(await failure(download(stop.signal))).toMatchObject({ kind: "unknown" });
    expect(blobs.seen).toHaveLength(1);
    expect(slept).toEqual([]);
  });

  it("fails as a stream where the connection breaks", async () => {
    onApi = (_request, response) => {
      redirect(response);
    };
    onBlob = (_request, response) => {
      response.writeHead(200, { "content-length": 100 }).write("first", () => response.destroy());
    };
    const { body } = await download(never());
    await expect(text(body)).rejects.toThrow();
  });

  it("asks for a fresh URL where the blob's host fails", async () => {
    onApi = (_request, response) => {
      redirect(response);
    };
    onBlob = (request, response) => {
      if (blobs.seen.length === 1) request.socket.destroy();
      else response.writeHead(blobs.seen.length === 2 ? 403 : 200).end("bytes");
    };
    expect(await text((await download(never())).body)).toBe("bytes");
    expect(blobs.seen.map((request) => request.path.split("?")[0])).toEqual([
      "/store/1.zip",
      "/store/2.zip",
      "/store/3.zip",
    ]);
    expect(slept).toEqual([1_000, 2_000]);
  });

  it("gives up in the end, without showing the URL", async () => {
    onApi = (_request, response) => {
      redirect(response);
    };
    onBlob = (_request, response) => response.writeHead(403).end();
    const error = await failure(download(never()));
    expect(error).toMatchObject({ kind: "unknown", status: 403 });
    expect(error.message).toContain(path);
    expect(error.message).not.toContain("sig=");
    expect(asked(api)).toHaveLength(4);
  });

  it.each([404, 410])("is refused by %i, once", async (status) => {
    onApi = (_request, response) => {
      json(response, status, { message: "Gone" });
    };
    const error = await failure(download(never()));
    expect(error).toMatchObject({ kind: "refused", status });
    expect(error.message).toContain(status === 410 ? "expired" : "Check that");
    expect(asked(api)).toHaveLength(1);
  });

  it("names a redirect that leads nowhere", async () => {
    onApi = (_request, response) => response.writeHead(302, { location: "http://" }).end();
    expect(await failure(download(never()))).toMatchObject({ kind: "unknown", status: 302 });
  });
});

describe("connections", () => {
  it("that break after a dispatch arrived do not repeat it, also where they were kept alive", async () => {
    let dispatches = 0;
    onApi = (request, response) => {
      if (request.method === "GET") json(response, 404, {});
      else if (++dispatches > 0) request.socket.destroy();
    };
    await github.release(REPO, 12);
    const error = await failure(github.repositoryDispatch(REPO, "build-chain", {}, 0));
    expect(error).toMatchObject({ kind: "unknown", status: 0 });
    expect(dispatches).toBe(1);
  });

  it("that break within the answer to a read make it be read again", async () => {
    onApi = (_request, response) => {
      if (asked(api).length > 1) response.writeHead(200, { "content-type": "text/plain" }).end("whole file");
      else response.writeHead(200, { "content-length": 100 }).write("half a f", () => response.destroy());
    };
    expect(await github.readFile(REPO, "a.conf", "main")).toBe("whole file");
    expect(slept).toEqual([1_000]);
  });

  it("follow a renamed repository when reading, and take no token to another host", async () => {
    onApi = (request, response) => {
      if (request.url === "/api/v3/repositories/9")
        response.writeHead(301, { location: `${blobs.url}/elsewhere` }).end();
      else response.writeHead(301, { location: `${api.url}/api/v3/repositories/9` }).end();
    };
    onBlob = (_request, response) => {
      json(response, 200, { full_name: "acme/sdk2", default_branch: "main", private: false });
    };
    expect(await github.repository(REPO)).toMatchObject({ fullName: "acme/sdk2" });
    expect(asked(api).map(({ headers }) => headers.authorization)).toEqual([`token ${TOKEN}`, `token ${TOKEN}`]);
    expect(blobs.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it("that are refused are told with their reason", async () => {
    const gone = await host(() => undefined);
    await gone.close();
    const world = createWorld({ baseUrl: gone.url });
    const error = await failure(world.github.botLogin());
    expect(error).toMatchObject({ kind: "unknown", status: 0 });
    expect(error.message).toContain("ECONNREFUSED");
  });

  it("send eight dispatches at once, not one after the other", async () => {
    const waiting: ServerResponse[] = [];
    onApi = (_request, response) => {
      waiting.push(response);
      // None is answered before all are here.
      if (waiting.length === 8) for (const each of waiting) each.writeHead(204, DATE).end();
    };
    const sent = Array.from({ length: 8 }, () => github.repositoryDispatch(REPO, "build-chain", {}, 0));
    expect(await Promise.all(sent)).toEqual(Array.from({ length: 8 }, () => ({ at: START })));
    expect(slept).toEqual([]);
  });
});

describe("fileNameOf", () => {
  it.each([
    ['attachment; filename="a b.zip"', "a b.zip"],
    ["attachment; filename=a.zip", "a.zip"],
    [`attachment; filename="x.zip"; filename*=UTF-8''gr%C3%BC%C3%9Fe.zip`, "grüße.zip"],
    [`attachment; filename="x.zip"; filename*=UTF-8''%E0%A4%A`, "x.zip"],
    ['attachment; filename="a\\"b.zip"', 'a"b.zip'],
    ["inline", null],
    ["", null],
  ])("of %s is %s", (disposition, name) => {
    expect(fileNameOf(disposition)).toBe(name);
  });
});
