import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkSums, downloadAssets } from "../../src/cli/check-release.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "rc-check-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

function sum(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

describe.each([
  ["with sha256sum", process.env["PATH"]],
  ["without", "/nowhere"],
])("checking a folder %s", (_how, searchPath) => {
  const before = process.env["PATH"];
  beforeEach(() => {
    process.env["PATH"] = searchPath;
  });
  afterEach(() => {
    process.env["PATH"] = before;
  });

  it.each([
    ["good", `${sum("one")}  a.bin\n${sum("two")}  b.bin\n`, true],
    ["wrong", `${sum("one")}  a.bin\n${sum("one")}  b.bin\n`, false],
    ["of a missing file", `${sum("one")}  c.bin\n`, false],
    ["malformed", `${sum("one")}  a.bin\nnonsense\n`, false],
    ["empty", "", false],
  ])("whose sums are %s", async (_what, sums, ok) => {
    await writeFile(path.join(dir, "a.bin"), "one");
    await writeFile(path.join(dir, "b.bin"), "two");
    await writeFile(path.join(dir, "SHA256SUMS"), sums);
    const result = await checkSums(dir, "SHA256SUMS");
    expect(result.ok).toBe(ok);
    expect(result.command.includes("this machine has no sha256sum")).toBe(searchPath === "/nowhere");
    if (ok) expect(result.output).toBe("a.bin: OK\nb.bin: OK\n");
  });
});

describe("downloading assets", () => {
  let server: Server;
  let url: string;
  beforeEach(async () => {
    server = createServer((request, response) => {
      response.writeHead(request.url === "/a.bin" ? 200 : 404).end("bytes");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
  });

  it("writes them under their names", async () => {
    await downloadAssets([{ name: "a.bin", url: `${url}/a.bin` }], dir, AbortSignal.timeout(5000));
    expect(await readFile(path.join(dir, "a.bin"), "utf8")).toBe("bytes");
  });

  it.each([
    ["that are gone", "b.bin"],
    ["that would land elsewhere", "../a.bin"],
  ])("fails on those %s", async (_what, name) => {
    const assets = [{ name, url: `${url}/${name}` }];
    await expect(downloadAssets(assets, dir, AbortSignal.timeout(5000))).rejects.toMatchObject({ exitCode: 1 });
  });
});
