import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/program.js";
import { parts } from "./client-parts.js";
import { startFakeServer, type FakeServer } from "./fake-server.js";
import { liveRun, publishedRun } from "./sample-runs.js";
import { testIo } from "./test-io.js";

let server: FakeServer;
beforeEach(async () => {
  server = await startFakeServer("socket");
  server.runs = [liveRun(), { ...publishedRun(), createdAt: "2026-02-20T10:00:00.000Z" }];
});
afterEach(() => server.close());

async function cli(...args: string[]) {
  const io = testIo({ env: { DATA_DIR: server.dataDir } });
  const code = await runCli(args, io, parts);
  return { code, out: io.out(), err: io.err() };
}

describe("list --since", () => {
  const shown = async (since: string): Promise<number> => {
    const { out } = await cli("list", "--json", "--since", since);
    return (JSON.parse(out) as { items: unknown[] }).items.length;
  };

  it.each([
    ["12h", 1],
    ["30d", 2],
    ["2026-02-25", 1],
    ["2026-02-20T09:59:59Z", 2],
    ["2027-01-01T00:00+01:00", 0],
  ])("%s shows %i of two", async (since, count) => {
    expect(await shown(since)).toBe(count);
  });

  it.each(["yesterday", "2026-13-01", "2026-02-30", "2026-02-29T10:00Z", "1", ""])("refuses %j", async (since) => {
    expect(await cli("list", "--since", since)).toMatchObject({
      code: 2,
      err: expect.stringContaining("is neither a time") as string,
    });
  });
});

describe("list", () => {
  it("goes through all pages with --after, and names what comes there", async () => {
    const older = (id: string) => ({ ...publishedRun(), id });
    server.runs = ["c", "b", "a"].map(older);
    const first = await cli("list", "--limit", "1");
    const [, next = ""] = /There are more: --after (\S+)\n$/.exec(first.out) ?? [];
    expect(next).not.toBe("");
    await cli("list", "--limit", "1", "--after", next);
    expect(server.requests.at(-1)).toBe(`GET /api/v1/runs?limit=1&after=${next}`);
  });
});

describe("status", () => {
  it("tells of notices that were not delivered, and of no others", async () => {
    const notice = { target: "slack", title: "acme/product@v1.0.0 failed", attempts: 1, retryAt: null, detail: null };
    server.artifacts.set(`runs/${liveRun().id}/notices`, [
      {
        items: [
          { ...notice, state: "sent" },
          { ...notice, state: "pending", attempts: 0 },
          { ...notice, state: "failed", detail: "it answered 404\u001b[2J" },
        ],
        next: "msg/3",
      },
      {
        items: [{ ...notice, target: "mail", state: "pending", detail: "x", retryAt: "2026-03-01T11:00:00.000Z" }],
        next: null,
      },
    ]);
    const { out } = await cli("status");
    expect(out.slice(out.indexOf("Notices"))).toBe(
      'Notices that were not delivered\n  slack: "acme/product@v1.0.0 failed": it answered 404 [2J; given up\n' +
        '  mail: "acme/product@v1.0.0 failed": x; again at 2026-03-01 11:00:00Z\n',
    );
    expect(server.requests.at(-1)).toMatch(/\/notices\?after=msg%2F3&limit=1000$/);
    server.artifacts.clear();
    expect((await cli("status")).out).not.toContain("Notices");
  });
});
