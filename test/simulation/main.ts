/**
 * `npm run simulate -- [--histories N] [--seed S] [--jobs J] [--planted NAME]`: N histories, from seed S on; exits 1 where
 * one breaks a promise. `--replay SEED`: that one again, with its whole journal.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundleWorker } from "./bundle.js";
import { PLANTED_BUGS, type PlantedBug } from "./planted-bugs.js";
import { replayHistory, runHistories } from "./run-histories.js";
import { failureWords, tallyWords, type Tally } from "./tally.js";

const USAGE = `Usage: npm run simulate -- [--histories N] [--seed S] [--jobs J] [--planted NAME] [--replay SEED]
NAME is one of: ${PLANTED_BUGS.map(({ name }) => name).join(", ")}
`;
/** Failing histories that are told whole. */
const TOLD = 10;

interface Arguments {
  histories: number;
  seed: number;
  jobs: number;
  replay: number | null;
  bug: PlantedBug | null;
}

function readArguments(): Arguments | null {
  try {
    const text = { type: "string" } as const;
    const { values } = parseArgs({
      options: { histories: text, seed: text, jobs: text, planted: text, replay: text },
    });
    const bug = PLANTED_BUGS.find(({ name }) => name === values.planted) ?? null;
    const read = {
      histories: Number(values.histories ?? 2_000),
      seed: Number(values.seed ?? 1),
      jobs: Number(values.jobs ?? availableParallelism()),
      replay: values.replay === undefined ? null : Number(values.replay),
    };
    const numbers = [read.histories, read.seed, read.jobs, read.replay ?? 0];
    const isWrong = !numbers.every((number) => Number.isSafeInteger(number) && number >= 0);
    return isWrong || (values.planted !== undefined && bug === null) ? null : { ...read, bug };
  } catch {
    return null;
  }
}

async function main(): Promise<number> {
  const read = readArguments();
  if (read === null) {
    process.stderr.write(USAGE);
    return 2;
  }
  const root = process.cwd();
  const bundle = join(root, "dist-simulation", `worker${read.bug === null ? "" : `-${read.bug.name}`}.js`);
  await bundleWorker(root, bundle, read.bug);
  return read.replay === null ? simulate(read, bundle) : replay(read.replay, bundle);
}

async function replay(seed: number, bundle: string): Promise<number> {
  const { tally, lines } = await replayHistory(bundle, seed);
  process.stdout.write(`${lines.join("\n")}\n`);
  for (const failure of tally.failures) process.stdout.write(`${failureWords(failure)}\n`);
  return tally.failures.length === 0 ? 0 : 1;
}

/** A line that says how far it is, every second on a terminal, else every half minute. */
function progressTo(stream: NodeJS.WriteStream, histories: number, begin: number): (tally: Tally) => void {
  const interval = stream.isTTY ? 1_000 : 30_000;
  let told = begin;
  return (tally) => {
    const now = performance.now();
    if (now < told + interval) return;
    told = now;
    const rate = Math.round(tally.histories / ((now - begin) / 1_000));
    const words = `${tally.histories} of ${histories} histories, ${rate} a second, ${tally.failures.length} broke`;
    stream.write(stream.isTTY ? `\r${words}` : `${words}\n`);
  };
}

/** SIGINT ends it early, with what was lived through until then. */
async function simulate({ histories, seed, jobs, bug }: Arguments, bundle: string): Promise<number> {
  const begin = performance.now();
  const interrupted = new AbortController();
  process.once("SIGINT", () => {
    interrupted.abort();
  });
  const progress = progressTo(process.stderr, histories, begin);
  const { signal } = interrupted;
  const tally = await runHistories({ bundle, seed, histories, jobs, until: bug?.breaks ?? null, progress, signal });
  process.stderr.write("\n");
  const seconds = (performance.now() - begin) / 1_000;
  for (const failure of tally.failures.slice(0, TOLD)) process.stdout.write(`${failureWords(failure)}\n\n`);
  process.stdout.write(`${tallyWords(tally, seconds)}\n\n`);
  const [first] = tally.failures;
  const again = bug === null ? "" : ` --planted ${bug.name}`;
  if (bug !== null && first !== undefined)
    process.stdout.write(`${bug.name} (${bug.what}) is found by history ${first.seed - seed + 1} of ${histories}\n`);
  process.stdout.write(
    first === undefined
      ? `Nothing broke in ${tally.histories} histories, from seed ${seed} on.\n`
      : `${tally.failures.length} broke; see one whole: npm run simulate -- --replay ${first.seed}${again}\n`,
  );
  return first === undefined ? 0 : 1;
}

process.exitCode = await main();
