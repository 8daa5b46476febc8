/**
 * CONTRACT.md section 4, points 1 to 6, over histories that are drawn: `npm run simulate` lives through more.
 * A failure names its seeds: `npm run simulate -- --replay SEED` shows one whole.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleWorker } from "./bundle.js";
import { PLANTED_BUGS } from "./planted-bugs.js";
import { replayHistory, runHistories } from "./run-histories.js";
import { failureWords } from "./tally.js";

const ROOT = process.cwd();
const JOBS = 2;
const PATIENCE = 240_000;

let folder: string;
let bundle: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simulation-"));
  bundle = join(folder, "worker.mjs");
  await bundleWorker(ROOT, bundle, null);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("the coordinator over a GitHub in virtual time", () => {
  it(
    "keeps every promise, whatever goes wrong",
    async () => {
      const histories = Number(process.env.HISTORIES ?? 200);
      const tally = await runHistories({ bundle, seed: 1, histories, jobs: JOBS, until: null });
      expect(tally.failures.map(failureWords)).toEqual([]);
      expect(tally.histories).toBe(histories);
      // Else nothing would be shown by it: every fault strikes, and yet most releases are built.
      expect(Object.keys(tally.faults).sort()).toEqual(FAULTS);
      expect(tally.ends["success"]).toBeGreaterThan(tally.releaseRuns / 2);
      expect(tally.checkRuns).toBeGreaterThan(histories / 10);
      expect(tally.issues).toBeGreaterThan(histories / 200);
      expect(tally.releaseRuns - (tally.ends["success"] ?? 0)).toBeGreaterThan(histories / 20);
    },
    PATIENCE,
  );

  it("lives through a history again exactly as it was", async () => {
    for (const seed of [7, 118, 11_532, 2 ** 40 + 1]) {
      const first = await replayHistory(bundle, seed);
      const again = await replayHistory(bundle, seed);
      expect(first.lines.length).toBeGreaterThan(10);
      expect(again).toEqual(first);
    }
  });
});

describe("a bug that is planted", () => {
  it.each(PLANTED_BUGS)(
    "is found: $what",
    async (bug) => {
      const planted = join(folder, `${bug.name}.mjs`);
      await bundleWorker(ROOT, planted, bug);
      const options = { bundle: planted, seed: bug.from ?? 1, histories: 10_000, jobs: JOBS, until: bug.breaks };
      const { failures } = await runHistories(options);
      const found = failures.filter(({ broken }) => broken.some((words) => bug.breaks.test(words)));
      expect(found).not.toEqual([]);
      const [first] = found;
      console.log(
        `${bug.name}: found by history ${first?.seed ?? 0}: ${first?.broken.find((words) => bug.breaks.test(words)) ?? ""}`,
      );
    },
    PATIENCE,
  );

  it("is refused where the text that it replaces is no longer there", async () => {
    const bug = {
      name: "old",
      what: "",
      patches: [{ file: "src/chain/decide.ts", find: "no such words", replace: "" }],
    };
    await expect(bundleWorker(ROOT, join(folder, "old.mjs"), { ...bug, breaks: /./ })).rejects.toThrow(/no longer has/);
  });
});

/** What strikes within 500 histories. */
const FAULTS = [
  "artifact damaged",
  "asked to adopt",
  "asked to cancel",
  "asked to cancel-component",
  "asked to retry",
  "asked to retry-component",
  "asked to skip-component",
  "asked to start again",
  "branch moved",
  "build failed",
  "build hung",
  "build waited again",
  "cancelled by a person",
  "death after",
  "death as",
  "death at",
  "death before",
  "death from",
  "foreign run by a person",
  "foreign run by the App",
  "gone on at once",
  "held by a rate limit",
  "no artifact",
  "no run comes of a dispatch",
  "read: 5xx after",
  "read: 5xx before",
  "read: hang after",
  "read: hang before",
  "read: reset after",
  "read: reset before",
  "rerun by a person",
  "run appears late",
  "run hidden for a while",
  "runner lost",
  "stale answer",
  "store: after",
  "store: before",
  "store: slow",
  "superseded by concurrency",
  "told to stop",
  "upload damaged",
  "webhook asked for again",
  "webhook doubled",
  "webhook late",
  "webhook lost",
  "webhook to a dead process",
  "write: 5xx after",
  "write: 5xx before",
  "write: hang after",
  "write: hang before",
  "write: hang late",
  "write: reset after",
  "write: reset before",
].sort();
