import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CliIo } from "../../src/cli/cli-io.js";
import { selectDownloads } from "../../src/cli/download-places.js";
import { runCli } from "../../src/cli/program.js";
import type { RunFile } from "../../src/cli/render-artifacts.js";
import { parts } from "./client-parts.js";
import { startFakeServer, type FakeServer } from "./fake-server.js";
import { publishedRun } from "./sample-runs.js";
import { testIo } from "./test-io.js";

const ID = publishedRun().id;

let server: FakeServer;
let folder: string;
beforeEach(async () => {
  server = await startFakeServer("socket");
  server.runs = [publishedRun()];
  folder = await mkdtemp(path.join(tmpdir(), "rc-download-"));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const digest = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

/** A file that the server has. */
function aFile(component: string, file: string, content: Buffer, change: Partial<RunFile> = {}): RunFile {
  const sha256 = change.sha256 ?? digest(content);
  server.contents.set(sha256, content);
  const verified = { githubDigest: true, checksumFiles: [], attestedBy: null };
  return { component, artifact: "images", file, size: content.length, sha256, verified, kept: true, ...change };
}

async function download(args: string, files: RunFile[], more: Partial<CliIo> = {}) {
  server.artifacts.set(`runs/${ID}/artifacts`, [{ items: files, next: null }]);
  server.requests.length = 0;
  const io = testIo({ env: { DATA_DIR: server.dataDir }, cwd: folder, sleep: () => Promise.resolve(), ...more });
  const code = await runCli(
    ["artifacts", ID, "--download", "out", ...args.split(" ").filter((arg) => arg !== "")],
    io,
    parts,
  );
  return {
    code,
    out: io.out(),
    err: io.err(),
    asked: server.requests.filter((line) => /artifacts\/[0-9a-f]{64}/.test(line)),
  };
}

const read = (name: string): Promise<Buffer> => readFile(path.join(folder, "out", name));
const noise = (size: number, seed: number): Buffer =>
  Buffer.from(Array.from({ length: size }, (_, index) => (index * seed) % 251));

describe("artifacts --download", () => {
  it("writes each file to its place, verified, and fetches nothing twice", async () => {
    const files = [
      aFile("sdk", "core.img", noise(300_000, 7)),
      aFile("sdk", "deep/er/notes.txt", Buffer.from("notes")),
      aFile("bsp", "empty", Buffer.alloc(0)),
    ];
    const first = await download("", files);
    expect([first.code, first.err]).toEqual([0, ""]);
    expect(first.out).toBe(`3 files, 293.0 KiB in ${folder}/out, each as its SHA-256 says.\n`);
    expect((await read("sdk/images/core.img")).equals(noise(300_000, 7))).toBe(true);
    expect((await read("sdk/images/deep/er/notes.txt")).toString()).toBe("notes");
    await writeFile(path.join(folder, "out/sdk/images/deep/er/notes.txt"), "NOTES");
    const again = await download("", files);
    expect([again.code, again.asked.length]).toEqual([0, 1]);
    expect(again.out).toContain("2 of them there before");
    expect((await read("sdk/images/deep/er/notes.txt")).toString()).toBe("notes");
  });

  it("takes those of a component, and those that match", async () => {
    const files = ["a.img", "a.txt", "x/b.img"].flatMap((name) => [
      aFile("sdk", name, Buffer.from(name)),
      aFile("bsp", name, Buffer.from(name)),
    ]);
    const { code } = await download("--component sdk **/*.img", files);
    expect(code).toBe(0);
    expect((await readdir(path.join(folder, "out"), { recursive: true })).filter((name) => name.includes("."))).toEqual(
      expect.arrayContaining(["sdk/images/a.img", "sdk/images/x/b.img"]),
    );
    await expect(readdir(path.join(folder, "out/bsp"))).rejects.toThrow("ENOENT");
    const none = await download("*.zst", files);
    expect([none.code, none.err]).toEqual([1, expect.stringContaining("None of the 6 files")]);
  });

  it("goes on where a connection broke off, and where an earlier download did", async () => {
    const content = noise(200_000, 11);
    const file = aFile("sdk", "core.img", content);
    server.cuts = [50_000, 0, 60_000];
    const { code } = await download("", [file]);
    expect(code).toBe(0);
    expect((await read("sdk/images/core.img")).equals(content)).toBe(true);

    const place = path.join(folder, "out/sdk/images");
    await rm(path.join(place, "core.img"));
    await writeFile(path.join(place, "core.img.part"), content.subarray(0, 150_000));
    server.cuts = [];
    expect((await download("", [file])).code).toBe(0);
    // What is left of something else is found out, and fetched anew.
    await rm(path.join(place, "core.img"));
    await writeFile(path.join(place, "core.img.part"), noise(150_000, 3));
    expect((await download("", [file])).code).toBe(0);
    expect((await read("sdk/images/core.img")).equals(content)).toBe(true);
    expect(await readdir(place)).toEqual(["core.img"]);
  });

  it("keeps nothing that does not match, gets the others, and ends with 1 and a list", async () => {
    const good = aFile("sdk", "good.img", noise(1_000, 5));
    const files = [
      aFile("sdk", "bad.img", noise(1_000, 6), { sha256: "ab".repeat(32) }),
      aFile("sdk", "long.img", noise(1_000, 9), { size: 900 }),
      { ...aFile("sdk", "gone.img", noise(10, 1)), sha256: "cd".repeat(32) },
      aFile("sdk", "removed.img", noise(10, 2), { kept: false }),
      good,
    ];
    const { code, out } = await download("", files);
    expect(code).toBe(1);
    expect(out.replace(folder, "FOLDER")).toBe(
      [
        "1 file, 1000 B in FOLDER/out, each as its SHA-256 says.",
        "Not had:",
        "  sdk/images/removed.img: the server has removed it",
        "  sdk/images/bad.img: what came does not match its SHA-256, and was thrown away",
        "  sdk/images/long.img: the server sends more than the file has",
        "  sdk/images/gone.img: the server has it no longer",
        "",
      ].join("\n"),
    );
    expect(await readdir(path.join(folder, "out/sdk/images"))).toEqual(expect.arrayContaining(["good.img"]));
    await expect(read("sdk/images/bad.img")).rejects.toThrow("ENOENT");
  });

  it("shows one bar for all on a terminal, and tells programs in JSON", async () => {
    let now = 0;
    const { err } = await download("", [aFile("sdk", "core.img", noise(200_000, 7))], {
      isTerminal: true,
      columns: 100,
      now: () => (now += 300),
    });
    expect(err).toContain("100 %  195.3 of 195.3 KiB");
    expect(err.endsWith("\r\u001b[K")).toBe(true);
    const told = await download("--json", [aFile("sdk", "core.img", noise(200_000, 7))]);
    expect(JSON.parse(told.out)).toMatchObject({
      folder: path.join(folder, "out"),
      files: [{ name: "sdk/images/core.img", state: "present", size: 200_000 }],
      failed: [],
    });
  });

  it("ends at Ctrl-C with what is there, to go on later", async () => {
    const io = testIo({
      env: { DATA_DIR: server.dataDir },
      cwd: folder,
      sleep: () => {
        io.interrupt();
        return Promise.resolve();
      },
    });
    server.artifacts.set(`runs/${ID}/artifacts`, [
      { items: [aFile("sdk", "core.img", noise(100_000, 7))], next: null },
    ]);
    server.cuts = [10_000];
    expect(await runCli(["artifacts", ID, "--download", "out"], io, parts)).toBe(130);
    expect(io.err()).toContain("the same command goes on where it was");
    expect((await read("sdk/images/core.img.part")).length).toBe(10_000);
  });

  it("says where it cannot write", async () => {
    await mkdir(path.join(folder, "out"));
    await writeFile(path.join(folder, "out/sdk"), "a file where a folder is to be");
    const { code, out } = await download("", [aFile("sdk", "core.img", noise(10, 7))]);
    expect([code, out]).toEqual([1, expect.stringMatching(/sdk\/images\/core\.img: it cannot be written \(E/)]);
  });

  it("says once that a folder cannot be made or is none, and asks the server for nothing", async () => {
    await writeFile(path.join(folder, "out"), "a file where a folder is to be");
    const files = [aFile("sdk", "core.img", noise(10, 7)), aFile("sdk", "core.txt", noise(10, 3))];
    const { code, out, err, asked } = await download("", files);
    expect([code, out, asked]).toEqual([1, "", []]);
    expect(err).toBe(`release-chain: --download: ${folder}/out is no folder that can be written to (EEXIST).\n`);
  });

  it.runIf(process.platform === "linux")("ends where folders are made in vain", async () => {
    const { code, err } = await download("--download /proc/none", [aFile("sdk", "core.img", noise(10, 7))]);
    expect([code, err]).toEqual([1, expect.stringContaining("/proc/none is no folder that can be written to")]);
  });

  it("refuses a folder without a name, as of a variable that is not set", async () => {
    const io = testIo({ env: { DATA_DIR: server.dataDir }, cwd: folder });
    expect(await runCli(["artifacts", ID, "--download", ""], io, parts)).toBe(2);
    expect(io.err()).toContain("--download: name the folder to write to.");
  });
});

describe("names of files", () => {
  const hostile = ["../x", "a/../../x", "/etc/passwd", "a//b", ".", "", "a\\..\\b", "C:x", "a\u0000b", "a/./b", "x\n"];
  it.each(hostile)("that lead elsewhere are refused: %j", (file) => {
    const base = { artifact: "a", file: "x", component: "c", size: 1, sha256: "ab".repeat(32), kept: true };
    const verified = { githubDigest: true, checksumFiles: [], attestedBy: null };
    for (const change of [{ file }, { component: file }, { artifact: file }]) {
      const one = { ...base, verified, ...change };
      const { downloads, refused } = selectDownloads([one], { folder: "/out", component: undefined, globs: [] });
      if (change.file === undefined || file !== "x") expect([downloads, refused.length]).toEqual([[], 1]);
    }
  });

  it("never lead out of the folder, or two files to one place", () => {
    const name = fc.string({
      unit: fc.constantFrom("a", "A", "é", "e\u0301", ".", "/", "\\", ":", "\u0000", "-"),
      maxLength: 8,
    });
    const files = fc.array(fc.record({ component: name, artifact: name, file: name }), { maxLength: 12 });
    fc.assert(
      fc.property(files, (names) => {
        const verified = { githubDigest: true, checksumFiles: [], attestedBy: null };
        const all = names.map((one) => ({ ...one, size: 1, sha256: "ab".repeat(32), kept: true, verified }));
        const { downloads, refused } = selectDownloads(all, { folder: "/out/dir", component: undefined, globs: [] });
        expect(downloads.length + refused.length).toBe(all.length);
        const places = downloads.map(({ place }) => path.normalize(place).normalize("NFC").toLowerCase());
        expect(new Set(places).size).toBe(places.length);
        for (const place of places) expect(place.startsWith("/out/dir/")).toBe(true);
      }),
    );
  });
});
