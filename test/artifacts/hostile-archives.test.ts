import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { ArtifactError } from "../../src/coordinator/ports.js";
import { LIMITS, openWorkshop, sha256, storedAt } from "./workshop.js";
import { type FixtureEntry, zipBytes } from "./zip-bytes.js";

const good: FixtureEntry = { name: "good.txt", data: "fine" };
const zeros = Buffer.alloc(4 * 1024 ** 2);
const noise = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31 + 7) & 0xff));

function named(name: string | Buffer, reason: RegExp): [string, Buffer, RegExp] {
  return [`name ${JSON.stringify(name.toString("latin1"))}`, zipBytes([good, { name, data: "evil" }]), reason];
}

function withEntry(title: string, entry: Partial<FixtureEntry>, reason: RegExp): [string, Buffer, RegExp] {
  return [title, zipBytes([good, { name: "odd.bin", data: noise, ...entry }]), reason];
}

const honest = zipBytes([good, { name: "big.bin", data: noise }]);

/** The last `bytes` of an end record with a ZIP64 locator that points far beyond what a file can have. */
function absurdZip64(): Buffer {
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.fill(0xff, 8, 16);
  const end = zipBytes([]);
  return Buffer.concat([Buffer.from("PK"), locator, end]);
}

/** One file's bytes hold another file with its header, and the directory names both: archives that unpack to petabytes. */
function overlapping(): Buffer {
  const inner: FixtureEntry = { name: "b.bin", data: noise };
  const outer: FixtureEntry = { name: "a.bin", method: 0, data: zipBytes([inner]) };
  return zipBytes([outer, { ...inner, lies: { offset: 30 + "a.bin".length } }]);
}

/** Stored, and said to reach to the end of the archive, directory and all. */
const swallowing: FixtureEntry = { name: "self.zip", method: 0, data: "PK", lies: { size: 30, compressedSize: 30 } };

/** A record of `archive` says `value` in its 64 bits at `offset`. */
function patched(archive: Buffer, signature: number, offset: number, value: bigint): Buffer {
  const bytes = Buffer.from(archive);
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(signature);
  bytes.writeBigUInt64LE(value, bytes.indexOf(mark) + offset);
  return bytes;
}

const zip64 = await zip64Archive();

function zip64Archive(): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from("hello"), "a.bin", { forceZip64Format: true, compress: false, forceDosTimestamp: true });
  zip.end({ forceZip64Format: true, comment: "" });
  return buffer(zip.outputStream);
}

const corpus: [string, Buffer, RegExp][] = [
  named("../evil", /leads to a parent directory/),
  named("a/../../evil", /leads to a parent directory/),
  named("..", /leads to a parent directory/),
  named("/etc/passwd", /absolute/),
  named("//server/share", /absolute/),
  named("C:/windows/evil", /drive letter/),
  named("c:evil", /drive letter/),
  named("..\\evil", /backslash/),
  named("a\\b", /backslash/),
  named("a\u0000b", /control characters/),
  named("a\nb", /control characters/),
  named("a\u001b[31mb", /control characters/),
  named("a\u0085b", /control characters/),
  named("gpj.\u202Eexe", /control characters/),
  named(Buffer.from("a\nb"), /control characters/),
  named("", /name is empty/),
  named("x".repeat(5000), /longer than 4096/),
  ["name of invalid UTF-8", zipBytes([{ name: Buffer.from([0x61, 0xff, 0xfe]), flags: 0x0800 }]), /not valid UTF-8/],
  ["the same name twice", zipBytes([good, good]), /occurs twice/],
  ["the same name, once with ./", zipBytes([good, { name: "./good.txt" }]), /occurs twice/],
  ["names that differ in case", zipBytes([good, { name: "GOOD.txt" }]), /differs from "good.txt" in case only/],
  ["names that differ in composition", zipBytes([{ name: "\u00e9" }, { name: "e\u0301" }]), /in case only/],
  ["a file under a file", zipBytes([{ name: "a" }, { name: "A/b" }]), /a file and a directory at once/],
  [
    "a directory over a file",
    zipBytes([{ name: "a" }, { name: "a/", mode: 0o40755 }]),
    /a file and a directory at once/,
  ],
  ["a file over a directory", zipBytes([{ name: "a/b" }, { name: "a" }]), /also that of a directory/],
  withEntry("a symbolic link", { mode: 0o120777, data: "/etc/passwd" }, /symbolic link/),
  withEntry("a device", { mode: 0o060644 }, /neither a file nor a directory/),
  withEntry("a named pipe", { mode: 0o010644 }, /neither a file nor a directory/),
  withEntry("a directory named like a file", { mode: 0o040755 }, /neither a file nor a directory/),
  withEntry("an encrypted file", { flags: 0x0801 }, /encrypted/),
  withEntry("a file of an unknown method", { method: 12, raw: noise }, /method 12/),
  withEntry("a wrong CRC", { lies: { crc: 1 } }, /"odd\.bin" is damaged: CRC-32 00000001 expected, [0-9a-f]{8} found/),
  withEntry("a wrong CRC of a stored file", { method: 0, lies: { crc: 1 } }, /is damaged: CRC-32/),
  withEntry("more bytes than promised", { lies: { size: 100 } }, /more bytes than the 100/),
  withEntry("fewer bytes than promised", { lies: { size: 6000 } }, /has 5000 bytes, where the archive says 6000/),
  withEntry("broken compressed data", { raw: Buffer.alloc(200, 0xff), method: 8 }, /compressed data .* is broken/),
  withEntry("cut compressed data", { raw: deflateRawSync(noise).subarray(0, 50), method: 8 }, /"odd\.bin"/),
  withEntry("another name in the file's own header", { lies: { localName: "oops.bin" } }, /contradicts itself/),
  withEntry("an offset into nowhere", { lies: { offset: 0x7fffffff } }, /beyond its end/),
  withEntry("an offset into other bytes", { lies: { offset: 3 } }, /no ZIP archive, or damaged/),
  ["a bomb by its headers", zipBytes([{ name: "bomb", data: zeros }]), /more than 200 times/],
  [
    "a bomb with modest headers",
    zipBytes([{ name: "bomb", data: zeros, lies: { size: 1000 } }]),
    /more bytes than the 1000/,
  ],
  [
    "a file over the limit",
    zipBytes([{ name: "big", method: 0, data: Buffer.alloc(LIMITS.file + 1) }]),
    /artifacts\.limits\.file/,
  ],
  [
    "files over the limit in all",
    zipBytes([1, 2, 3].map((n) => ({ name: `${n}`, method: 0, data: Buffer.alloc(5_800_000) }))),
    /artifacts\.limits\.total/,
  ],
  [
    "too many entries",
    zipBytes(Array.from({ length: 101 }, (_, i) => ({ name: `${i}` }))),
    /101 entries; .*allows 100/,
  ],
  ["names that differ by the folding of a letter", zipBytes([{ name: "straße" }, { name: "STRASSE" }]), /in case only/],
  [
    "a name that is UTF-8 in one place and CP437 in the other",
    zipBytes([{ name: "\u00e9", lies: { localFlags: 0 } }]),
    /contradicts itself/,
  ],
  ["an archive that holds itself", zipBytes([swallowing]), /"self\.zip" shares bytes with the archive's directory/],
  [
    "a ZIP64 count of entries that lies",
    patched(zip64, 0x06064b50, 32, 1n << 40n),
    /1099511627776 entries; .*allows 100/,
  ],
  ["a ZIP64 directory that is elsewhere", patched(zip64, 0x06064b50, 48, 1n << 40n), /beyond its end/],
  [
    "a ZIP64 size that lies",
    patched(zip64, 0x02014b50, 46 + "a.bin".length + 4, 1n << 50n),
    /size mismatch for stored file/,
  ],
  ["a ZIP64 offset that lies", patched(zip64, 0x02014b50, 46 + "a.bin".length + 20, 1n << 40n), /beyond its end/],
  ["files that share bytes", overlapping(), /"a\.bin" and "b\.bin" share the same bytes/],
  [
    "entries hidden from the end record",
    zipBytes([good, { name: "hidden" }], { entryCount: 1 }),
    /more entries than its end record says/,
  ],
  ["fewer entries than the end record says", zipBytes([good], { entryCount: 2 }), /damaged/],
  ["a directory that is elsewhere", zipBytes([good], { directoryOffset: 2 }), /damaged/],
  ["a directory beyond the end", zipBytes([good], { directoryOffset: 0x7ffffff0 }), /damaged/],
  ["a ZIP64 record beyond any file", absurdZip64(), /damaged/],
  ["0 bytes", Buffer.alloc(0), /empty \(0 bytes\)/],
  ["text", Buffer.from("<html>Not found</html>"), /no ZIP archive/],
  ["a truncated archive", honest.subarray(0, honest.length - 30), /cut short/],
  ["the first half of an archive", honest.subarray(0, honest.length / 2), /cut short/],
];

describe("a hostile archive is refused as a whole", () => {
  it.each(corpus)("%s", async (_, archive, reason) => {
    const workshop = await openWorkshop();
    const before = everythingBelow(workshop.outside);
    const refusal = await workshop.take(archive).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ArtifactError);
    expect((refusal as ArtifactError).message).toMatch(reason);
    expect((refusal as ArtifactError).message).toMatch(/^Artifact "firmware" \(id 7\): [^\p{Cc}]*$/u);
    expectOnlyContent(workshop.outside, before);
  });

  it("also where the bad entry is not among the wanted files", async () => {
    const workshop = await openWorkshop();
    const archive = zipBytes([good, { name: "odd.bin", data: noise, lies: { crc: 1 } }]);
    const taking = workshop.take(archive, { wanted: (path) => path === "good.txt" });
    await expect(taking).rejects.toThrow(ArtifactError);
  });

  it("also where many small files make the bomb", async () => {
    const workshop = await openWorkshop();
    const archive = zipBytes(
      Array.from({ length: 70 }, (_, i) => ({ name: `${i}`, data: zeros.subarray(0, 1024 ** 2) })),
    );
    const taking = workshop.take(archive, { limits: { ...LIMITS, total: 2 ** 30 }, wanted: () => false });
    await expect(taking).rejects.toThrow(/The archive grows to more than 200 times its compressed size/);
  });

  it("also where the download alone is larger than anything allowed", async () => {
    const workshop = await openWorkshop();
    const body = Readable.from([Buffer.alloc(1000)]);
    const taking = workshop.take({ body, size: 2 ** 40 });
    await expect(taking).rejects.toThrow(/more than the \d+ bytes artifacts\.limits allows/);
    expect(body.destroyed).toBe(true);
  });

  it("but an archive in an archive is a file like any other, whatever it would become", async () => {
    const workshop = await openWorkshop();
    const bomb = zipBytes([{ name: "bomb", data: zeros }]);
    const taken = await workshop.take(zipBytes([{ name: "r/r.zip", method: 0, data: bomb }]));
    expect(taken.files).toMatchObject([{ path: "r/r.zip", sha256: sha256(bomb), size: bomb.length }]);
  });

  it("but a small file may compress as well as it likes", async () => {
    const workshop = await openWorkshop();
    const taken = await workshop.take(zipBytes([{ name: "zeros", data: Buffer.alloc(1024 ** 2) }]));
    expect(taken.files).toHaveLength(1);
  });
});

describe("whatever the bytes", () => {
  it("an archive with random damage is taken whole or refused, never half, and nothing stands outside the store", async () => {
    const workshop = await openWorkshop();
    const before = everythingBelow(workshop.outside);
    const original = await workshop.take(honest);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(honest.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (damage) => {
          const archive = Buffer.from(honest);
          for (const [at, byte] of damage) archive[at] = byte;
          const result = await workshop.take(archive).catch((error: unknown) => error);
          if (result instanceof Error) expect(result).toBeInstanceOf(ArtifactError);
          else expect(shape(result)).toEqual(shape(original));
          expectOnlyContent(workshop.outside, before);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("an end record that claims no entries, in a directory elsewhere, makes no archive an empty one", async () => {
    const workshop = await openWorkshop();
    const archive = Buffer.from(honest);
    const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
    archive.writeUInt16LE(0, end + 8);
    archive.writeUInt16LE(0, end + 10);
    archive.writeUInt32LE(0, end + 16);
    await expect(workshop.take(archive)).rejects.toThrow("its directory does not end where its end record says");
  });

  it("names that are taken lie inside", async () => {
    const workshop = await openWorkshop();
    const parts = fc.constantFrom("a", "..", ".", "", "C:", "\\", "b c", "é", "\u0007", "-rf");
    await fc.assert(
      fc.asyncProperty(fc.array(parts, { minLength: 1, maxLength: 5 }), async (path) => {
        const archive = zipBytes([{ name: path.join("/"), data: "x" }]);
        const result = await workshop.take(archive).catch((error: unknown) => error);
        if (result instanceof Error) {
          expect(result).toBeInstanceOf(ArtifactError);
          return;
        }
        for (const file of (result as { files: { path: string }[] }).files) {
          expect(file.path).toMatch(/^(?!\/|\.\.?(\/|$)|.*\/\.\.?(\/|$))[^\\\p{Cc}]+$/u);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Names and contents apart: damage to a name gives another name, and damage to data is always seen. */
function shape(taken: unknown): unknown {
  const { files } = taken as { files: { size: number; sha256: string }[] };
  return files.map(({ size, sha256 }) => `${size} ${sha256}`).sort();
}

function everythingBelow(folder: string): { path: string; file: boolean }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => ({
    path: relative(folder, join(entry.parentPath, entry.name)),
    file: !entry.isDirectory(),
  }));
}

/** What has come since is in the store, under its own digest. */
function expectOnlyContent(outside: string, before: readonly { path: string }[]): void {
  const known = new Set(before.map(({ path }) => path));
  for (const { path, file } of everythingBelow(outside).filter((entry) => !known.has(entry.path))) {
    if (file) expect(path).toBe(storedAt(sha256(readFileSync(join(outside, path)))));
    else expect(path).toMatch(/^data\/artifacts\/sha256\/[0-9a-f]{2}$/);
  }
}
