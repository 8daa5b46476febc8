/** Connections that break, are refused or lead elsewhere, against real servers on loopback. */
import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { asked, failure, host, json, useHosts } from "./real-hosts.js";
import { createWorld, DATE, REPO, START, TOKEN } from "./world.js";

const hosts = useHosts();

describe("connections", () => {
  it("that break after a dispatch arrived do not repeat it, also where they were kept alive", async () => {
    let dispatches = 0;
    hosts.onApi = (request, response) => {
      if (request.method === "GET") json(response, 404, {});
      else if (++dispatches > 0) request.socket.destroy();
    };
    await hosts.github.release(REPO, 12);
    const error = await failure(hosts.github.repositoryDispatch(REPO, "build-chain", {}, 0));
    expect(error).toMatchObject({ kind: "unknown", status: 0 });
    expect(dispatches).toBe(1);
  });

  it("that break within the answer to a read make it be read again", async () => {
    hosts.onApi = (_request, response) => {
      if (asked(hosts.api).length > 1) response.writeHead(200, { "content-type": "text/plain" }).end("whole file");
      else response.writeHead(200, { "content-length": 100 }).write("half a f", () => response.destroy());
    };
    expect(await hosts.github.readFile(REPO, "a.conf", "main")).toBe("whole file");
    expect(hosts.slept).toEqual([1_000]);
  });

  it("follow a renamed repository when reading, and take no token to another host", async () => {
    hosts.onApi = (request, response) => {
      if (request.url === "/api/v3/repositories/9")
        response.writeHead(301, { location: `${hosts.blobs.url}/elsewhere` }).end();
      else response.writeHead(301, { location: `${hosts.api.url}/api/v3/repositories/9` }).end();
    };
    hosts.onBlob = (_request, response) => {
      json(response, 200, { full_name: "acme/sdk2", default_branch: "main", private: false });
    };
    expect(await hosts.github.repository(REPO)).toMatchObject({ fullName: "acme/sdk2" });
    expect(asked(hosts.api).map(({ headers }) => headers.authorization)).toEqual([`token ${TOKEN}`, `token ${TOKEN}`]);
    expect(hosts.blobs.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
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
    hosts.onApi = (_request, response) => {
      waiting.push(response);
      // None is answered before all are here.
      if (waiting.length === 8) for (const each of waiting) each.writeHead(204, DATE).end();
    };
    const sent = Array.from({ length: 8 }, () => hosts.github.repositoryDispatch(REPO, "build-chain", {}, 0));
    expect(await Promise.all(sent)).toEqual(Array.from({ length: 8 }, () => ({ at: START })));
    expect(hosts.slept).toEqual([]);
  });
});
