/** What every artifact store must do, whatever keeps its files. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { createArtifactStore } from "../../src/artifacts/file-store.js";
import type { ArtifactStore, Clock, StoredFile } from "../../src/coordinator/ports.js";
import { memoryArtifactStore } from "./memory-artifact-store.js";
import { sha256 } from "./workshop.js";

const never = new AbortController().signal;

interface Opened {
  store: ArtifactStore;
  /** Changes what is kept under a digest behind the store's back. */
  damage: (digest: string, content: string) => void;
}

/** Stands still unless a test moves it. */
class MovingClock implements Clock {
  time = 1_800_000_000_000;
  now = (): number => this.time;
}

function movingClock(): MovingClock {
  return new MovingClock();
}

async function onDisk(clock: Clock): Promise<Opened> {
  const dataDir = mkdtempSync(join(tmpdir(), "release-chain-store-"));
  onTestFinished(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });
  const store = await createArtifactStore(dataDir, clock);
  return {
    store,
    damage(digest, content) {
      const path = join(dataDir, "artifacts", "sha256", digest.slice(0, 2), digest);
      chmodSync(path, 0o600);
      writeFileSync(path, content);
    },
  };
}

function inMemory(clock: Clock): Promise<Opened> {
  const content = new Map<string, Buffer>();
  const store = memoryArtifactStore({ content, now: () => clock.now() });
  return Promise.resolve({
    store,
    damage: (digest, changed) => {
      content.set(digest, Buffer.from(changed));
    },
  });
}

async function filesOf(store: ArtifactStore): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const file of store.list()) files.push(file);
  return files.sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}

function put(store: ArtifactStore, content: string): Promise<{ sha256: string; size: number }> {
  return store.put(Readable.from([content]), never);
}

describe.each([
  ["on disk", onDisk],
  ["in memory", inMemory],
])("an artifact store %s", (_, open) => {
  it("gives back what was put, whole and in part, and tells its size", async () => {
    const { store } = await open(movingClock());
    const { sha256: digest } = await put(store, "hello world");
    expect(digest).toBe(sha256("hello world"));
    expect([await store.has(digest), await store.size(digest)]).toEqual([true, 11]);
    expect(await text(store.open(digest))).toBe("hello world");
    expect(await text(store.open(digest, { offset: 6, length: 5 }))).toBe("world");
    expect(await store.check(digest, never)).toBe("whole");
    const empty = await put(store, "");
    expect((await buffer(store.open(empty.sha256))).length).toBe(0);
  });

  it("knows nothing of what is not there", async () => {
    const { store } = await open(movingClock());
    const digest = sha256("never put");
    expect([await store.has(digest), await store.size(digest), await store.renew(digest)]).toEqual([false, null, null]);
    expect([await store.remove(digest, Infinity), await store.check(digest, never)]).toEqual([false, "missing"]);
    await expect(text(store.open(digest))).rejects.toThrow();
    expect(await filesOf(store)).toEqual([]);
    const strays: string[] = [];
    for await (const stray of store.strays()) strays.push(stray);
    expect(strays).toEqual([]);
  });

  it("takes nothing but digests for digests", async () => {
    const { store } = await open(movingClock());
    for (const wrong of ["../../etc/passwd", "", "A".repeat(64), `${"0".repeat(64)}/x`]) {
      await expect(store.has(wrong)).rejects.toThrow("Not a SHA-256");
      await expect(store.size(wrong)).rejects.toThrow(RangeError);
      await expect(store.renew(wrong)).rejects.toThrow(RangeError);
      await expect(store.remove(wrong, Infinity)).rejects.toThrow(RangeError);
      await expect(store.check(wrong, never)).rejects.toThrow(RangeError);
      expect(() => store.open(wrong)).toThrow(RangeError);
    }
  });

  it("keeps equal content once, and lists each file with the time of its last put or renewal", async () => {
    const clock = movingClock();
    const { store } = await open(clock);
    const [one, other] = [await put(store, "one"), await put(store, "other")];
    clock.time += 1_000;
    await put(store, "one");
    clock.time += 1_000;
    expect(await store.renew(other.sha256)).toBe(5);
    const times = Object.fromEntries((await filesOf(store)).map((file) => [file.sha256, file.storedAt]));
    expect(times).toEqual({ [one.sha256]: clock.time - 1_000, [other.sha256]: clock.time });
    expect((await filesOf(store)).map(({ size }) => size).sort()).toEqual([3, 5]);
  });

  it("removes what was neither put nor renewed since a time, and nothing else", async () => {
    const clock = movingClock();
    const { store } = await open(clock);
    const [old, again, renewed] = [await put(store, "old"), await put(store, "again"), await put(store, "renewed")];
    clock.time += 1_000;
    const since = clock.time;
    await put(store, "again");
    await store.renew(renewed.sha256);
    expect(await Promise.all([old, again, renewed].map((file) => store.remove(file.sha256, since)))).toEqual([
      true,
      false,
      false,
    ]);
    expect(await Promise.all([old, again, renewed].map((file) => store.has(file.sha256)))).toEqual([false, true, true]);
    expect(await store.remove(old.sha256, since)).toBe(false);
    await put(store, "old");
    expect(await text(store.open(old.sha256))).toBe("old");
  });

  it("finds what is damaged, does not give it out any more, and takes the whole again", async () => {
    const { store, damage } = await open(movingClock());
    const { sha256: digest } = await put(store, "as it was built");
    damage(digest, "as it was b!ilt");
    let read = 0;
    const condition = await store.check(digest, never, (bytes) => {
      read += bytes;
    });
    expect([condition, read]).toEqual(["damaged", 15]);
    expect([await store.has(digest), await store.check(digest, never)]).toEqual([false, "missing"]);
    await put(store, "as it was built");
    expect(await store.check(digest, never)).toBe("whole");
  });

  it("leaves nothing of a put that breaks off", async () => {
    const { store } = await open(movingClock());
    const body = new PassThrough();
    const broken = store.put(body, never);
    body.write("half");
    body.destroy(new Error("the connection was lost"));
    await expect(broken).rejects.toThrow("the connection was lost");
    await expect(store.put(Readable.from(["x"]), AbortSignal.abort(new Error("late")))).rejects.toThrow("late");
    expect(await filesOf(store)).toEqual([]);
  });

  it("never loses a file that was put or renewed before a removal that spares it, whatever comes together", async () => {
    const contents = ["a", "b"];
    const step = fc.tuple(fc.constantFrom("put", "renew", "remove"), fc.constantFrom(...contents));
    const clock = movingClock();
    const { store } = await open(clock);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
        for (const content of contents) await put(store, content);
        clock.time += 1_000;
        const began = clock.time;
        const done = await Promise.all(
          steps.map(async ([kind, content]) => {
            if (kind === "put") await put(store, content);
            const size = kind === "renew" ? await store.renew(sha256(content)) : null;
            if (kind === "remove") await store.remove(sha256(content), began);
            return kind === "put" || size !== null ? content : null;
          }),
        );
        for (const content of done) if (content !== null) expect(await store.size(sha256(content))).toBe(1);
      }),
      { numRuns: 40 },
    );
  });
});
