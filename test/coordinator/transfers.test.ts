import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { transferLog } from "../../src/coordinator/log-transfers.js";
import { createTransfers, type TransferChange } from "../../src/coordinator/transfers.js";

function setUp() {
  let time = 0;
  const clock = { now: () => time };
  const transfers = createTransfers({ clock });
  const changes: TransferChange[] = [];
  const stop = transfers.watch((change) => changes.push(change));
  return { clock, transfers, changes, stop, pass: (ms: number) => (time += ms) };
}

/** So many bytes, in pieces of 100; `between` runs before each, which comes only when the one before was read. */
function body(bytes: number, between: () => void): Readable {
  let left = bytes / 100;
  return new Readable({
    highWaterMark: 1,
    read() {
      setImmediate(() => {
        if (left > 0) between();
        this.push(left-- > 0 ? Buffer.alloc(100) : null);
      });
    },
  });
}

describe("transfers", () => {
  it("count what is read, file by file, and are forgotten when they end", async () => {
    const { transfers, pass } = setUp();
    const transfer = transfers.begin("run", "bsp", 3, 3_000);
    expect(transfers.progress("run", "bsp")).toMatchObject({ file: null, bytesDone: 0, bytesTotal: 3_000 });
    transfer.done("there", 1_000);
    const read = await buffer(
      transfer.counted(
        "a",
        body(1_000, () => pass(500)),
      ),
    );
    expect(read).toHaveLength(1_000);
    expect(transfers.progress("run", "bsp")).toEqual({
      file: "a",
      filesDone: 1,
      filesTotal: 3,
      bytesDone: 2_000,
      bytesTotal: 3_000,
      bytesPerSecond: 200,
      secondsLeft: 5,
    });
    transfer.done("a");
    expect(transfers.progress("run", "bsp")).toMatchObject({ file: null, filesDone: 2 });
    expect([transfers.progress("run", null), transfers.progress("other", "bsp")]).toEqual([null, null]);
    transfer.end();
    expect(transfers.progress("run", "bsp")).toBeNull();
  });

  it("count a file that is begun again from where it goes on", async () => {
    const { transfers, pass } = setUp();
    const transfer = transfers.begin("run", null, 1, 1_000);
    await buffer(
      transfer.counted(
        "a",
        body(600, () => pass(1_000)),
      ),
    );
    await buffer(
      transfer.counted(
        "a",
        body(500, () => pass(1_000)),
        500,
      ),
    );
    expect(transfers.progress("run", null)).toMatchObject({ bytesDone: 1_000, bytesPerSecond: 100 });
    for (const look of [1, 2]) transfer.done("a", look * 500);
    expect(transfers.progress("run", null)).toMatchObject({ bytesDone: 1_000, filesDone: 1 });
    transfer.counted("a", Readable.from([]));
    expect(transfers.progress("run", null)).toMatchObject({ bytesDone: 0, filesDone: 0, file: "a" });
  });

  it("break where the body breaks, and let go of it where the reader does", async () => {
    const { transfers } = setUp();
    const transfer = transfers.begin("run", "bsp", 1, 1);
    const broken = new Readable({ read: () => undefined });
    const reading = buffer(transfer.counted("a", broken));
    broken.destroy(new Error("connection reset"));
    await expect(reading).rejects.toThrow("connection reset");
    const given = new Readable({ read: () => undefined });
    const closed = new Promise((resolve) => given.once("close", resolve));
    transfer.counted("a", given).destroy();
    await closed;
    expect(given.destroyed).toBe(true);
  });

  it("belong to who began last; what still moves of the one before counts for nothing", async () => {
    const { transfers, changes, pass } = setUp();
    const first = transfers.begin("run", "bsp", 1, 1_000);
    const second = transfers.begin("run", "bsp", 2, 2_000);
    first.end();
    expect(transfers.progress("run", "bsp")).toMatchObject({ filesTotal: 2 });
    second.end();
    const told = changes.length;
    await buffer(
      second.counted(
        "late",
        body(1_000, () => pass(1_000)),
      ),
    );
    second.end();
    expect(changes).toHaveLength(told);
  });

  it("are told to who watches, bytes no oftener than twice a second", async () => {
    const { transfers, changes, stop, pass } = setUp();
    const transfer = transfers.begin("run", "bsp", 1, 1_000);
    await buffer(
      transfer.counted(
        "a",
        body(1_000, () => pass(100)),
      ),
    );
    expect(changes.map(({ progress }) => progress?.bytesDone)).toEqual([0, 500, 1_000]);
    transfer.end();
    expect(changes.at(-1)).toEqual({ runId: "run", component: "bsp", progress: null });
    stop();
    transfers.begin("run", "bsp", 1, 1).done("a");
    expect(changes).toHaveLength(4);
  });

  it("have a line in the log every half minute, and no earlier", async () => {
    const { clock, transfers, pass } = setUp();
    const lines: string[] = [];
    transfers.watch(transferLog({ clock, log: { info: (_, message) => lines.push(message) } }));
    const short = transfers.begin("run", "bsp", 1, 2_000);
    await buffer(
      short.counted(
        "a",
        body(2_000, () => pass(1_000)),
      ),
    );
    short.end();
    const long = transfers.begin("run", null, 1, 10_000);
    await buffer(
      long.counted(
        "b",
        body(7_000, () => pass(1_000)),
      ),
    );
    expect(lines).toEqual([
      "uploads: 0 of 1 files, 2.9 of 9.8 KiB, 100 B/s, about 1m 10s left",
      "uploads: 0 of 1 files, 5.9 of 9.8 KiB, 100 B/s, about 40s left",
    ]);
  });
});
