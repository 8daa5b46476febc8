/** Planning a large product: its configuration read, its graph ordered, its layers' needs resolved, its workflows examined. */
import type { ChainConfig } from "../src/chain/config.js";
import { makePlan, type PlanFindings } from "../src/chain/make-plan.js";
import { planGraph } from "../src/chain/plan-graph.js";
import { parseChainConfig } from "../src/chain/config-file/parse-config.js";
import { figure, timed, type Bench } from "./figures.js";
import { configText, findingsOf, layerOf, randomGraph, type Node } from "./random-graph.js";

const SIZE = 10_000;
const TIMES = 5;

export const planBench: Bench = {
  name: "plan",
  run() {
    const nodes = randomGraph(SIZE);
    const needs = nodes.reduce((sum, node) => sum + node.needs.length, 0);
    const text = configText(nodes);
    const of = `${SIZE.toLocaleString("en")} components`;
    const both = `${of}, ${needs.toLocaleString("en")} needs`;
    const [bare, layered] = withLayers(nodes);
    return [
      figure(`plan: of ${both}, all in the configuration`, "ms", planning(parsed(text), findingsOf(nodes), needs)),
      figure(`plan: of ${both}, all from layers`, "ms", planning(bare, layered, needs)),
      figure(
        `plan: the graph alone, from layers, of ${both}`,
        "ms",
        timed(TIMES, () => planGraph(bare, bare.components, layered.components)),
      ),
      figure(
        `plan: configuration of ${of} read`,
        "ms",
        timed(TIMES, () => parsed(text)),
      ),
    ];
  },
};

function planning(config: ChainConfig, findings: PlanFindings, needs: number): number[] {
  return timed(TIMES, () => {
    const result = makePlan(config, findings);
    if (result.kind !== "plan" || result.plan.warnings.length > 0)
      throw new Error("this is no plan, or one with a fault");
    const planned = result.plan.components.reduce((sum, component) => sum + component.needs.length, 0);
    if (result.plan.components.length !== SIZE || planned !== needs)
      throw new Error("this is not what was to be planned");
  });
}

/** The same product, as its layers tell of it, and as it was built before. */
function withLayers(nodes: readonly Node[]): [ChainConfig, PlanFindings] {
  const config = parsed(configText(nodes.map(({ id }) => ({ id, needs: [] }))));
  const findings = findingsOf(nodes);
  const layers = new Map(nodes.map((node) => [node.id, [layerOf(node)]]));
  const components = new Map(
    [...findings.components].map(([id, found]) => [id, { ...found, layers: layers.get(id) ?? [] }]),
  );
  const durations = new Map(nodes.map(({ id }, index) => [id, [60_000 + index, 30_000, 90_000]]));
  return [config, { ...findings, components, history: { previous: null, changes: new Map(), durations } }];
}

function parsed(text: string): ChainConfig {
  const result = parseChainConfig(text, { file: ".github/release-chain.yml", hubOwner: "acme" });
  if (!result.ok) throw new Error(result.problems[0]?.message ?? "the configuration is refused");
  return result.config;
}
