/** How long the program takes to start: as a command, and as a server that answers. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { figure, timed, type Bench } from "./figures.js";
import { startBenchServer } from "./server.js";

const TIMES = 10;

export const startBench: Bench = {
  name: "start",
  async run() {
    const ready: number[] = [];
    for (let time = 0; time < TIMES; time++) {
      const server = await startBenchServer();
      ready.push(server.readyAfter);
      await server.close();
    }
    return [
      figure("start: release-chain --version", "ms", timed(TIMES, runMain("--version"))),
      figure("start: release-chain --help", "ms", timed(TIMES, runMain("--help"))),
      figure("start: server with a new database, until ready", "ms", ready),
    ];
  },
};

function runMain(argument: string): () => void {
  return () => {
    const { status } = spawnSync(process.execPath, [resolve("dist/main.js"), argument], { stdio: "ignore" });
    if (status !== 0) throw new Error(`release-chain ${argument} ended with exit code ${String(status)}`);
  };
}
