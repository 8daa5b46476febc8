/**
 * Requests to GitHub for planning a product of 40 repositories with three layers each, by kind: with nothing known (cold),
 * and again when nothing has changed (warm). Counted where they arrive.
 */
import { exchange } from "../src/cli/http-exchange.js";
import type { RequestSummary, Sandbox } from "../src/sandbox/sandbox.js";
import { figure, type Bench, type Figure } from "./figures.js";
import { startBenchServer, type BenchServer } from "./server.js";

const REPOSITORIES = 40;
/** The last ones are public and not installed: they are locked only, and read with the hub's installation. */
const LOCKED_ONLY = 4;
const LAYERS = 3;
const HUB = "acme/product";
const TAG = "v1";

export const planningCallsBench: Bench = {
  name: "planning-calls",
  async run() {
    const server = await startBenchServer();
    try {
      addProduct(server.sandbox);
      return [...(await planned(server, "cold")), ...(await planned(server, "warm"))];
    } finally {
      await server.close();
    }
  },
};

async function planned({ sandbox, controlSocket }: BenchServer, how: string): Promise<Figure[]> {
  sandbox.clearLogs();
  const begun = performance.now();
  const address = { kind: "socket" as const, path: controlSocket };
  const body = { hub: HUB, tag: TAG };
  const answer = await exchange(address, { method: "POST", path: "/api/v1/plans", body });
  const took = performance.now() - begun;
  if (answer.status !== 200) throw new Error(`The plan was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  const counts = new Map<string, number>();
  for (const request of sandbox.requests) counts.set(kindOf(request), (counts.get(kindOf(request)) ?? 0) + 1);
  const name = `planning-calls, ${how}:`;
  return [
    figure(`${name} all`, "requests", [sandbox.requests.length]),
    ...KINDS.map(([kind]) => figure(`${name} ${kind}`, "requests", [counts.get(kind) ?? 0])),
    figure(`${name} time to the plan`, "ms", [took]),
  ];
}

const KINDS: readonly (readonly [kind: string, path: RegExp])[] = [
  ["trees", /\/git\/trees\//],
  ["layer files", /\/git\/blobs\//],
  ["comparisons", /\/compare\//],
  ["installations and tokens", /\/installation$|\/access_tokens$/],
  ["commits", /\/commits\//],
  ["workflows and their files", /\/actions\/workflows$|\/contents\//],
  ["permissions", /\/permission$/],
  ["repositories, releases and the rest", /^/],
];

function kindOf({ path }: RequestSummary): string {
  return KINDS.find(([, pattern]) => pattern.test(path))?.[0] ?? "";
}

function addProduct(sandbox: Sandbox): void {
  const workflow = "on: {repository_dispatch: {types: [build-chain]}}\n";
  const components: string[] = [];
  for (let index = 0; index < REPOSITORIES; index++) {
    const built = index < REPOSITORIES - LOCKED_ONLY;
    const fullName = `${built ? "acme" : "yocto"}/meta-${index}`;
    sandbox.addRepository({
      fullName,
      files: { ".github/workflows/build.yml": workflow, ...layerFiles(index) },
      permissions: { ada: "write" },
      installed: built,
    });
    components.push(`  - {repo: ${built ? "" : "yocto/"}meta-${index}${built ? "" : ", build: false"}}`);
  }
  const config = `version: 1\ncomponents:\n${components.join("\n")}\n`;
  const files = { ".github/release-chain.yml": config };
  sandbox.addRepository({ fullName: HUB, files, permissions: { ada: "write" } });
  // Nobody is told, so that nothing is planned but what is asked for below.
  sandbox.setWebhookUrl(null);
  sandbox.publishRelease({ repo: HUB, tag: TAG, author: "ada" });
}

/** The first layer of a repository needs that of one before; the first repository has the core. */
function layerFiles(index: number): Record<string, string> {
  const layers = Array.from({ length: LAYERS }, (_, layer) => {
    const name = index === 0 && layer === 0 ? "core" : `l${index}-${layer}`;
    const needed = index === 0 || layer > 0 ? "" : index < 5 ? "core" : `l${Math.floor(index / 3)}-0`;
    const lines = [
      `BBFILE_COLLECTIONS += "${name}"`,
      `LAYERDEPENDS_${name} = "${needed}"`,
      `LAYERSERIES_COMPAT_${name} = "scarthgap"`,
      ...(name === "core" ? ['LAYERSERIES_CORENAMES = "scarthgap"'] : []),
    ];
    return [`meta-${layer}/conf/layer.conf`, `${lines.join("\n")}\n`];
  });
  return Object.fromEntries(layers) as Record<string, string>;
}
