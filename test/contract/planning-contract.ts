/** What every store must do for who plans a release: past runs, and layer files that were read before. */
import { expect, it } from "vitest";
import type { Attempt } from "../../src/chain/run.js";
import type { Store } from "../../src/coordinator/ports.js";
import { aComponentRun, aFoundAttempt, aRun, aSha, EPOCH, MINUTE } from "./run-fixture.js";

const DAY = 24 * 60 * MINUTE;

export function describePastRuns(store: () => Store): void {
  it("knows the newest successful run of a hub, of any tag", async () => {
    expect(await store().lastSuccess("acme/product")).toBeNull();
    const over = { status: "completed", conclusion: "success" } as const;
    for (const run of [
      aRun({ ...over, id: "older", tag: "v1", createdAt: EPOCH }),
      aRun({ ...over, id: "newest", tag: "v2", createdAt: EPOCH + 1 }),
      aRun({ id: "failed", tag: "v3", createdAt: EPOCH + 2, status: "completed", conclusion: "failure" }),
      aRun({ id: "live", tag: "v4", createdAt: EPOCH + 3 }),
      aRun({ ...over, id: "of another hub", tag: "v5", createdAt: EPOCH + 4, hub: "acme/other" }),
    ])
      await store().createRun(run);
    expect(await store().lastSuccess("acme/product")).toStrictEqual(await store().loadRun("newest"));
    expect((await store().lastSuccess("acme/other"))?.id).toBe("of another hub");
    expect(await store().lastSuccess("acme/none")).toBeNull();
  });

  it("tells how long the newest successful attempts took, newest first", async () => {
    let workflowRunId = 30_000_000_000;
    function attempt(startedAt: number, minutes: number, change: Partial<Attempt> = {}): Attempt {
      return aFoundAttempt(++workflowRunId, {
        status: "completed",
        conclusion: "success",
        startedAt,
        succeededAt: startedAt + minutes * MINUTE,
        completedAt: startedAt + 2 * minutes * MINUTE,
        ...change,
      });
    }
    async function create(id: string, hub: string, attempts: Record<string, Attempt[]>): Promise<void> {
      const components = Object.entries(attempts).map(([name, made]) => aComponentRun({ id: name, attempts: made }));
      await store().createRun(aRun({ id, tag: id, hub, components }));
    }
    await create("first", "acme/product", {
      bsp: [attempt(EPOCH, 10, { conclusion: "failure" }), attempt(EPOCH + MINUTE, 20)],
      sdk: [attempt(EPOCH, 7, { succeededAt: null })],
      waits: [attempt(EPOCH, 5, { startedAt: null })],
      "clock set back": [attempt(EPOCH, -5)],
    });
    await create("third", "acme/product", { bsp: [attempt(EPOCH + 3 * DAY, 40)] });
    await create("second", "acme/product", { bsp: [attempt(EPOCH + 2 * DAY, 30)] });
    await create("elsewhere", "acme/other", { bsp: [attempt(EPOCH + 9 * DAY, 99)] });
    const minutes = async (hub: string, limit: number) =>
      [...(await store().buildDurations(hub, limit))].sort().map(([id, each]) => [id, each.map((ms) => ms / MINUTE)]);
    expect(await minutes("acme/product", 2)).toStrictEqual([
      ["bsp", [40, 30]],
      ["sdk", [14]],
    ]);
    expect(await minutes("acme/product", 9)).toContainEqual(["bsp", [40, 30, 20]]);
    expect(await minutes("acme/none", 9)).toStrictEqual([]);
  });
}

export function describeLayerFiles(store: () => Store): void {
  it("gives back the texts of layer files, whatever is in them", async () => {
    const files = new Map([
      [aSha("plain"), 'BBFILE_COLLECTIONS += "acme"\n'],
      [aSha("binary"), "\u0000\u0001\uD83D \u0001abcd\r\n💾"],
      [aSha("empty"), ""],
      [aSha("long"), "x".repeat(1_048_576)],
    ]);
    await store().keepLayerFiles(files, EPOCH);
    await store().keepLayerFiles(new Map(), EPOCH);
    expect(await store().layerFiles([...files.keys(), aSha("another"), aSha("plain")], EPOCH)).toStrictEqual(files);
    expect(await store().layerFiles([], EPOCH)).toStrictEqual(new Map());
  });

  it("takes many layer files at once, and leaves those that are there as they are", async () => {
    const many = new Map(Array.from({ length: 2_000 }, (_, index) => [aSha(`file ${index}`), `text ${index}`]));
    const [[first, text] = ["", ""]] = many;
    await store().keepLayerFiles(new Map([[first, "before"]]), EPOCH);
    await store().keepLayerFiles(many, EPOCH + 1);
    const found = await store().layerFiles([...many.keys()], EPOCH + 2);
    expect(found.get(first)).toBe("before");
    expect(found.set(first, text)).toStrictEqual(many);
  });

  it("forgets layer files that nobody wanted for long", async () => {
    const old = aSha("old");
    const used = aSha("used");
    await store().keepLayerFiles(new Map([old, used].map((sha) => [sha, sha])), EPOCH);
    await store().layerFiles([used], EPOCH + 5 * DAY);
    expect(await store().deleteLayerFilesBefore(EPOCH)).toBe(0);
    expect(await store().deleteLayerFilesBefore(EPOCH + 3 * DAY)).toBe(1);
    expect([...(await store().layerFiles([old, used], EPOCH + 5 * DAY)).keys()]).toStrictEqual([used]);
    expect(await store().deleteLayerFilesBefore(EPOCH + 6 * DAY)).toBe(1);
  });
}
