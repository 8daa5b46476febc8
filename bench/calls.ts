/**
 * Requests to GitHub for a component, from its dispatch until its artifact is collected, by kind: a chain of 120 in which
 * all goes well, with webhooks. Counted where they arrive; those of planning and publishing, and answers 304, do not count.
 */
import { createHash } from "node:crypto";
import type { RequestSummary, Sandbox } from "../src/sandbox/sandbox.js";
import { figure, type Bench } from "./figures.js";
import { randomGraph } from "./random-graph.js";
import { startBenchServer } from "./server.js";

const SIZE = 120;
/** Installations: GitHub's points a minute are each one's own. */
const OWNERS = 8;
const HUB = "owner-0/product";
const TAG = "v1";
const WORKFLOW = ".github/workflows/build.yml";

export const callsBench: Bench = {
  name: "calls",
  async run() {
    const server = await startBenchServer();
    try {
      const { sandbox } = server;
      addProduct(sandbox);
      sandbox.publishRelease({ repo: HUB, tag: TAG, author: "ada" });
      await sandbox.until(() => sandbox.dispatches.length === SIZE, 300_000);
      await sandbox.until(() => sandbox.release(HUB, TAG)?.body?.includes("release-chain:end") === true, 60_000);
      const since = sandbox.requests.findIndex(({ path }) => path.endsWith("/dispatches"));
      const asked = sandbox.requests.slice(since).filter(({ path }) => !OTHERS.test(path));
      const ofApi = asked.filter(({ server: host }) => host === "api");
      const counted = ofApi.filter(({ status }) => status !== 304);
      const count = (kind: string): number => counted.filter((request) => kindOf(request) === kind).length;
      const kinds = [...new Set(counted.map(kindOf))].sort();
      return [
        figure("calls: of a component, dispatch to collected", "requests", [counted.length / SIZE]),
        ...kinds.map((kind) => figure(`calls: of these, ${kind}`, "requests", [count(kind) / SIZE])),
        figure("calls: besides, answered 304", "requests", [(ofApi.length - counted.length) / SIZE]),
        figure("calls: besides, bytes from the storage", "requests", [(asked.length - ofApi.length) / SIZE]),
      ];
    } finally {
      await server.close();
    }
  },
};

/** Of publishing, which begins when all is collected. */
const OTHERS = /\/releases\/|^\/uploads\//;

/** Method and path, with a star for what differs. */
function kindOf({ method, path }: RequestSummary): string {
  const repo = path.replace(/^\/repos\/[^/]+\/[^/]+/, "");
  return `${method} ${repo.replace(/\d{2,}/g, "*")}`;
}

function addProduct(sandbox: Sandbox): void {
  const workflow =
    'run-name: "build [${{ github.event.client_payload.chain.dispatch_id }}]"\n' +
    "on: {repository_dispatch: {types: [build-chain]}}\njobs: {build: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n";
  const lines = randomGraph(SIZE).map(({ id, needs }, index) => {
    const fullName = `owner-${index % OWNERS}/${id}`;
    sandbox.addRepository({ fullName, files: { [WORKFLOW]: workflow }, permissions: { ada: "write" } });
    // Long enough for what each webhook speaks of to be looked at before the next one comes.
    sandbox.script(fullName, WORKFLOW, {
      queuedMs: 150,
      runningMs: 300,
      artifacts: [{ name: "image", files: { [`${id}.img`]: createHash("sha256").update(id).digest() } }],
    });
    return `  - {id: ${id}, repo: ${fullName}, needs: [${needs.join(", ")}]}\n`;
  });
  const config = `version: 1\nschedule: {max-parallel: 32}\npublish: {include: [none/**]}\ncomponents:\n${lines.join("")}`;
  const files = { ".github/release-chain.yml": config };
  sandbox.addRepository({ fullName: HUB, files, permissions: { ada: "write" } });
}
