/** Whose traces were told. */
import { expect, it } from "vitest";
import type { OpenedStore } from "../../src/store/opened-store.js";
import { aRun } from "./run-fixture.js";

export function describeTraces(store: () => OpenedStore): void {
  it("tells which release runs ended since their trace was told", async () => {
    const ended = (id: string, completedAt: number) =>
      aRun({ id, tag: id, createdAt: completedAt - 5, status: "completed", conclusion: "failure", completedAt });
    const runs = [
      aRun({ id: "open" }),
      ended("long ago", 100),
      ended("told", 210),
      ended("again", 220),
      ended("not", 230),
    ];
    for (const run of runs) await store().createRun(run);
    await store().traces.traced("told", 210);
    await store().traces.traced("again", 219);
    await store().traces.traced("open", 219);
    expect(await store().traces.untraced(200)).toStrictEqual(["again", "not"]);
    await store().traces.traced("not", 231);
    expect(await store().traces.untraced(0)).toStrictEqual(["long ago", "again"]);
  });
}
