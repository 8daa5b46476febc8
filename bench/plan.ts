/** Planning a large product: its configuration read, its graph ordered, its workflows examined. */
import type { ChainConfig } from "../src/chain/config.js";
import { makePlan } from "../src/chain/make-plan.js";
import { parseChainConfig } from "../src/chain/config-file/parse-config.js";
import { figure, timed, type Bench } from "./figures.js";
import { configText, findingsOf, randomGraph } from "./random-graph.js";

const SIZE = 10_000;
const TIMES = 5;

export const planBench: Bench = {
  name: "plan",
  run() {
    const nodes = randomGraph(SIZE);
    const text = configText(nodes);
    const findings = findingsOf(nodes);
    const config = parsed(text);
    const of = `${SIZE.toLocaleString("en")} components`;
    return [
      figure(
        `plan: of ${of}`,
        "ms",
        timed(TIMES, () => {
          const result = makePlan(config, [], findings);
          if (result.kind !== "plan" || result.plan.components.length !== SIZE) throw new Error("this is no plan");
        }),
      ),
      figure(
        `plan: configuration of ${of} read`,
        "ms",
        timed(TIMES, () => parsed(text)),
      ),
    ];
  },
};

function parsed(text: string): ChainConfig {
  const result = parseChainConfig(text, { file: ".github/release-chain.yml", hubOwner: "acme" });
  if (!result.ok) throw new Error(result.problems[0]?.message ?? "the configuration is refused");
  return result.config;
}
