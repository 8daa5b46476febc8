/** Seeded products: the same components and needs each time. */
import { readLayerConf } from "../src/chain/layer-conf.js";
import type { Layer } from "../src/chain/layer.js";
import type { ComponentFindings } from "../src/chain/plan-component.js";
import type { PlanFindings } from "../src/chain/make-plan.js";

export interface Node {
  id: string;
  needs: string[];
}

/** mulberry32, seeded. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Each node needs up to 10 earlier ones, 5 on average; their order in the list says nothing of the order of needs. */
export function randomGraph(size: number, seed = 7): Node[] {
  const random = randomFrom(seed);
  const nodes = Array.from({ length: size }, (_, index) => {
    const wanted = Math.min(index, Math.floor(random() * 11));
    const needs = new Set<string>();
    while (needs.size < wanted) needs.add(`c${Math.floor(random() * index)}`);
    return { id: `c${index}`, needs: [...needs] };
  });
  for (let index = size - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const [a, b] = [nodes[index], nodes[other]];
    if (a !== undefined && b !== undefined) [nodes[index], nodes[other]] = [b, a];
  }
  return nodes;
}

export function configText(nodes: readonly Node[]): string {
  const lines = nodes.map(({ id, needs }) => `  - {repo: ${id}, needs: [${needs.join(", ")}]}`);
  return `version: 1\ndefaults:\n  retry: {max-attempts: 2}\ncomponents:\n${lines.join("\n")}\n`;
}

/** No two components have the same file. */
const workflowOf = (id: string): string => `name: Build ${id}
run-name: "build [\${{ github.event.client_payload.chain.dispatch_id }}]"
on: {repository_dispatch: {types: [build-chain]}}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {ref: "\${{ github.event.client_payload.source.sha }}"}
      - run: make
      - uses: actions/upload-artifact@v4
        with: {name: image, path: build/}
`;

/** The layer of a component that needs what the component needs; `c0` provides the core too. */
export function layerOf({ id, needs }: Node): Layer {
  const text = `BBFILE_COLLECTIONS += "${id}"
LAYERVERSION_${id} = "2"
LAYERDEPENDS_${id} = "${needs.map((need) => `${need} (>= 1)`).join(" ")}"
LAYERSERIES_COMPAT_${id} = "scarthgap wrynose"
`;
  const core = `BBFILE_COLLECTIONS += "core"\nLAYERSERIES_COMPAT_core = "wrynose"\nLAYERSERIES_CORENAMES = "wrynose"\n`;
  return { path: ".", conf: readLayerConf(id === "c0" ? text + core : text, { file: "conf/layer.conf" }) };
}

/** What GitHub would have told of each component: all is well. */
export function findingsOf(nodes: readonly Node[]): PlanFindings {
  const found = (id: string, index: number): ComponentFindings => ({
    repository: { fullName: `acme/${id}`, defaultBranch: "main", private: false, archived: false },
    permissions: { contents: "write", actions: "write", metadata: "read" },
    sha: index.toString(16).padStart(40, "0"),
    workflows: [
      { id: index + 1, name: "Build", path: ".github/workflows/build.yml", state: "active", text: workflowOf(id) },
    ],
    authorMayWrite: true,
  });
  return {
    hub: {
      hub: "acme/product",
      tag: "v1.0.0",
      sha: "a".repeat(40),
      private: false,
      configPath: ".github/release-chain.yml",
      release: {
        id: 1,
        url: "https://github.example/acme/product",
        prerelease: false,
        author: "ada",
      },
      mayPublishPrivate: false,
      authorDid: "made the release",
    },
    target: {
      repo: "acme/product",
      tag: "v1.0.0",
      repository: { fullName: "acme/product", defaultBranch: "main", private: false, archived: false },
      permissions: { contents: "write" },
      release: { id: 1, prerelease: false, immutable: false },
      draftBy: null,
      tagged: true,
      authorMayWrite: true,
      awaited: false,
    },
    components: new Map(nodes.map(({ id }, index) => [id, found(id, index)])),
    notes: [],
    createdAt: "2026-01-02T03:04:05.000Z",
  };
}
