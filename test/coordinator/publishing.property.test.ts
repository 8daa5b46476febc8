import AdmZip from "adm-zip";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawFrom, type Draw } from "../simulation/random.js";
import { BOT } from "./fake-github-types.js";
import {
  publishingWorld,
  sha256,
  SMALL,
  type PublishingFaults,
  type PublishingWorld,
  type Sources,
} from "./publishing-world.js";

const CALM: PublishingFaults = { fails: 0, answerLost: 0, dies: 0, damaged: 0, person: 0, cancelled: 0 };

function drawFaults(draw: Draw): PublishingFaults {
  const some = (...values: [number, ...number[]]): number => (draw.chance(0.5) ? draw.pick(values) : 0);
  return {
    fails: some(0.02, 0.1, 0.25),
    answerLost: some(0.02, 0.1),
    dies: some(0.01, 0.05),
    damaged: some(0.05, 0.2),
    person: some(0.01, 0.05),
    cancelled: some(0.05),
  };
}

const NAMES = ["a.bin", "b.bin", "c~1.bin", "d e.bin", ".f", "g", "h", "i", "j", "k", "l", "m"];

function drawSources(draw: Draw, id: string): Sources {
  const of = (component: string): Record<string, Buffer> => {
    const most = draw.pick([3, 6, NAMES.length]);
    const files = NAMES.slice(0, draw.below(most + 1)).map((name): [string, Buffer] => {
      // Some are the same in the next release run.
      const text = `${component} ${name} ${draw.chance(0.4) ? "" : id} `;
      const size = draw.chance(0.2) ? draw.between(390, 1_200) : draw.between(1, 60);
      return [name, Buffer.from(text.repeat(Math.ceil(size / text.length))).subarray(0, size)];
    });
    return Object.fromEntries(files);
  };
  return { "meta-bsp": of("bsp"), "meta-core": draw.chance(0.5) ? {} : of("core") };
}

/** Names with contents, of all that is on a release. */
function contentsOf({ release }: PublishingWorld): Map<string, string> {
  return new Map(release.assets.map(({ name, bytes, state }) => [name, `${state} ${sha256(bytes)}`]));
}

/** What somebody has who downloads the release, joins what is in parts, and unpacks what is in archives. */
function unpacked({ release }: PublishingWorld): Set<string> {
  const files = new Map(
    release.assets.filter(({ uploader }) => uploader === BOT).map(({ name, bytes }) => [name, bytes]),
  );
  for (const name of [...files.keys()].sort()) {
    const whole = /^(.*)\.part\d+$/.exec(name)?.[1];
    if (whole === undefined) continue;
    files.set(whole, Buffer.concat([files.get(whole) ?? Buffer.alloc(0), files.get(name) ?? Buffer.alloc(0)]));
  }
  const digests = new Set([...files.values()].map(sha256));
  for (const [name, bytes] of files)
    if (/^meta-\w+\.zip$/.test(name))
      for (const entry of new AdmZip(bytes).getEntries()) digests.add(sha256(entry.getData()));
  return digests;
}

function expectComplete(world: PublishingWorld, sources: Sources): void {
  const { release, others } = world;
  const there = unpacked(world);
  for (const files of Object.values(sources))
    for (const [name, bytes] of Object.entries(files))
      if (!there.has(sha256(bytes))) throw new Error(`${name} was not published`);
  expect(release.assets.every(({ state }) => state === "uploaded")).toBe(true);
  expect(new Set(release.assets.map(({ name }) => name)).size).toBe(release.assets.length);
  // One of the others was there when it was decided.
  expect(release.assets.length).toBeLessThanOrEqual(SMALL.count + others.size - 1);
  for (const { size } of release.assets.filter(({ name }) => !/json|SUMS/.test(name)))
    expect(size).toBeLessThan(SMALL.size);
  const sums = release.assets.find(({ name }) => name === "SHA256SUMS")?.bytes.toString() ?? "";
  for (const { name, bytes } of release.assets)
    if (!others.has(name) && name !== "SHA256SUMS") expect(sums).toContain(`${sha256(bytes)}  ${name}\n`);
}

describe("publishing", () => {
  it("ends in exactly the planned assets, or leaves the release as it was, whatever goes wrong in between", async () => {
    const ended = new Map<string, number>();
    const struck = new Map<string, number>();
    const note = (counts: Map<string, number>, key: string, by = 1): void =>
      void counts.set(key, (counts.get(key) ?? 0) + by);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 32 - 1 }), async (seed) => {
        const draw = drawFrom(seed);
        const world = publishingWorld(draw, draw.chance(0.1) ? CALM : drawFaults(draw));
        // The same rules for all release runs of a release, so that the later ones replace what the earlier ones published.
        const rules = {
          largeFiles: draw.pick(["split", "split", "refuse"] as const),
          tooMany: draw.pick(["bundle", "bundle", "refuse"] as const),
        };
        for (let count = 1; count <= 2; count++) {
          const before = contentsOf(world);
          const { body } = world.release;
          const sources = drawSources(draw, `run${count}`);
          const run = await world.publish(sources, rules, `run${count}`);
          note(ended, `${run.conclusion ?? ""} ${/^\w+/.exec(run.reason ?? "")?.[0] ?? ""}`);
          for (const [name, bytes] of world.others)
            expect(world.release.assets.find((asset) => asset.name === name)?.bytes).toBe(bytes);
          if (run.conclusion === "success") {
            const names = run.publication?.assets.map(({ name }) => name) ?? [];
            const gone = [...before.keys()].filter((name) => !contentsOf(world).has(name));
            expect(world.struck.has("person") ? [] : gone).toEqual([]);
            expect(world.release.assets.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
            if (count === 1) expectComplete(world, sources);
          } else if (!(run.reason ?? "").includes("could not be removed") && !world.struck.has("person")) {
            expect(contentsOf(world)).toEqual(before);
            expect(world.release.body).toBe(body);
          }
        }
        for (const [fault, times] of world.struck) note(struck, fault, times);
      }),
      { numRuns: 250 },
    );
    expect([...struck.keys()].sort()).toEqual(["answerLost", "cancelled", "damaged", "dies", "fails", "person"]);
    expect(ended.get("success ") ?? 0).toBeGreaterThan(100);
    // A conflict with what a person uploaded is met in most runs of this test, and has tests of its own.
    for (const outcome of ["failure assets", "cancelled cancelled"]) expect([...ended.keys()]).toContain(outcome);
  });
});
