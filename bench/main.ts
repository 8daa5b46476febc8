/** `npm run bench -- [--json] [--samples N] [FILTER…]`: runs the benches whose names hold a filter, prints one table. */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { table, type Bench, type Figure } from "./figures.js";
import { firmwareBench } from "./firmware.js";
import { foldBench } from "./fold.js";
import { graphBench } from "./graph.js";
import { idleBench } from "./idle.js";
import { latencyBench } from "./latency.js";
import { layerConfBench } from "./layer-conf.js";
import { pageBench } from "./page.js";
import { planBench } from "./plan.js";
import { planningCallsBench } from "./planning-calls.js";
import { callsBench } from "./calls.js";
import { recoveryBench } from "./recovery.js";
import { startBench } from "./start.js";
import { storeBench } from "./store.js";
import { streamsBench } from "./streams.js";

const BENCHES: readonly Bench[] = [
  planBench,
  layerConfBench,
  graphBench,
  foldBench,
  storeBench,
  startBench,
  idleBench,
  latencyBench,
  streamsBench,
  planningCallsBench,
  callsBench,
  recoveryBench,
  firmwareBench,
  pageBench,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, samples: { type: "string", default: "500" } },
});
const samples = Number(values.samples);
const chosen = BENCHES.filter(
  ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
);
if (chosen.length === 0 || !Number.isInteger(samples) || samples < 1) {
  const names = BENCHES.map(({ name }) => name).join(", ");
  process.stderr.write(`Usage: npm run bench -- [--json] [--samples N] [FILTER…]; there are: ${names}\n`);
  process.exitCode = 2;
} else {
  const before = loadavg()[0] ?? 0;
  const figures: Figure[] = [];
  for (const bench of chosen) figures.push(...(await bench.run({ samples })));
  const machine = { node: process.version, cpus: cpus().length, load: { before, after: loadavg()[0] ?? 0 } };
  const { load } = machine;
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ machine, figures }, null, 2)}\n`
      : `${table(figures)}\nNode ${machine.node}, ${machine.cpus} CPUs, load average ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after\n`,
  );
}
