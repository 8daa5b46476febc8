import { describe, expect, it } from "vitest";
import type { Actor } from "../../src/coordinator/access-port.js";
import { createRequestLimits, type RequestRates } from "../../src/http/request-limits.js";
import { aPublicServer } from "./a-public-server.js";

const few = { perMinute: 1, burst: 1 };
const rates: RequestRates = { address: few, reads: few, writes: few, signIns: few };

function limits() {
  const time = { now: 0 };
  return { time, limits: createRequestLimits({ now: () => time.now }, 0, rates) };
}

describe("what comes from one address", () => {
  it.each([
    ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
    ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
    ["2001:db8::1", "2001:db8:0:0:1:2:3:4", true],
    ["::1", "0:0:0:0:5::", true],
    ["::ffff:192.0.2.7", "192.0.2.7", true],
    ["192.0.2.7", "192.0.2.8", false],
  ])("%s and %s count as one: %s", (one, other, isSame) => {
    const { limits: of, time } = limits();
    expect(of.ofAddress(one)).toBe(0);
    expect(of.ofAddress(other) > 0).toBe(isSame);
    time.now += 60_000;
    expect(of.ofAddress(other)).toBe(0);
  });
});

describe("what one actor asks", () => {
  const ada: Actor = { kind: "user", login: "ada", id: 1 };
  const token = (id: string): Actor => ({ kind: "token", id, name: "ci", scope: "read", login: "ada", userId: 1 });

  it("is counted for each person and each token, reads and writes apart", () => {
    const { limits: of } = limits();
    expect([of.ofActor(ada, "GET"), of.ofActor(ada, "POST")]).toEqual([0, 0]);
    expect([of.ofActor(ada, "HEAD") > 0, of.ofActor(ada, "DELETE") > 0]).toEqual([true, true]);
    expect([
      of.ofActor({ ...ada, id: 2 }, "GET"),
      of.ofActor(token("a"), "GET"),
      of.ofActor(token("b"), "GET"),
    ]).toEqual([0, 0, 0]);
    expect(of.ofActor({ ...ada, login: "renamed" }, "GET")).toBeGreaterThan(0);
  });

  it("is answered 429 with when to come again, and then answered", async () => {
    const server = aPublicServer();
    const program = await server.program();
    const statuses = [];
    for (let asked = 0; asked < 201; asked++)
      statuses.push((await server.call("GET", "/api/v1/tokens/x", program)).status);
    expect(statuses.indexOf(429)).toBe(200);
    const refused = await server.call("GET", "/api/v1/runs", program);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    server.time.now += 1_000;
    expect((await server.call("GET", "/api/v1/runs", program)).status).toBe(200);
  });
});

describe("X-Forwarded-For", () => {
  const sourceOf = async (trustProxy: number, forwarded: string) => {
    const server = aPublicServer({}, trustProxy);
    const person = await server.person("ada");
    await server.call(
      "POST",
      "/api/v1/tokens",
      { ...person, "x-forwarded-for": forwarded },
      { name: "t", scope: "read" },
    );
    return server.access.store.audit.records[0]?.source;
  };

  it.each([
    [1, "198.51.100.1", "198.51.100.1"],
    [1, "203.0.113.9, 198.51.100.1", "198.51.100.1"],
    [2, "203.0.113.9, 198.51.100.1, 10.0.0.1", "198.51.100.1"],
    [1, "2001:db8::7", "2001:db8::7"],
    [0, "198.51.100.1", null],
    [1, "<script>", null],
    [2, "198.51.100.1", null],
  ])("behind %i proxies, of %j is believed: %s", async (trustProxy, forwarded, source) => {
    expect(await sourceOf(trustProxy, forwarded)).toBe(source);
  });
});
