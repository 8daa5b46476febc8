import { PassThrough, Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import AdmZip from "adm-zip";
import { describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { createArtifactIntake } from "../../src/artifacts/intake.js";
import { ArtifactError, GitHubError, type UnpackRequest } from "../../src/coordinator/ports.js";
import { LIMITS, openWorkshop, requestFor, sha256, storedAt, trust } from "./workshop.js";
import { zipBytes } from "./zip-bytes.js";

const info = requestFor(Buffer.alloc(0)).info;
const image = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * i + (i >> 7)) & 0xff));

function streamed(
  files: Record<string, Buffer | string>,
  options: { forceZip64Format?: boolean; compress?: boolean } = {},
) {
  const zip = new ZipFile();
  for (const [name, data] of Object.entries(files))
    zip.addReadStream(Readable.from([Buffer.from(data)]), name, options);
  zip.end({ forceZip64Format: options.forceZip64Format === true, comment: "" });
  return buffer(zip.outputStream);
}

function inMemory(files: Record<string, Buffer | string>): Buffer {
  const zip = new AdmZip();
  for (const [name, data] of Object.entries(files)) zip.addFile(name, Buffer.from(data));
  return zip.toBuffer();
}

function expected(path: string, data: Buffer | string, checkedBy: string[] = []) {
  return { path, size: Buffer.byteLength(data), sha256: sha256(data), checkedBy, attestedBy: null };
}

describe("an artifact that is an archive", () => {
  const files = { "images/core.wic": image, "manifest.txt": "hello", empty: "" };

  it.each([
    ["streamed, deflated", streamed(files)],
    ["streamed, stored", streamed(files, { compress: false })],
    ["streamed, ZIP64", streamed(files, { forceZip64Format: true })],
    ["made in memory", Promise.resolve(inMemory(files))],
  ])("is unpacked, hashed and stored, and the archive dropped: %s", async (_, archive) => {
    const workshop = await openWorkshop();
    const bytes = await archive;
    const request = { info: { ...info, sha256: sha256(bytes) } };
    const taken = await workshop.take(bytes, request);
    expect(await workshop.take({ body: Readable.from([bytes]), size: bytes.length }, request)).toEqual(taken);
    expect(taken).toEqual({
      id: 7,
      name: "firmware",
      size: bytes.length,
      sha256: sha256(bytes),
      digestVerified: true,
      createdAt: info.createdAt,
      files: [expected("empty", ""), expected("images/core.wic", image), expected("manifest.txt", "hello")],
    });
    expect(workshop.files()).toEqual([image, "hello", ""].map((data) => storedAt(sha256(data))).sort());
    expect((await buffer(workshop.store.open(sha256(image)))).equals(image)).toBe(true);
  });

  it("may have directories, ./ before names, and names in CP437", async () => {
    const workshop = await openWorkshop();
    const archive = zipBytes([
      { name: "./", mode: 0o40755 },
      { name: "dir/", mode: 0o40755 },
      { name: "./dir/a" },
      { name: Buffer.from([0x81, 0x62]) },
      { name: "é" },
    ]);
    const { files } = await workshop.take(archive);
    expect(files.map((file) => file.path)).toEqual(["dir/a", "é", "üb"]);
  });

  it("gives only what is wanted, and stores nothing else", async () => {
    const workshop = await openWorkshop();
    const taken = await workshop.take(inMemory(files), { wanted: (path) => path.endsWith(".txt") });
    expect(taken.files).toEqual([expected("manifest.txt", "hello")]);
    expect(taken.digestVerified).toBe(false);
    expect(workshop.files()).toEqual([storedAt(sha256("hello"))]);
  });

  it("may have nothing in it", async () => {
    const workshop = await openWorkshop();
    expect((await workshop.take(zipBytes([]))).files).toEqual([]);
  });

  it("may have hundreds of files", async () => {
    const workshop = await openWorkshop();
    const archive = zipBytes(Array.from({ length: 500 }, (_, i) => ({ name: `f/${i}`, data: `${i % 10}` })));
    const { files } = await workshop.take(archive, { limits: { ...LIMITS, entries: 500 } });
    expect(files).toHaveLength(500);
    expect(workshop.files()).toHaveLength(10);
  });
});

describe("checksum files inside an archive", () => {
  it("are compared with the files they name, and left out", async () => {
    const workshop = await openWorkshop();
    const { files } = await workshop.take(
      inMemory({
        SHA256SUMS: `${sha256("a")}  a.bin\n${sha256("b")} *sub/b.bin\n`,
        "a.bin": "a",
        "a.bin.sha256": `${sha256("a")}\n`,
        "sub/b.bin": "b",
        "c.bin": "c",
      }),
    );
    expect(files).toEqual([
      expected("a.bin", "a", ["SHA256SUMS", "a.bin.sha256"]),
      expected("c.bin", "c"),
      expected("sub/b.bin", "b", ["SHA256SUMS"]),
    ]);
  });

  it("refuse the artifact where they disagree, saying file, expected and actual; also for a file nobody wants", async () => {
    const workshop = await openWorkshop();
    const archive = inMemory({ "a.bin": "a", "b.bin": "b", SHA256SUMS: `${sha256("x")}  b.bin\n` });
    const taking = workshop.take(archive, { wanted: (path) => path === "a.bin" });
    await expect(taking).rejects.toThrow(ArtifactError);
    await expect(taking).rejects.toThrow(
      `Artifact "firmware" (id 7): "b.bin" does not match "SHA256SUMS": SHA-256 ${sha256("x")} expected, ${sha256("b")} found.`,
    );
  });

  it("refuse the artifact where they name what is not there", async () => {
    const workshop = await openWorkshop();
    const taking = workshop.take(inMemory({ "dir/sha256sum.txt": `${sha256("a")}  a.bin\n`, "a.bin": "a" }));
    await expect(taking).rejects.toThrow(
      `The checksum file "dir/sha256sum.txt" names "dir/a.bin", which is not in the artifact`,
    );
  });

  it("refuse the artifact where they are far too large to be any", async () => {
    const workshop = await openWorkshop();
    const archive = zipBytes([{ name: "x.sha256", method: 0, data: Buffer.alloc(9 * 1024 ** 2, "a") }]);
    const taking = workshop.take(archive, { limits: { ...LIMITS, file: 10 * 1024 ** 2 } });
    await expect(taking).rejects.toThrow(/"x.sha256" is named like a checksum file and has more than/);
  });
});

describe("an artifact that is not archived", () => {
  const raw = { contentType: "application/octet-stream", urlPath: "/blob/1", fileName: "core.wic.zst" };

  it("is the file that Content-Disposition names, else the artifact", async () => {
    const workshop = await openWorkshop();
    const named = await workshop.take({ ...raw, body: Readable.from([image]) });
    expect(named.files).toEqual([expected("core.wic.zst", image)]);
    const unnamed = await workshop.take({ ...raw, body: Readable.from([image]), fileName: null });
    expect(unnamed.files).toEqual([expected("firmware", image)]);
    const astray = await workshop.take({ ...raw, body: Readable.from([image]), fileName: "../../etc/core.wic" });
    expect(astray.files).toEqual([expected("core.wic", image)]);
    expect(workshop.files()).toEqual([storedAt(sha256(image))]);
  });

  it.each([
    [{ contentType: "application/zip" }, "archive"],
    [{ contentType: "Application/X-Zip-Compressed; charset=binary" }, "archive"],
    [{ contentType: "application/zip-compressed" }, "archive"],
    [{ contentType: null, urlPath: "/a/b.ZIP" }, "archive"],
    [{ contentType: null, urlPath: "/a/b" }, "file"],
    [{ contentType: "application/octet-stream", urlPath: "/zip" }, "file"],
    [{ contentType: "application/gzip", fileName: "x.zip" }, "file"],
  ])("is told apart as GitHub's own client does: %j is one %s", async (download, kind) => {
    const workshop = await openWorkshop();
    const archive = zipBytes([{ name: "inside", data: "x" }]);
    const taken = await workshop.take({ ...raw, body: Readable.from([archive]), ...download });
    expect(taken.files[0]?.path === "inside" ? "archive" : "file").toBe(kind);
  });

  it("is left out where it is not wanted or is a checksum file, and refused with a bad name or too large", async () => {
    const workshop = await openWorkshop();
    const body = (): Readable => Readable.from([image]);
    expect((await workshop.take({ ...raw, body: body() }, { wanted: () => false })).files).toEqual([]);
    expect((await workshop.take({ ...raw, body: body(), fileName: "core.wic.sha256" })).files).toEqual([]);
    await expect(workshop.take({ ...raw, body: body(), fileName: "a\u0007b" })).rejects.toThrow(/control characters/);
    const limits = { ...LIMITS, file: 1000 };
    await expect(workshop.take({ ...raw, body: body() }, { limits })).rejects.toThrow(/more than the 1000 bytes/);
    expect(workshop.files()).toEqual([]);
  });
});

/** Gives the body, and after that nothing. */
function once(body: Readable): UnpackRequest["download"] {
  const bodies = [body];
  return () => {
    const next = bodies.shift();
    if (next === undefined) return Promise.reject(new GitHubError("unknown", 503, "GitHub is away"));
    return Promise.resolve({ body: next, contentType: "application/zip", fileName: null, urlPath: "", size: null });
  };
}

describe("a download", () => {
  const archive = zipBytes([{ name: "a", data: "a" }]);

  it("with another digest than GitHub's is refused, saying both", async () => {
    const workshop = await openWorkshop();
    const taking = workshop.take(archive, { info: { ...info, sha256: sha256("another") } });
    await expect(taking).rejects.toThrow(ArtifactError);
    await expect(taking).rejects.toThrow(
      `Artifact "firmware" (id 7): The download is not what was uploaded: GitHub's digest is SHA-256 ${sha256("another")}, ours ${sha256(archive)}.`,
    );
    expect(workshop.files()).toEqual([]);
  });

  it("with more bytes than announced is refused", async () => {
    const workshop = await openWorkshop();
    const body = Readable.from([archive]);
    await expect(workshop.take({ body, size: archive.length - 1 })).rejects.toThrow(
      `The download has more than the ${archive.length - 1} bytes that were announced.`,
    );
  });

  it("for which the disk has no room is not begun", async () => {
    const workshop = await openWorkshop();
    const body = Readable.from([archive]);
    const limits = { ...LIMITS, total: Number.MAX_SAFE_INTEGER };
    const taking = workshop.take({ body, size: 2 ** 52 }, { limits });
    await expect(taking).rejects.toThrow(
      /The disk that holds .*data.tmp has \d+ bytes free and 4503599627370496 are needed/,
    );
    await expect(taking).rejects.not.toThrow(ArtifactError);
    expect(body.destroyed).toBe(true);
  });

  it("that breaks off for good is GitHub's failure, of unknown outcome, and leaves nothing", async () => {
    const workshop = await openWorkshop();
    const body = new PassThrough();
    const taking = workshop.take(archive, { download: once(body) });
    body.write(archive.subarray(0, 10));
    await expect.poll(workshop.files).toHaveLength(1);
    body.destroy(new Error("socket hang up"));
    const failure = await taking.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GitHubError);
    expect(failure).toMatchObject({ kind: "unknown", status: 0 });
    expect(String(failure)).toMatch(/broke off after 10 bytes: GitHub is away/);
    expect(workshop.files()).toEqual([]);
  });

  it("that broke before anybody read it does not end the process", async () => {
    const workshop = await openWorkshop();
    const body = new PassThrough();
    const taking = workshop.take(archive, { download: once(body) });
    body.destroy(new Error("socket hang up"));
    await expect(taking).rejects.toThrow("broke off after 0 bytes: GitHub is away");
  });

  it("that GitHub refuses, passes the refusal on untouched", async () => {
    const workshop = await openWorkshop();
    const gone = new GitHubError("refused", 410, "GET …/artifacts/7/zip: Artifact has expired");
    await expect(workshop.take(archive, { download: () => Promise.reject(gone) })).rejects.toBe(gone);
  });

  it("is held in memory where it is announced to be small, and in a file where it is large or nobody knows", async () => {
    const { dataDir, store, timers, files } = await openWorkshop();
    const intake = createArtifactIntake({ dataDir, store, timers, trust, small: 10 });
    const signal = new AbortController().signal;
    for (const [size, there] of [
      [10, 0],
      [11, 1],
      [null, 1],
    ] as const) {
      const body = new PassThrough();
      const shape = { body, size, contentType: "application/octet-stream", urlPath: "/a" };
      const taking = intake.take(requestFor(shape, { wanted: () => false }), signal);
      body.write("0123");
      await expect.poll(() => body.readableLength).toBe(0);
      await expect.poll(files).toHaveLength(there);
      body.end(size === 11 ? "4567890" : "456789");
      expect(await taking).toMatchObject({ size: size ?? 10, files: [] });
      expect(files()).toEqual([]);
    }
  });

  it("ends at once when the signal fires, with its reason, and leaves nothing", async () => {
    const workshop = await openWorkshop();
    const abort = new AbortController();
    const body = new PassThrough();
    const taking = workshop.intake.take(requestFor({ body }), abort.signal);
    body.write("half");
    await expect.poll(workshop.files).toHaveLength(1);
    const reason = new Error("cancelled");
    abort.abort(reason);
    await expect(taking).rejects.toBe(reason);
    expect(workshop.files()).toEqual([]);
    expect(body.destroyed).toBe(true);
  });

  it("ends also while unpacking", async () => {
    const workshop = await openWorkshop();
    const abort = new AbortController();
    const reason = new Error("cancelled");
    const wanted = (): boolean => {
      abort.abort(reason);
      return true;
    };
    const taking = workshop.intake.take(requestFor(archive, { wanted }), abort.signal);
    await expect(taking).rejects.toBe(reason);
    expect(workshop.files()).toEqual([]);
  });
});

it("a full disk while storing is told as such, not as the artifact's fault", async () => {
  const { store, dataDir, files } = await openWorkshop();
  const full = Object.assign(new Error("the disk is full"), { name: "DiskError" });
  const intake = createArtifactIntake({ store: { ...store, put: () => Promise.reject(full) }, dataDir, trust });
  const request = requestFor(inMemory({ a: image }));
  await expect(intake.take(request, new AbortController().signal)).rejects.toBe(full);
  expect(files()).toEqual([]);
});

it("files are given in the same order whatever the archive's", async () => {
  const workshop = await openWorkshop();
  const one = await workshop.take(zipBytes([{ name: "b" }, { name: "a" }, { name: "C/c" }]));
  expect(one.files.map((file) => file.path)).toEqual(["C/c", "a", "b"]);
  expect(await text(workshop.store.open(sha256("")))).toBe("");
});
