import { createHash } from "node:crypto";

/** One try of a build in the demo: how long it takes (ms) and how it ends. */
export interface DemoBuild {
  duration: number;
  conclusion: "success" | "failure";
}

/** A repository of the demo's GitHub: its files, and how its workflow behaves. */
export interface DemoRepository {
  /** `owner/name` */
  repo: string;
  /** Path to content, on the default branch. */
  files: Record<string, string>;
  /** Null: it builds nothing. */
  workflow: {
    /** `build.yml` */
    file: string;
    /** One entry an attempt; the last one holds for all later ones. */
    builds: DemoBuild[];
    artifact: { name: string; files: Record<string, Buffer> };
  } | null;
}

export interface DemoProduct {
  /** `owner/name`, among the repositories. */
  hub: string;
  tag: string;
  repositories: DemoRepository[];
}

export const DEMO_TAG = "v1.0.0";
const OWNER = "acme";
const KIB = 1024;

interface Part {
  id: string;
  needs: string[];
  workflow: "build.yml" | "ci.yml";
  /** Whether its workflow knows of release chains: checks out the locked commit and echoes the dispatch id. */
  aware: boolean;
  builds: DemoBuild[];
  /** File names and sizes in bytes. */
  output: Record<string, number>;
}

const ok = (duration: number): DemoBuild => ({ duration, conclusion: "success" });

/** The shape of a real product: two roots, a chain of four, one part that fails on its first attempt. */
const PARTS: Part[] = [
  {
    id: "consensus",
    needs: [],
    workflow: "build.yml",
    aware: true,
    builds: [ok(1100)],
    output: { "libconsensus-1.0.0.tar.gz": 96 * KIB },
  },
  {
    id: "sdk",
    needs: [],
    workflow: "ci.yml",
    aware: false,
    builds: [ok(1000)],
    output: { "acme-sdk-x86_64.sh": 256 * KIB },
  },
  {
    id: "protocol",
    needs: ["consensus"],
    workflow: "ci.yml",
    aware: true,
    builds: [ok(1000)],
    output: { "protocol-1.0.0.tar.gz": 64 * KIB },
  },
  {
    id: "node",
    needs: ["protocol", "consensus"],
    workflow: "build.yml",
    aware: true,
    builds: [{ duration: 1000, conclusion: "failure" }, ok(1000)],
    output: { "noded-aarch64": 512 * KIB, "noded-x86_64": 512 * KIB },
  },
  {
    id: "umbrella",
    needs: ["node"],
    workflow: "build.yml",
    aware: true,
    builds: [ok(1200)],
    output: { "acme-image-verdin-imx8mp.wic.zst": 1024 * KIB, "acme-image-verdin-imx8mp.manifest": 4 * KIB },
  },
  {
    id: "commons",
    needs: ["sdk"],
    workflow: "ci.yml",
    aware: false,
    builds: [ok(2000)],
    output: { "commons-1.0.0.tar.gz": 48 * KIB },
  },
];

/** The demo's own product, `acme/product` and its six parts, whose builds take so many times longer. */
export function acmeProduct(slower = 1): DemoProduct {
  const config = [
    "# What a release of this repository builds, and in which order.",
    "version: 1",
    "defaults:",
    "  retry: {max-attempts: 3, mode: failed-jobs, backoff: {initial: 500ms, jitter: none}}",
    "components:",
    ...PARTS.map(({ id, needs }) => `  - {repo: ${id}${needs.length > 0 ? `, needs: [${needs.join(", ")}]` : ""}}`),
    "",
  ].join("\n");
  return {
    hub: `${OWNER}/product`,
    tag: DEMO_TAG,
    repositories: [
      hubRepository(`${OWNER}/product`, config),
      ...PARTS.map((part) => ({
        repo: `${OWNER}/${part.id}`,
        files: {
          "README.md": `# ${part.id}\n`,
          [`.github/workflows/${part.workflow}`]: demoWorkflow(part.id, part.aware),
        },
        workflow: {
          file: part.workflow,
          builds: part.builds.map(({ duration, conclusion }) => ({ duration: duration * slower, conclusion })),
          artifact: { name: `${part.id}-files`, files: withChecksums(part.id, part.output) },
        },
      })),
    ],
  };
}

export function hubRepository(repo: string, config: string): DemoRepository {
  return { repo, files: { "README.md": "# A product\n", ".github/release-chain.yml": config }, workflow: null };
}

/** A workflow that listens to `build-chain`; an aware one checks out the locked commit and echoes the dispatch id. */
export function demoWorkflow(id: string, aware: boolean): string {
  const runName =
    'run-name: "Build ${{ github.event.client_payload.version }} [${{ github.event.client_payload.chain.dispatch_id }}]"';
  return [
    `name: Build ${id}`,
    ...(aware ? [runName] : []),
    "on:",
    "  repository_dispatch:",
    "    types: [build-chain]",
    "jobs:",
    "  build:",
    "    runs-on: ubuntu-latest",
    "    steps:",
    "      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
    ...(aware ? ["        with:", "          ref: ${{ github.event.client_payload.source.sha }}"] : []),
    "      - run: make dist",
    "      - uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2",
    "        with:",
    `          name: ${id}-files`,
    "          path: dist/*",
    "",
  ].join("\n");
}

/** The files of an artifact, with a `SHA256SUMS` over them, as a careful workflow uploads them. Sizes in bytes. */
export function withChecksums(seed: string, output: Record<string, number>): Record<string, Buffer> {
  const files = Object.fromEntries(
    Object.entries(output).map(([name, size]) => [name, contentOf(`${seed}/${name}`, size)]),
  );
  const sums = Object.entries(files).map(
    ([name, content]) => `${createHash("sha256").update(content).digest("hex")}  ${name}\n`,
  );
  return { ...files, SHA256SUMS: Buffer.from(sums.join("")) };
}

/** Bytes that look like a build's, the same for the same seed. */
function contentOf(seed: string, size: number): Buffer {
  return createHash("shake256", { outputLength: size }).update(seed).digest();
}
