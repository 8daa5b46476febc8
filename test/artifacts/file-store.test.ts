import { mkdir, open, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { DiskError } from "../../src/artifacts/disk.js";
import { createArtifactStore } from "../../src/artifacts/file-store.js";
import { hashToFile } from "../../src/artifacts/hashing.js";
import { openWorkshop, sha256, storedAt } from "./workshop.js";

const never = new AbortController().signal;

describe("the artifact store", () => {
  it("keeps a file under its digest, read-only, and gives it back", async () => {
    const { store, outside, files } = await openWorkshop();
    const digest = sha256("hello world");

    const stored = await store.put(Readable.from(["hello ", "world"]), never);

    expect(stored).toEqual({ sha256: digest, size: 11 });
    expect(files()).toEqual([storedAt(digest)]);
    expect((await stat(join(outside, storedAt(digest)))).mode & 0o777).toBe(0o444);
    expect(await store.has(digest)).toBe(true);
    expect(await text(store.open(digest))).toBe("hello world");
  });

  it("keeps identical content once, also when put at the same time", async () => {
    const { store, files } = await openWorkshop();
    const data = Buffer.alloc(300_000, "x");
    const stored = await Promise.all(Array.from({ length: 8 }, () => store.put(Readable.from([data]), never)));
    expect(new Set(stored.map((file) => file.sha256))).toEqual(new Set([sha256(data)]));
    expect(files()).toEqual([storedAt(sha256(data))]);
  });

  it("keeps an empty file", async () => {
    const { store } = await openWorkshop();
    const stored = await store.put(Readable.from([]), never);
    expect(stored).toEqual({ sha256: sha256(""), size: 0 });
    expect(await text(store.open(stored.sha256))).toBe("");
  });

  it("replaces a file that lost its end in a crash of the disk", async () => {
    const { store, outside } = await openWorkshop();
    const { sha256: digest } = await store.put(Readable.from(["whole"]), never);
    await open(join(outside, storedAt(digest)), "r+").then(async (handle) => {
      await handle.truncate(2);
      await handle.close();
    });
    await store.put(Readable.from(["whole"]), never);
    expect(await readFile(join(outside, storedAt(digest)), "utf8")).toBe("whole");
  });

  it("leaves nothing of a put that is aborted midway", async () => {
    const { store, files } = await openWorkshop();
    const abort = new AbortController();
    const body = new PassThrough();
    const put = store.put(body, abort.signal);
    body.write("the first half");
    await expect.poll(files).toHaveLength(1); // it is being written
    const reason = new Error("the run was cancelled");
    abort.abort(reason);
    await expect(put).rejects.toBe(reason);
    expect(files()).toEqual([]);
    expect(body.destroyed).toBe(true);
  });

  it("leaves nothing of a put whose signal fired before, or whose body breaks", async () => {
    const { store, files } = await openWorkshop();
    await expect(store.put(Readable.from(["x"]), AbortSignal.abort(new Error("late")))).rejects.toThrow("late");
    const broken = new PassThrough();
    const put = store.put(broken, never);
    broken.write("some bytes");
    broken.destroy(new Error("connection reset"));
    await expect(put).rejects.toThrow("connection reset");
    expect(files()).toEqual([]);
  });

  it("removes at start what an earlier process left half-written, and keeps what is stored", async () => {
    const { store, dataDir, files } = await openWorkshop();
    const { sha256: digest } = await store.put(Readable.from(["kept"]), never);
    await writeFile(join(dataDir, "tmp", "put-of-a-killed-server"), "half");
    const again = await createArtifactStore(dataDir);
    expect(files()).toEqual([storedAt(digest)]);
    expect(await again.has(digest)).toBe(true);
  });

  it("gives out nothing that somebody put in a file's place, and takes the file itself again", async () => {
    const { store, outside, files } = await openWorkshop();
    const [linked, folder] = [sha256("linked"), sha256("folder")];
    await store.put(Readable.from(["linked"]), never);
    await rm(join(outside, storedAt(linked)));
    await writeFile(join(outside, "secret"), "linked");
    await symlink(join(outside, "secret"), join(outside, storedAt(linked)));
    await mkdir(join(outside, storedAt(folder), "inside"), { recursive: true });
    await writeFile(join(outside, "data/artifacts/sha256/readme.txt"), "hello");

    for (const digest of [linked, folder]) {
      expect([await store.has(digest), await store.size(digest), await store.renew(digest)]).toEqual([
        false,
        null,
        null,
      ]);
      await expect(text(store.open(digest))).rejects.toThrow(/ELOOP|EISDIR/);
      expect(await store.remove(digest, Infinity)).toBe(false);
    }
    const strays: string[] = [];
    for await (const stray of store.strays()) strays.push(stray);
    expect(strays.map((words) => words.replaceAll(`${outside}/data/artifacts/sha256/`, "")).sort()).toEqual([
      `${folder.slice(0, 2)}/${folder} is a directory and is in the place of a file of the store: move it away.`,
      `${linked.slice(0, 2)}/${linked} is a symbolic link and is in the place of a file of the store: move it away.`,
      "readme.txt is a file and has no place in the store: move it away.",
    ]);

    expect(await store.check(linked, never)).toBe("damaged");
    await store.put(Readable.from(["linked"]), never);
    await store.put(Readable.from(["folder"]), never);
    for (const content of ["linked", "folder"]) expect(await text(store.open(sha256(content)))).toBe(content);
    expect(await readFile(join(outside, "secret"), "utf8")).toBe("linked");
    expect(files().filter((path) => path.includes("damaged"))).toHaveLength(1);
  });

  it("puts back at start what an earlier process was about to remove", async () => {
    const { store, dataDir, files } = await openWorkshop();
    const { sha256: digest } = await store.put(Readable.from(["wanted"]), never);
    await rename(join(dataDir, "..", storedAt(digest)), join(dataDir, "artifacts", "removed", `${digest}.1`));
    expect(await store.has(digest)).toBe(false);
    const now = 1_900_000_000_000;
    const again = await createArtifactStore(dataDir, { now: () => now });
    expect(await text(again.open(digest))).toBe("wanted");
    expect(files()).toEqual([storedAt(digest)]);
    // Whoever wanted it has a grace time again.
    expect(await again.remove(digest, now)).toBe(false);
  });

  it.skipIf(process.platform !== "linux")("says so at the start where nothing can be written", async () => {
    const opening = createArtifactStore("/sys/kernel");
    await expect(opening).rejects.toThrow(DiskError);
    await expect(opening).rejects.toThrow(/The file system refused to work on \/sys\/kernel/);
  });

  it("says so where the data directory cannot be made", async () => {
    const { outside } = await openWorkshop();
    await writeFile(join(outside, "a-file"), "");
    const opening = createArtifactStore(join(outside, "a-file"));
    await expect(opening).rejects.toThrow(DiskError);
    await expect(opening).rejects.toThrow(/a-file.*ENOTDIR|ENOTDIR.*a-file|a-file.*EEXIST/);
  });

  it.skipIf(process.platform !== "linux")("names the directory when the disk is full", async () => {
    const full = await open("/dev/full", "w");
    try {
      const writing = hashToFile(Readable.from([Buffer.alloc(10)]), full, "/srv/data/tmp/put-1", never);
      await expect(writing).rejects.toThrow(DiskError);
      await expect(writing).rejects.toThrow("The disk that holds /srv/data/tmp/put-1 is full (ENOSPC)");
    } finally {
      await full.close();
    }
  });
});
