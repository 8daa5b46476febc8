/** Downloads and what breaks them, against real servers on loopback: an API and a host of blobs. */
import type { ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { Download } from "../../src/coordinator/ports.js";
import { duringWork } from "../../src/coordinator/work.js";
import { fileNameOf } from "../../src/github/downloads.js";
import { until } from "../until.js";
import { asked, failure, json, never, useHosts } from "./real-hosts.js";
import { DATE, REPO, TOKEN } from "./world.js";

const hosts = useHosts();

const DOWNLOADS: [string, string, (signal: AbortSignal) => Promise<Download>][] = [
  [
    "downloadArtifact",
    "/repos/acme/sdk/actions/artifacts/8/zip",
    (signal) => hosts.github.downloadArtifact(REPO, 8, signal),
  ],
  ["downloadAsset", "/repos/acme/sdk/releases/assets/31", (signal) => hosts.github.downloadAsset(REPO, 31, signal)],
];

describe.each(DOWNLOADS)("%s", (_name, path, download) => {
  function redirect(response: ServerResponse): void {
    response
      .writeHead(302, { ...DATE, location: `${hosts.blobs.url}/store/${asked(hosts.api).length}.zip?sig=secret` })
      .end();
  }

  /** "first" comes at once, and " last" when what is returned is called. */
  function inTwoParts(): () => void {
    let finish: (() => void) | undefined;
    hosts.onApi = (_request, response) => {
      redirect(response);
    };
    hosts.onBlob = (_request, response) => {
      response.writeHead(200).write("first");
      finish = () => response.end(" last");
    };
    return () => finish?.();
  }

  it("follows to another host without the token, and describes what comes", async () => {
    hosts.onApi = (_request, response) => {
      redirect(response);
    };
    hosts.onBlob = (_request, response) => {
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
    expect(asked(hosts.api)[0]?.path).toBe(`/api/v3${path}`);
    expect(asked(hosts.api)[0]?.headers.authorization).toBe(`token ${TOKEN}`);
    expect(JSON.stringify(hosts.blobs.seen)).not.toContain(TOKEN);
    expect(hosts.blobs.seen[0]?.headers.authorization).toBeUndefined();
    expect(hosts.blobs.seen[0]?.headers["accept-encoding"]).toBe("identity");
  });

  it("tells, for the work in hand, of the bytes once all are here, and nothing of where they were", async () => {
    const finish = inTwoParts();
    const ofBytes = () => hosts.told.filter(({ route }) => route === "{blob}");
    const { body } = await duringWork({ runId: "one" }, () => download(never()));
    expect(ofBytes()).toEqual([]);
    finish();
    expect(await text(body)).toBe("first last");
    await until(() => ofBytes()[0] ?? null);
    expect(ofBytes()).toMatchObject([{ runId: "one", method: "GET", repo: REPO, status: 200 }]);
    const gone = await duringWork({ runId: "two" }, () => download(AbortSignal.timeout(60_000)));
    gone.body.destroy();
    expect(await until(() => ofBytes()[1] ?? null)).toMatchObject({ runId: "two" });
    expect(JSON.stringify(hosts.told)).not.toMatch(/secret|\.zip|127\.0/);
  });

  it("takes the bytes where the API gives them itself", async () => {
    hosts.onApi = (_request, response) =>
      response.writeHead(200, { "content-type": "application/octet-stream" }).end("raw");
    const { body, ...rest } = await download(never());
    expect(rest).toMatchObject({ contentType: "application/octet-stream", fileName: null, size: null });
    expect(await text(body)).toBe("raw");
  });

  it("hands on what has come before the rest is there", async () => {
    const finish = inTwoParts();
    const { body } = await download(never());
    const first = await new Promise((resolve) => body.once("data", resolve));
    expect(String(first)).toBe("first");
    finish();
    expect(await text(body)).toBe(" last");
  });

  it("breaks off when its signal fires", async () => {
    const stop = new AbortController();
    hosts.onApi = (_request, response) => {
      redirect(response);
    };
    hosts.onBlob = (_request, response) => response.writeHead(200).write("first");
    const { body } = await download(stop.signal);
    stop.abort(new Error("shutting down"));
    await expect(text(body)).rejects.toThrow("shutting down");
  });

  it("stops while it waits to try again", async () => {
    const stop = new AbortController();
    hosts.onApi = (_request, response) => {
      redirect(response);
    };
    hosts.onBlob = (_request, response) => {
      response.writeHead(503).end();
      stop.abort(new Error("shutting down"));
    };
    expect(await failure(download(stop.signal))).toMatchObject({ kind: "unknown" });
    expect(hosts.blobs.seen).toHaveLength(1);
    expect(hosts.slept).toEqual([]);
  });

  it("fails as a stream where the connection breaks", async () => {
    hosts.onApi = (_request, response) => {
      redirect(response);
    };
    hosts.onBlob = (_request, response) => {
      response.writeHead(200, { "content-length": 100 }).write("first", () => response.destroy());
    };
    const { body } = await download(never());
    await expect(text(body)).rejects.toThrow();
  });

  it("asks for a fresh URL where the blob's host fails", async () => {
    hosts.onApi = (_request, response) => {
      redirect(response);
    };
    hosts.onBlob = (request, response) => {
      if (hosts.blobs.seen.length === 1) request.socket.destroy();
      else response.writeHead(hosts.blobs.seen.length === 2 ? 403 : 200).end("bytes");
    };
    expect(await text((await download(never())).body)).toBe("bytes");
    expect(hosts.blobs.seen.map((request) => request.path.split("?")[0])).toEqual([
      "/store/1.zip",
      "/store/2.zip",
      "/store/3.zip",
    ]);
    expect(hosts.slept).toEqual([1_000, 2_000]);
  });

  it("gives up in the end, without showing the URL", async () => {
    hosts.onApi = (_request, response) => {
      redirect(response);
    };
    hosts.onBlob = (_request, response) => response.writeHead(403).end();
    const error = await failure(download(never()));
    expect(error).toMatchObject({ kind: "unknown", status: 403 });
    expect(error.message).toContain(path);
    expect(error.message).not.toContain("sig=");
    expect(asked(hosts.api)).toHaveLength(4);
  });

  it.each([404, 410])("is refused by %i, once", async (status) => {
    hosts.onApi = (_request, response) => {
      json(response, status, { message: "Gone" });
    };
    const error = await failure(download(never()));
    expect(error).toMatchObject({ kind: "refused", status });
    expect(error.message).toContain(status === 410 ? "expired" : "Check that");
    expect(asked(hosts.api)).toHaveLength(1);
  });

  it("names a redirect that leads nowhere", async () => {
    hosts.onApi = (_request, response) => response.writeHead(302, { location: "http://" }).end();
    expect(await failure(download(never()))).toMatchObject({ kind: "unknown", status: 302 });
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
