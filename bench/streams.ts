/**
 * What readers of event streams cost a step: 200 of them follow a chain of 200 components, each needing the one before, to
 * its end, and the time from webhook to dispatch is taken as in the bench `latency`. Takes two minutes.
 */
import { request } from "node:http";
import { figure, type Bench } from "./figures.js";
import { hubOf, runChain, type Chain } from "./latency.js";
import { usageOf } from "./process-usage.js";
import { startBenchServer } from "./server.js";

const READERS = 200;

/** One chain of 200, over installations enough for the points that GitHub allows each of them in a minute. */
const CHAIN: Chain = { size: 200, owners: Array.from({ length: 10 }, (_, index) => `owner-${index}`) };

export const streamsBench: Bench = {
  name: "streams",
  async run() {
    const server = await startBenchServer();
    try {
      const before = await usageOf(server.pid);
      const running = runChain(server.sandbox, CHAIN);
      const id = await newestRun(server.controlSocket, hubOf(CHAIN));
      const readers = Array.from({ length: READERS }, () => follow(server.controlSocket, id));
      const steps = await running;
      const heard = await Promise.all(readers);
      const used = (await usageOf(server.pid)).cpuMs - before.cpuMs;
      if (heard.some((count) => count !== heard[0])) throw new Error("not every reader heard every event");
      const name = `streams: webhook to the dependent's dispatch, ${READERS} readers of a chain of ${CHAIN.size}`;
      const times = steps.map(({ sent, dispatched }) => dispatched - sent);
      return [
        figure(name, "ms", times),
        figure("streams: CPU of the server for a step", "ms", [used / steps.length]),
        figure("streams: events that a reader got", "events", heard),
      ];
    } finally {
      await server.close();
    }
  },
};

/** The id of the newest release run of a hub, once there is one. */
async function newestRun(socketPath: string, hub: string): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await get(socketPath, `/api/v1/runs?limit=1&hub=${encodeURIComponent(hub)}`).catch(() => "");
    const items = found === "" ? [] : (JSON.parse(found) as { items: { id: string }[] }).items;
    if (items[0] !== undefined) return items[0].id;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`there is no release run of ${hub}`);
}

/** Reads to the end; how many events came. */
async function follow(socketPath: string, id: string): Promise<number> {
  const text = await get(socketPath, `/api/v1/runs/${id}/events`);
  return text.split("\nid: ").length - 1;
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, agent: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => (text += piece));
      answer.on("end", () => {
        resolve(text);
      });
      answer.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}
