/**
 * What readers of event streams cost a step: 200 of them follow a release run from its beginning to its end, and the time from
 * webhook to dispatch is taken as in the bench `latency`.
 */
import { request } from "node:http";
import { figure, type Bench, type Figure } from "./figures.js";
import { runChain, type Step } from "./latency.js";
import { usageOf } from "./process-usage.js";
import { startBenchServer } from "./server.js";

const READERS = 200;

export const streamsBench: Bench = {
  name: "streams",
  async run({ samples }) {
    const server = await startBenchServer();
    const heard: number[] = [];
    try {
      const steps: Step[] = [];
      const before = await usageOf(server.pid);
      for (let chain = 0; steps.length < samples; chain++) {
        server.sandbox.clearLogs();
        const running = runChain(server.sandbox, chain);
        const id = await newestRun(server.controlSocket, `owner-${chain}/product`);
        const readers = Array.from({ length: READERS }, () => follow(server.controlSocket, id));
        steps.push(...(await running));
        heard.push(...(await Promise.all(readers)));
      }
      const used = (await usageOf(server.pid)).cpuMs - before.cpuMs;
      const most = Math.max(...heard);
      if (heard.some((count) => count !== most && count === 0)) throw new Error("a reader heard nothing");
      const of = (name: string, values: number[]): Figure => figure(`streams: ${name}`, "ms", values);
      return [
        of(
          `webhook to the dependent's dispatch, ${READERS} readers`,
          steps.map(({ sent, dispatched }) => dispatched - sent),
        ),
        of("CPU of the server for a step", [used / steps.length]),
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
