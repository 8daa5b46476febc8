/** Outgoing requests reach public addresses, and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OutgoingError, post } from "../../src/notices/outgoing-request.js";
import { isPublicAddress } from "../../src/notices/public-address.js";
import { httpReceiver, type HttpReceiver } from "./receivers.js";

let receiver: HttpReceiver;
beforeAll(async () => {
  receiver = await httpReceiver();
});
afterAll(() => receiver.close());

const REFUSED = [
  ["this network", "0.0.0.0"],
  ["RFC 1918", "10.0.0.1"],
  ["RFC 1918", "172.31.255.255"],
  ["RFC 1918", "192.168.1.1"],
  ["carriers", "100.64.0.1"],
  ["loopback", "127.0.0.1"],
  ["loopback", "127.255.255.254"],
  ["metadata of a cloud", "169.254.169.254"],
  ["documentation", "192.0.2.1"],
  ["benchmarks", "198.19.0.1"],
  ["multicast", "224.0.0.1"],
  ["broadcast", "255.255.255.255"],
  ["unspecified", "::"],
  ["loopback", "::1"],
  ["unique local", "fc00::1"],
  ["unique local", "fdff:ffff::1"],
  ["metadata of a cloud", "fd00:ec2::254"],
  ["link-local", "fe80::1"],
  ["site-local", "fec0::1"],
  ["multicast", "ff02::1"],
  ["IPv4-mapped", "::ffff:10.0.0.1"],
  ["IPv4-mapped, public", "::ffff:93.184.216.34"],
  ["IPv4-mapped, in hex", "::ffff:7f00:1"],
  ["IPv4-compatible", "::127.0.0.1"],
  ["NAT64", "64:ff9b::a00:1"],
  ["6to4 of 10.0.0.1", "2002:a00:1::"],
  ["Teredo", "2001:0:a00:1::"],
  ["documentation", "2001:db8::1"],
] as const;

const inUrl = (address: string): string => (address.includes(":") ? `[${address}]` : address);
const request = (url: string, allowPrivate = false) => ({
  url: new URL(url),
  headers: {},
  body: "{}",
  allowPrivate,
  signal: new AbortController().signal,
});
const resolving = (...addresses: string[]) => ({
  timeout: 2_000,
  resolve: () => Promise.resolve(addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))),
});

describe("an address that is not public", () => {
  it.each(REFUSED)("is refused as it is written, and as what a name means: %s, %s", async (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
    for (const [url, deps] of [
      [`https://${inUrl(address)}/`, resolving()],
      ["https://hooks.example.com/secret", resolving(address)],
      ["https://hooks.example.com/secret", resolving("93.184.216.34", address)],
    ] as const)
      await expect(post(request(url), deps)).rejects.toThrow(
        /^[\w.:[\]]+ has the address [\w.:]+, which is not public/,
      );
  });

  it.each([
    "http://127.1/",
    "https://0x7f.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://[::ffff:7f00:1]/",
  ])("is refused in whatever spelling: %s", async (url) => {
    await expect(post(request(url), resolving())).rejects.toThrow(OutgoingError);
  });

  it.each(["93.184.216.34", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])(
    "is not %s",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each(["", "localhost", "10.0.0", "fe80::1%eth0", "2606:4700::1%lo"])(
    "is also what is no plain address: %j",
    (text) => {
      expect(isPublicAddress(text)).toBe(false);
    },
  );
});

describe("a request", () => {
  it("goes to the address that was checked, and the name is looked up once", async () => {
    const { port } = new URL(receiver.url);
    let asked = 0;
    const deps = {
      timeout: 2_000,
      // A name that means another address each time it is asked.
      resolve: () => {
        asked += 1;
        return Promise.resolve([{ address: asked === 1 ? "127.0.0.1" : "127.0.0.2", family: 4 }]);
      },
    };
    const answer = await post(request(`http://rebinding.example:${port}/x`, true), deps);
    expect([answer.status, asked]).toEqual([204, 1]);
    expect(receiver.received.at(-1)?.headers.host).toBe(`rebinding.example:${port}`);
  });

  it("is https, unless the target may be private", async () => {
    await expect(post(request("http://hooks.example.com/"), resolving("93.184.216.34"))).rejects.toThrow("not https");
    await expect(post(request("ftp://hooks.example.com/", true), resolving())).rejects.toThrow("not https");
  });

  it("tells what went wrong without the path, which may be a secret", async () => {
    const nowhere = { timeout: 50, resolve: () => new Promise<never>(() => undefined) };
    const fails = { timeout: 50, resolve: () => Promise.reject(Object.assign(new Error("x"), { code: "ENOTFOUND" })) };
    for (const deps of [nowhere, fails, resolving(), resolving("10.0.0.1")]) {
      const error: unknown = await post(request("https://hooks.example.com/services/hidden"), deps).catch(
        (cause: unknown) => cause,
      );
      expect(error).toBeInstanceOf(OutgoingError);
      expect(String(error)).not.toContain("hidden");
    }
  });
});
