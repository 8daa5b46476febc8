/** Attestations and the storage they may lie in, over HTTP; and Snappy's format. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unpackSnappy } from "../../src/github/snappy.js";
import type { GitHub } from "../../src/coordinator/ports.js";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.js";
import { sandboxClient } from "./sandbox-client.js";

const REPO = "acme/base";

let sandbox: Sandbox;
let github: GitHub;

beforeAll(async () => {
  sandbox = await startSandbox();
  sandbox.addRepository({ fullName: REPO });
  sandbox.addRepository({ fullName: "other/base", installed: false });
  github = sandboxClient(sandbox, { sleep: () => Promise.resolve() });
});

afterAll(async () => {
  await sandbox.close();
});

describe("attestations", () => {
  it("are all of a digest's, over all pages", async () => {
    const sha256 = "a".repeat(64);
    for (let index = 0; index < 130; index++) sandbox.attest(REPO, { sha256, bundle: { index } });
    const found = (await github.attestations(REPO, sha256)) as { index: number }[];
    expect(found.map(({ index }) => index)).toEqual(Array.from({ length: 130 }, (_, index) => 129 - index));
    expect(await github.attestations(REPO, "b".repeat(64))).toEqual([]);
  });

  it("may lie packed in a storage, where the token does not go", async () => {
    const sha256 = "c".repeat(64);
    const bundle = { text: "x".repeat(100_000) };
    sandbox.attest(REPO, { sha256, bundle, elsewhere: true });
    sandbox.faults.add({ match: /^GET \/blobs\/attestations/, kind: "status", status: 503, times: 1 });
    expect(await github.attestations(REPO, sha256)).toEqual([bundle]);
    expect(sandbox.violations).toEqual([]);
    sandbox.faults.add({ match: /^GET \/blobs\/attestations/, kind: "status", status: 404 });
    const failure = await github.attestations(REPO, sha256).catch((error: unknown) => String(error));
    expect(failure).toMatch(/attestations\/sha256%3Ac+: .*, which holds a bundle, answered 404/);
    expect(failure).not.toContain("sig=");
  });

  it("of a repository that the App may not see are not none", async () => {
    await expect(github.attestations("other/base", "a".repeat(64))).rejects.toMatchObject({ codes: ["not_installed"] });
  });
});

describe("a download, from a point on", () => {
  it("comes by a fresh URL, from there where the bytes are still the same, and else whole", async () => {
    const [artifact] = await artifacts();
    if (artifact === undefined) throw new Error("the workflow run made no artifact");
    const whole = await github.downloadArtifact(REPO, artifact.id, new AbortController().signal);
    const { etag = null, size } = whole;
    const bytes = await read(whole.body);
    expect(etag).toMatch(/^"/);
    const rest = await github.downloadArtifact(REPO, artifact.id, new AbortController().signal, { offset: 10, etag });
    expect(rest).toMatchObject({ offset: 10, size, etag });
    expect(await read(rest.body)).toEqual(bytes.subarray(10));
    for (const from of [
      { offset: 10, etag: '"another"' },
      { offset: bytes.length, etag },
    ]) {
      const again = await github.downloadArtifact(REPO, artifact.id, new AbortController().signal, from);
      expect(again).toMatchObject({ offset: 0, size });
      expect(await read(again.body)).toEqual(bytes);
    }
    expect(sandbox.violations).toEqual([]);
  });

  async function artifacts() {
    const on = "repository_dispatch: {types: [go]}";
    sandbox.commit(REPO, "main", { ".github/workflows/build.yml": `on: {${on}}\njobs: {b: {steps: [{run: make}]}}\n` });
    await github.repositoryDispatch(REPO, "go", {}, 0);
    await sandbox.until(() => sandbox.runs.some(({ conclusion }) => conclusion === "success"));
    return await github.artifacts(REPO, sandbox.runs[0]?.id ?? 0);
  }

  async function read(body: NodeJS.ReadableStream): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  }
});

describe("Snappy", () => {
  const packed = (...bytes: (number | string)[]): Buffer =>
    Buffer.concat(bytes.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([part]))));

  it.each([
    ["a literal", packed(5, 4 << 2, "hello"), "hello"],
    ["a long literal", packed(70, 60 << 2, 69, "y".repeat(70)), "y".repeat(70)],
    ["a near copy that overlaps itself", packed(11, 0, "a", (3 << 2) | 1, 1, (2 << 2) | 2, 1, 0), "a".repeat(11)],
    ["a far copy", packed(10, 4 << 2, "hello", (4 << 2) | 3, 5, 0, 0, 0), "hellohello"],
  ])("unpacks %s", (_, bytes, text) => {
    expect(unpackSnappy(bytes, 100).toString()).toBe(text);
  });

  it.each([
    ["nothing", packed(), /begin with a length/],
    ["more than is allowed", packed(0xff, 0xff, 0xff, 0xff, 0x0f), /more than 100/],
    ["a literal that is cut", packed(5, 4 << 2, "hel"), /cut short/],
    ["a number that is cut", packed(5, 60 << 2), /cut short/],
    ["an end that is missing", packed(5, 0, "a"), /cut short/],
    ["a copy of what is not there", packed(5, (1 << 2) | 1, 9), /not there/],
    ["more than it says", packed(1, 4 << 2, "hello"), /more than it says/],
  ])("refuses %s", (_, bytes, reason) => {
    expect(() => unpackSnappy(bytes, 100)).toThrow(reason);
  });
});
