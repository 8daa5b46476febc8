/** Pruning beside release runs that put, renew, record, end and go on, and beside deaths, in any order. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestsOf, GRACE, type RetentionRules } from "../../src/chain/retention.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import { createArtifactKeeping } from "../../src/coordinator/artifact-keeping.js";
import type { ArtifactStore } from "../../src/coordinator/ports.js";
import { pruneArtifacts, type KeepingDeps } from "../../src/coordinator/prune-artifacts.js";
import { memoryArtifactStore } from "../artifacts/memory-artifact-store.js";
import { MemoryStore } from "../contract/memory-store.js";
import { aCollectedArtifact, aCollectedFile, aComponentRun, aPlan, aRun } from "../contract/run-fixture.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const never = new AbortController().signal;
const STRICT: RetentionRules = { keep: 0, maxAge: 1, keepPublished: false };

interface World {
  deps: KeepingDeps & { artifactStore: ArtifactStore };
  store: MemoryStore;
  content: Map<string, Buffer>;
  clock: { time: number; now: () => number };
}

function aWorld(artifactsMaxSize?: number): World {
  const content = new Map<string, Buffer>();
  const store = new MemoryStore();
  const clock = { time: 1_800_000_000_000, now: () => clock.time };
  const artifactStore = memoryArtifactStore({ content, now: clock.now });
  const deps = { store, artifactStore, clock, ...(artifactsMaxSize !== undefined && { artifactsMaxSize }) };
  return { deps, store, content, clock };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function put({ deps }: World, text: string) {
  return deps.artifactStore.put(Readable.from([Buffer.from(text)]), never);
}

/** With these files collected, by content. */
function withFiles(run: ReleaseRun, texts: readonly string[]): ReleaseRun {
  const files = texts.map((text) => aCollectedFile({ path: text, sha256: sha256(text), size: text.length }));
  const component = aComponentRun({ id: "meta-acme", artifacts: [aCollectedArtifact({ files })] });
  return { ...run, components: [component] };
}

function aRunAt(id: string, at: number, retention: RetentionRules, more: Partial<ReleaseRun> = {}): ReleaseRun {
  const times = { createdAt: at, startedAt: at, timedFrom: at };
  return aRun({ id, tag: id, plan: aPlan({ retention }), ...times, ...more });
}

async function prune(world: World, dryRun = false) {
  return pruneArtifacts({ dryRun }, world.deps, never);
}

describe("pruning", () => {
  it("spares what is on its way to being recorded, however long that takes", async () => {
    const world = aWorld();
    const { store, content, clock } = world;
    const run = aRunAt("slow", clock.time, STRICT);
    await store.createRun(run);
    await put(world, "first of many");
    clock.time += 40 * HOUR;
    expect(await prune(world)).toMatchObject({ unreferenced: { files: 0 } });
    const recorded = await store.saveRun(run, withFiles(run, ["first of many"]));
    await store.saveRun(recorded, { ...recorded, status: "completed", conclusion: "success", completedAt: clock.time });
    clock.time += DAY;
    await prune(world);
    expect([...content.keys()]).toEqual([sha256("first of many")]);
  });

  it("takes the rubbish of a collection that failed, after the grace time, and notes who lost files", async () => {
    const world = aWorld();
    const { store, content, clock } = world;
    const over = { status: "completed", conclusion: "failure", completedAt: clock.time } as const;
    await store.createRun(withFiles(aRunAt("old", clock.time, STRICT, over), ["old"]));
    await store.createRun(withFiles(aRunAt("kept", clock.time + 1, { ...STRICT, keep: 1 }, over), ["kept"]));
    for (const text of ["old", "kept", "rubbish"]) await put(world, text);
    clock.time += GRACE;
    expect((await prune(world)).unreferenced).toEqual({ files: 0, bytes: 0 });
    clock.time += 1;
    const dry = await prune(world, true);
    expect(dry).toMatchObject({ unreferenced: { files: 2, bytes: 10 }, left: { files: 1, bytes: 4 }, limit: null });
    expect([content.size, (await store.fileHolders())[1]?.filesRemovedAt]).toEqual([3, null]);
    expect(await prune(world)).toEqual({ ...dry, dryRun: false });
    expect(dry.runs).toEqual([{ id: "old", hub: "acme/product", tag: "old", why: "retention" }]);
    expect([...content.keys()]).toEqual([sha256("kept")]);
    expect((await store.fileHolders()).map(({ filesRemovedAt }) => filesRemovedAt)).toEqual([null, clock.time]);
    expect(await prune(world)).toMatchObject({ unreferenced: { files: 0 }, runs: [] });
  });

  it("tells how far it is, until it has ended", async () => {
    const world = aWorld();
    const { deps, clock } = world;
    for (const text of ["one", "three"]) await put(world, text);
    clock.time += GRACE + 1;
    const seen: unknown[] = [];
    const { artifactStore } = deps;
    const watched = {
      ...artifactStore,
      remove: (digest: string, before: number) => {
        seen.push({ ...keeping.pruning() });
        return artifactStore.remove(digest, before);
      },
    };
    const note = (): void => undefined;
    const log = { debug: note, info: note, warn: note, error: note };
    const keeping = createArtifactKeeping({ ...deps, artifactStore: watched, log });
    expect(keeping.pruning()).toBeNull();
    await keeping.prune({ dryRun: false });
    const first = { found: 2, files: 0, bytes: 0, totalFiles: 2, totalBytes: 8 };
    expect(seen).toEqual([first, { ...first, files: 1, bytes: expect.any(Number) as number }]);
    expect(keeping.pruning()).toBeNull();
  });

  it("makes the oldest give way to the limit, and says what is above it for good", async () => {
    const world = aWorld(12);
    const { store, content, clock } = world;
    const many = { keep: 9, maxAge: DAY, keepPublished: true };
    for (const [index, conclusion] of (["failure", "success", "failure"] as const).entries()) {
      const over = { status: "completed", conclusion, completedAt: clock.time + index } as const;
      await store.createRun(withFiles(aRunAt(`r${index}`, clock.time + index, many, over), [`file ${index}`]));
      await put(world, `file ${index}`);
    }
    clock.time += GRACE + 5;
    expect(await prune(world)).toMatchObject({ space: { files: 1, bytes: 6 }, runs: [{ id: "r0" }], above: 0 });
    expect(content.size).toBe(2);
    const tight = { ...world, deps: { ...world.deps, artifactsMaxSize: 5 } };
    expect(await prune(tight)).toMatchObject({ runs: [{ id: "r2" }], above: 1, left: { files: 1, bytes: 6 } });
    expect([...content.keys()]).toEqual([sha256("file 1")]);
  });

  it("never removes a file that a release run which keeps its files refers to, whatever happens beside it", async () => {
    const texts = ["a", "b", "c"] as const;
    const text = fc.constantFrom(...texts);
    const id = fc.constantFrom("one", "two");
    const step = fc.oneof(
      fc.record({ kind: fc.constant("put" as const), id, text }),
      fc.record({ kind: fc.constant("renew" as const), id, text }),
      fc.record({ kind: fc.constant("record" as const), id }),
      fc.record({ kind: fc.constant("end" as const), id }),
      fc.record({ kind: fc.constant("begin" as const), id }),
      fc.record({ kind: fc.constant("die" as const), id }),
      fc.record({ kind: fc.constant("wait" as const), hours: fc.nat(30) }),
      fc.record({ kind: fc.constant("prune" as const), cutAt: fc.nat(12) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const world = aWorld();
        const { store, content, clock, deps } = world;
        const loaded = async (of: string) => store.loadRun(of);
        /** What a process has put for a run, and not recorded yet. */
        const inHand = new Map<string, Set<string>>();
        for (const [index, each] of ["one", "two"].entries())
          await store.createRun(aRunAt(each, clock.time + index, STRICT));
        for (const each of steps) {
          clock.time += 1;
          if (each.kind === "wait") clock.time += each.hours * HOUR;
          else if (each.kind === "prune") await cutPrune(deps, each.cutAt);
          else await act(each);
          await holds();
        }

        async function act(each: { kind: string; id: string; text?: string }): Promise<void> {
          const run = await loaded(each.id);
          if (run === null) return;
          const held = inHand.get(each.id) ?? new Set<string>();
          inHand.set(each.id, held);
          const isOpen = run.status !== "completed";
          if (each.kind === "begin" && !isOpen) {
            // As a command that goes on with an ended run: what it has is renewed before it is stored.
            const sizes = await Promise.all(digestsOf(run).map((digest) => deps.artifactStore.renew(digest)));
            const open = { status: "building", conclusion: null, completedAt: null, timedFrom: clock.time } as const;
            if (!sizes.includes(null)) await store.saveRun(run, { ...run, ...open });
          }
          if (!isOpen) return;
          if (each.kind === "put") await put(world, each.text ?? "");
          const renewed = each.kind === "renew" ? await deps.artifactStore.renew(sha256(each.text ?? "")) : null;
          if (each.kind === "put" || renewed !== null) held.add(each.text ?? "");
          if (each.kind === "die") held.clear();
          if (each.kind === "record") {
            const was = run.components.flatMap(({ artifacts }) => artifacts.flatMap(({ files }) => files));
            await store.saveRun(run, withFiles(run, [...new Set([...was.map(({ path }) => path), ...held])]));
          }
          if (each.kind === "end") {
            held.clear();
            await store.saveRun(run, { ...run, status: "completed", conclusion: "failure", completedAt: clock.time });
          }
        }

        async function holds(): Promise<void> {
          for (const of of ["one", "two"]) {
            const run = await loaded(of);
            if (run === null || run.status === "completed") continue;
            for (const digest of digestsOf(run)) expect(content.has(digest)).toBe(true);
            for (const each of inHand.get(of) ?? []) expect(content.has(sha256(each))).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** A pruning whose process dies after so many removals. */
async function cutPrune(deps: KeepingDeps, cutAt: number): Promise<void> {
  let left = cutAt;
  const dying = new AbortController();
  const artifactStore: ArtifactStore = {
    ...deps.artifactStore,
    remove: async (digest, before) => {
      const removed = await deps.artifactStore.remove(digest, before);
      if (--left <= 0) dying.abort(new Error("the power failed"));
      return removed;
    },
  };
  await pruneArtifacts({ dryRun: false }, { ...deps, artifactStore }, dying.signal).catch((cause: unknown) => {
    if (!dying.signal.aborted) throw cause;
  });
}

describe("a check", () => {
  it("names what is damaged or missing with the release runs that have it, and asks nothing of those that gave files away", async () => {
    const world = aWorld();
    const { store, content, clock } = world;
    const over = { status: "completed", conclusion: "success", completedAt: clock.time } as const;
    const rules = { ...STRICT, keepPublished: true };
    await store.createRun(withFiles(aRunAt("old", clock.time, rules, over), ["shared", "given away"]));
    await store.createRun(withFiles(aRunAt("new", clock.time + 1, rules, over), ["shared", "lost", "whole"]));
    for (const text of ["shared", "whole", "nobody's"]) await put(world, text);
    await store.filesRemoved(["old"], clock.time);
    content.set(sha256("shared"), Buffer.from("Shared"));
    content.set(sha256("nobody's"), Buffer.from("Nobody's"));
    const lines: string[] = [];
    const note = (_: object, message: string): void => void lines.push(message);
    const log = { debug: note, info: note, warn: note, error: note };
    const keeping = createArtifactKeeping({ ...world.deps, log });
    const check = keeping.startCheck();
    expect(keeping.startCheck()).toBe(check);
    await expect.poll(() => check.completedAt).not.toBeNull();
    const place = (id: string, file: string) => {
      return { runId: id, hub: "acme/product", tag: id, file: `meta-acme/${aCollectedArtifact().name}/${file}` };
    };
    expect(check).toMatchObject({ failure: null, files: 3, totalFiles: 3, bytes: 19, totalBytes: 19, strays: [] });
    expect(check.findings).toEqual([
      { kind: "damaged", sha256: sha256("shared"), places: [place("new", "shared"), place("old", "shared")] },
      { kind: "damaged", sha256: sha256("nobody's"), places: [] },
      { kind: "missing", sha256: sha256("lost"), places: [place("new", "lost")] },
    ]);
    expect(lines.filter((line) => line === "a file of the artifact store is damaged")).toHaveLength(2);
    const run = await store.loadRun("new");
    expect(run === null ? [] : (await keeping.ofRun(run)).map(({ file, kept }) => [file, kept])).toEqual([
      ["shared", false],
      ["lost", false],
      ["whole", true],
    ]);
    await keeping.stop();
  });
});
