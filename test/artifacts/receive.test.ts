/** A host of blobs that breaks connections off, stalls, and knows ranges or does not. */
import { PassThrough, Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createArtifactIntake } from "../../src/artifacts/intake.js";
import { QUIET, type TransferTimers } from "../../src/artifacts/receive.js";
import { ArtifactError, GitHubError } from "../../src/coordinator/ports.js";
import type { Download, ResumePoint, UnpackRequest } from "../../src/coordinator/ports.js";
import { openWorkshop, requestFor, sha256, storedAt, trust, type Workshop } from "./workshop.js";

const content = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31 + (i >> 3)) & 0xff));

interface Connection {
  /** Bytes until it ends so; absent: all of them. */
  until?: number;
  /** breaks: with an error; ends: as if that were all; stalls: nothing more comes; refused, away: no connection. */
  how?: "breaks" | "ends" | "stalls" | "refused" | "away";
  ranges?: boolean;
  etag?: string | null;
  /** Other bytes lie there by now. */
  other?: Buffer;
  size?: null;
}

/** Plays the connections one after the other, the last one again and again; `asked` is where each was to begin. */
function host(...connections: Connection[]) {
  const asked: (number | null)[] = [];
  function download(_: AbortSignal, from?: ResumePoint): Promise<Download> {
    const {
      until,
      how = "breaks",
      ranges = true,
      etag = '"1"',
      other,
      size,
    } = connections[Math.min(asked.length, connections.length - 1)] ?? {};
    asked.push(from?.offset ?? null);
    if (how === "refused") return Promise.reject(new GitHubError("refused", 410, "it has expired"));
    if (how === "away") return Promise.reject(new GitHubError("unknown", 503, "GitHub is away"));
    const whole = other ?? content;
    const matches = from?.etag === null || from?.etag === etag || etag === null;
    const offset = from !== undefined && ranges && matches ? from.offset : 0;
    const sent = whole.subarray(offset, until === undefined ? undefined : offset + until);
    async function* bytes(): AsyncGenerator<Buffer> {
      for (let at = 0; at < sent.length; at += 700) yield sent.subarray(at, at + 700);
      await Promise.resolve();
      if (until === undefined || how === "ends") return;
      throw new Error("socket hang up");
    }
    const body = how === "stalls" ? stalled(sent) : Readable.from(bytes(), { objectMode: false });
    const shape = { contentType: "application/octet-stream", fileName: "core.wic", urlPath: "/1" };
    return Promise.resolve({ ...shape, body, offset, etag, size: size === null ? null : whole.length });
  }
  return { asked, download };
}

function stalled(bytes: Buffer): Readable {
  const body = new PassThrough();
  body.write(bytes);
  return body;
}

type Taken = Awaited<ReturnType<ReturnType<typeof createArtifactIntake>["take"]>>;

/** Takes what a host sends, where downloads of up to `small` bytes are held in memory. */
function intakeOf(small: number) {
  async function take(download: UnpackRequest["download"], timers?: TransferTimers, known?: Workshop) {
    const workshop = known ?? (await openWorkshop());
    const told: string[] = [];
    const intake = createArtifactIntake({ ...workshop, trust, timers: timers ?? workshop.timers, small });
    const info = { ...requestFor(content).info, sha256: sha256(content) };
    const request = requestFor(content, { download, info, interrupted: (sentence) => told.push(sentence) });
    const taking: Promise<Taken> = intake.take(request, new AbortController().signal);
    return { taking, told, files: workshop.files };
  }

  async function expectWhole(download: UnpackRequest["download"], timers?: TransferTimers): Promise<string[]> {
    const { taking, told, files } = await take(download, timers);
    expect(await taking).toMatchObject({ sha256: sha256(content), size: content.length, digestVerified: true });
    expect(files()).toEqual([storedAt(sha256(content))]);
    return told;
  }

  return { take, expectWhole };
}

const PLACES: [string, number][] = [
  ["a file", content.length - 1],
  ["memory", content.length],
];

describe.each(PLACES)("a transfer to %s that breaks off", (_, small) => {
  const { take, expectWhole } = intakeOf(small);

  it("goes on where it was, as often as it takes", async () => {
    const { asked, download } = host(...Array.from({ length: 30 }, () => ({ until: 150 })), {});
    const told = await expectWhole(download);
    expect(asked.slice(0, 4)).toEqual([null, 150, 300, 450]);
    expect(told).toHaveLength(30);
    expect(told[0]).toBe(
      'The download of artifact "firmware" (id 7) broke off after 150 bytes: socket hang up; it goes on at byte 150',
    );
  });

  it("goes on by its length alone where the host gives no ETag, also when it ends too early without an error", async () => {
    const { asked, download } = host({ until: 1000, how: "ends", etag: null }, { etag: null });
    await expectWhole(download);
    expect(asked).toEqual([null, 1000]);
  });

  it("begins again where the host knows no ranges", async () => {
    const { asked, download } = host({ until: 4000 }, { ranges: false });
    await expectWhole(download);
    expect(asked).toEqual([null, 4000]);
  });

  it("begins again where neither length nor ETag would tell other bytes", async () => {
    const { asked, download } = host({ until: 4000, size: null, etag: null }, { size: null, etag: null });
    await expectWhole(download);
    expect(asked).toEqual([null, null]);
  });

  it("is not glued to other bytes", async () => {
    const older = Buffer.alloc(content.length, 1);
    const byTag = host({ until: 4000, other: older, etag: '"0"' }, {});
    await expectWhole(byTag.download);
    const longer = Buffer.alloc(content.length + 1, 1);
    const byLength = host({ until: 4000, other: longer, etag: null }, { etag: null });
    await expectWhole(byLength.download);
    expect(byLength.asked).toEqual([null, 4000, null]);
    const unseen = await take(host({ until: 4000, other: older, etag: null }, { etag: null }).download);
    await expect(unseen.taking).rejects.toThrow(/not what was uploaded: GitHub's digest/);
  });

  it("waits longer each time while GitHub is away, and gives up", async () => {
    const pauses: number[] = [];
    const timers = {
      every: () => () => undefined,
      sleep: (ms: number) => {
        pauses.push(ms);
        return Promise.resolve();
      },
    };
    const { download } = host({ until: 700 }, { how: "away" }, { how: "away" }, {});
    await expectWhole(download, timers);
    expect(pauses).toEqual([250, 500, 1000]);
    const { taking, files } = await take(host({ until: 700 }, { how: "away" }).download, timers);
    const failure = await taking.catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: "unknown", status: 0 });
    expect(String(failure)).toMatch(/broke off after 700 bytes: GitHub is away/);
    expect(files()).toEqual([]);
  });

  it("is given up where each connection brings nothing, or each begins at 0 again", async () => {
    const nothing = host({ until: 0 });
    await expect((await take(nothing.download)).taking).rejects.toThrow(/broke off after 0 bytes .*socket hang up/);
    const again = host({ until: 4000, ranges: false });
    await expect((await take(again.download)).taking).rejects.toThrow(/broke off after 4000 bytes .*socket hang up/);
    expect([nothing.asked.length, again.asked.length]).toEqual([5, 5]);
  });

  it("ends with GitHub's refusal where the artifact has expired meanwhile", async () => {
    const { taking } = await take(host({ until: 700 }, { how: "refused" }).download);
    await expect(taking).rejects.toMatchObject({ kind: "refused", status: 410 });
  });
});

describe.each(PLACES)("a transfer to %s that stalls", (_, small) => {
  const { take } = intakeOf(small);

  it("counts as broken after a while without a byte, and not while the disk is busy", async () => {
    const ticks: (() => void)[] = [];
    const timers: TransferTimers = {
      every(ms, fire) {
        expect(ms).toBe(QUIET);
        ticks.push(fire);
        return () => undefined;
      },
      sleep: () => Promise.resolve(),
    };
    const { download } = host({ until: 2100, how: "stalls" }, {});
    const { taking, told } = await take(download, timers);
    await expect
      .poll(() => {
        for (const tick of ticks) tick();
        return told;
      })
      .toEqual([expect.stringMatching(/broke off after 2100 bytes: no byte came for 30 seconds; .* at byte 2100/)]);
    expect((await taking).sha256).toBe(sha256(content));
  });
});

describe.each(PLACES)("whatever a host does with a transfer to %s", (_, small) => {
  const { take } = intakeOf(small);
  const connection: fc.Arbitrary<Connection> = fc.record({
    until: fc.integer({ min: 0, max: content.length }),
    how: fc.constantFrom("breaks", "ends", "away"),
    ranges: fc.boolean(),
    etag: fc.constantFrom(null, '"1"', '"2"'),
    other: fc.option(fc.nat(content.length - 1).map(flipped), { nil: undefined }),
  }) as fc.Arbitrary<Connection>;

  function flipped(at: number): Buffer {
    const bytes = Buffer.from(content);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  }

  it("what is taken is what GitHub's digest promises, or nothing is taken", async () => {
    const workshop = await openWorkshop();
    await fc.assert(
      fc.asyncProperty(fc.array(connection, { minLength: 1, maxLength: 6 }), fc.boolean(), async (given, good) => {
        const { taking, files } = await take(host(...given, ...(good ? [{}] : [])).download, undefined, workshop);
        const result = await taking.catch((error: unknown) => error);
        if (result instanceof Error) {
          expect(result instanceof GitHubError || result instanceof ArtifactError).toBe(true);
        } else {
          expect(result).toMatchObject({ sha256: sha256(content), size: content.length });
        }
        expect([[], [storedAt(sha256(content))]]).toContainEqual(files());
      }),
      { numRuns: 100 },
    );
  });
});
