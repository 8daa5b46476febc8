import path from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import type { EdgeKind, GraphRules, ParsedConfig } from "../chain/config.js";
import { cycleReports } from "../chain/cycle-report.js";
import type { GraphReport } from "../chain/graph-report.js";
import { graphReport } from "../chain/graph-report.js";
import { graphDot, graphMermaid } from "../chain/graph-text.js";
import { compare } from "../chain/graph.js";
import { readLayerGraph } from "../chain/layer-graph.js";
import type { ReleasePlan } from "../chain/plan.js";
import { seriesGate } from "../chain/series.js";
import { readCheckouts } from "./checkouts.js";
import type { CliIo } from "./cli-io.js";
import { EXIT, usageError } from "./cli-io.js";
import { readConfigFrom, sayConfigProblems } from "./config-input.js";
import { configuredCheckouts } from "./configured-checkouts.js";
import { sayProblems } from "./command-plan.js";
import type { CommandContext } from "./command-context.js";
import { renderGraph } from "./render-graph.js";
import { requireTarget } from "./select-run.js";
import { serverAddress } from "./server-address.js";
import { createServerClient } from "./server-client.js";
import { styleFor } from "./text-style.js";

type Format = "text" | "mermaid" | "dot" | "svg";

const KINDS: readonly EdgeKind[] = ["depends", "conditional", "recommends", "dynamic"];
/** A larger drawing would take minutes, and nobody could read it. */
const MOST_DRAWN = 1_000;

interface GraphOptions {
  from?: string;
  kinds?: string;
  config?: string;
  json?: true;
  format?: Format;
}

/** What is printed, wherever it comes from. */
interface Graph {
  report: GraphReport;
  kinds: readonly EdgeKind[];
  /** Each cycle in two sentences. */
  cycles: string[];
}

export function addGraph(program: Command, { io, parts, action }: CommandContext): void {
  program
    .command("graph")
    .description("Show which repository needs which, as their layers say, and in which groups they are built.")
    .argument("[RELEASE]", "OWNER/REPO@TAG or OWNER/REPO@BRANCH: the graph of the plan for it, made now by the server")
    .option("--from <DIR>", "read a folder of checkouts instead, one folder a repository; no server, no network")
    .option(
      "--kinds <KINDS>",
      `with --from, what makes groups and cycles, of: ${KINDS.join(",")} (default: depends,conditional, or graph.kinds of --config)`,
    )
    .option(
      "--config <FILE>",
      "with --from, take components, their needs and the rules of graph from a release-chain.yml",
    )
    .addOption(
      new Option("--format <FORMAT>", "text, or a drawing to paste or to look at").choices([
        "text",
        "mermaid",
        "dot",
        "svg",
      ]),
    )
    .option("--json", "print the graph as JSON")
    .addHelpText(
      "after",
      `
Example:
  $ release-chain graph --from ../layers
  $ release-chain graph --from ../layers --kinds depends,recommends --format svg > graph.svg
  $ release-chain graph acme/product@main --json | jq .groups`,
    )
    .action(
      action(async (release: string | undefined, options: GraphOptions) => {
        if (options.json === true && options.format !== undefined) {
          throw usageError("--json is a format of its own: leave --format out.");
        }
        if (options.from === "") throw usageError("--from is empty: name the folder in which the checkouts lie.");
        if ((release === undefined) === (options.from === undefined)) {
          throw usageError("Name either a release, OWNER/REPO@TAG, or with --from a folder of checkouts.");
        }
        const graph =
          options.from === undefined
            ? await graphOfRelease(release ?? "", options, io)
            : await graphOfFolder(path.resolve(io.cwd, options.from), options, { io, parts });
        if (graph === null) return EXIT.failed;
        io.stdout(await printed(graph, options, io));
        return EXIT.done;
      }),
    );
}

function kindsOf(text: string): EdgeKind[] {
  const names = text.split(",").map((name) => name.trim());
  // Explicit needs count in any case.
  const wrong = names.find((name) => name !== "explicit" && !KINDS.some((kind) => kind === name));
  if (wrong !== undefined) {
    throw usageError(`"${wrong}" is no kind of need that layers have. There are: ${KINDS.join(", ")}.`);
  }
  return KINDS.filter((kind) => names.includes(kind));
}

/** What holds where no configuration is given. */
const NO_RULES: Pick<GraphRules, "kinds" | "series" | "providers" | "external" | "ignore"> = {
  kinds: ["depends", "conditional"],
  series: "warn",
  providers: {},
  external: [],
  ignore: [],
};

/** Null: the configuration has problems, which were said. */
async function graphOfFolder(
  dir: string,
  options: GraphOptions,
  context: Pick<CommandContext, "io" | "parts">,
): Promise<Graph | null> {
  const asked = options.kinds === undefined ? null : kindsOf(options.kinds);
  const config = options.config === undefined ? null : await configFrom(options.config, context);
  if (config?.ok === false) return null;
  const rules = config?.config.graph ?? NO_RULES;
  const kinds = asked ?? KINDS.filter((kind) => rules.kinds.some((one) => one === kind));
  const found = await readCheckouts(dir);
  const { members, warnings } = config === null ? found : configuredCheckouts(found, config.config);
  const graph = readLayerGraph(members, rules);
  const report = graphReport(members, graph, kinds);
  const series = rules.series === "off" ? { faults: [], warnings: [] } : seriesGate(members, graph, kinds);
  const faults = series.faults.map(({ message }) => message);
  const all = new Set([...report.warnings, ...warnings, ...faults, ...series.warnings]);
  const ids = members.map(({ id }) => id);
  return {
    report: { ...report, warnings: [...all].sort(compare) },
    kinds,
    cycles: cycleReports(ids, graph.edges, kinds).map(({ sentence }) => sentence),
  };
}

async function configFrom(file: string, context: Pick<CommandContext, "io" | "parts">): Promise<ParsedConfig> {
  const { parsed } = await readConfigFrom(file, undefined, context);
  if (!parsed.ok) sayConfigProblems(parsed, context);
  return parsed;
}

/** Null: there is no plan, which was said. */
async function graphOfRelease(
  release: string,
  { kinds, config, json }: GraphOptions,
  io: CliIo,
): Promise<Graph | null> {
  if (config !== undefined) {
    throw usageError("--config goes with --from. For a release, the server reads the one in the hub.");
  }
  if (kinds !== undefined) {
    throw usageError("--kinds goes with --from. For a release, graph.kinds in its configuration decides.");
  }
  const target = requireTarget(release);
  const preview = await createServerClient(serverAddress(io.env, io.cwd)).preview(target);
  if (preview.kind === "plan") {
    const report = reportOfPlan(preview.plan);
    const present = new Set(report.components.flatMap(({ needs }) => needs.map(({ kind }) => kind)));
    return { report, kinds: KINDS.filter((kind) => present.has(kind)), cycles: [] };
  }
  if (json === true) io.stdout(`${JSON.stringify({ problems: preview.problems }, null, 2)}\n`);
  else sayProblems(target, preview.problems, io);
  return null;
}

/** A plan has only needs of the kinds that its configuration asks for, and no cycles. */
function reportOfPlan(plan: ReleasePlan): GraphReport {
  const components = plan.components.map(({ id, layers, needs }) => ({ id, layers, needs }));
  return {
    components: components.sort((a, b) => compare(a.id, b.id)),
    groups: plan.groups,
    cycles: [],
    unresolved: plan.unresolved,
    ambiguous: plan.ambiguous,
    warnings: plan.warnings.map(({ message }) => message).sort(compare),
  };
}

async function printed(
  { report, kinds, cycles }: Graph,
  { json, format = "text" }: GraphOptions,
  io: CliIo,
): Promise<string> {
  if (json === true) return `${JSON.stringify(report, null, 2)}\n`;
  switch (format) {
    case "mermaid":
      return graphMermaid(report, kinds);
    case "dot":
      return graphDot(report, kinds);
    case "svg": {
      const { length } = report.components;
      if (length > MOST_DRAWN) {
        throw usageError(
          `${length} components are too many for a drawing; --format dot can be drawn by other programs.`,
        );
      }
      // The library that lays it out is loaded for this alone.
      const { graphSvg } = await import("../chain/graph-svg.js");
      return graphSvg(report, kinds);
    }
    case "text":
      return renderGraph(report, kinds, cycles, styleFor(io));
  }
}
