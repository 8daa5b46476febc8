import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashThrough } from "../../src/artifacts/hashing.js";
import { beginHash } from "../../src/artifacts/hash-thread.js";

const KIB = 1024;
const signal = new AbortController().signal;

/** Bytes that differ by place and seed. */
function bytesOf(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0; index < size; index += 1) bytes[index] = (index * 31 + seed * 17 + (index >> 8)) & 0xff;
  return bytes;
}

function cut(bytes: Buffer, step: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / step) }, (_, n) => bytes.subarray(n * step, (n + 1) * step));
}

const nowhere = { write: () => undefined };

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("hashThrough", () => {
  it("gives size and digest whatever the size and the chunks, here or on the thread, many at a time", async () => {
    const bodies = fc.array(
      fc.record({
        size: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 2000 * KIB, max: 2100 * KIB })),
        step: fc.integer({ min: 7 * KIB, max: 300 * KIB }),
        seed: fc.nat(255),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(bodies, async (drawn) => {
        const whole = drawn.map(({ size, seed }) => bytesOf(size, seed));
        const hashed = await Promise.all(
          whole.map((bytes, index) => hashThrough(Readable.from(cut(bytes, drawn[index]?.step ?? 1)), signal, nowhere)),
        );
        expect(hashed).toEqual(whole.map((bytes) => ({ sha256: sha256(bytes), size: bytes.length })));
      }),
      { numRuns: 20 },
    );
  });

  it("gives the sink the bytes in their order", async () => {
    const bytes = bytesOf(3 * KIB * KIB, 1);
    const seen: Buffer[] = [];
    await hashThrough(Readable.from(cut(bytes, 256 * KIB)), signal, {
      write: (piece) => void seen.push(Buffer.from(piece)),
    });
    expect(Buffer.concat(seen).equals(bytes)).toBe(true);
  });

  it("uses no piece's memory again before the sink, however slow, is through with it", async () => {
    const bytes = bytesOf(6 * KIB * KIB, 4);
    const seen: Buffer[] = [];
    const hashed = await hashThrough(Readable.from(cut(bytes, 60 * KIB)), signal, {
      write: async (piece) => {
        for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
        seen.push(Buffer.from(piece));
      },
    });
    expect(Buffer.concat(seen).equals(bytes)).toBe(true);
    expect(hashed.sha256).toBe(sha256(bytes));
  });

  it("ends with what the sink throws, and the next one is not disturbed", async () => {
    const bytes = bytesOf(3 * KIB * KIB, 2);
    const full = new Error("no room");
    let written = 0;
    await expect(
      hashThrough(Readable.from(cut(bytes, 128 * KIB)), signal, {
        write: () => {
          if (++written === 2) throw full;
        },
      }),
    ).rejects.toBe(full);
    const next = await hashThrough(Readable.from(cut(bytes, 128 * KIB)), signal, nowhere);
    expect(next.sha256).toBe(sha256(bytes));
  });
});

describe("beginHash", () => {
  it("lets the event loop go on: what is due meanwhile is done before the digest is there", async () => {
    const bytes = bytesOf(2 * KIB * KIB, 3);
    const hash = beginHash();
    let memory = new Uint8Array(bytes).buffer;
    let turns = 0;
    const tick = setInterval(() => (turns += 1), 0);
    for (let time = 0; time < 8; time += 1) memory = await hash.update(memory, bytes.length);
    const digest = await hash.digest();
    clearInterval(tick);
    hash.drop();
    expect(digest).toBe(sha256(Buffer.concat(Array.from({ length: 8 }, () => bytes))));
    expect(turns).toBeGreaterThan(0);
  });
});
