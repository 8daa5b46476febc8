/** Readers of a release run's events, as a browser is one, and the command line: each comes back after the last event that it had. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compareEvents, readEventId } from "../../src/chain/event-ids.js";
import type { EventView } from "../../src/chain/event-view.js";
import { callApi } from "./api-client.js";
import { artifactOf, contentOf, HUB, startScenario, TAG, until, type Scenario, type Server } from "./harness.js";
import { begin, cli } from "./run-cli.js";

interface Follower {
  events: EventView[];
  /** How often it had to come back. */
  connections: number;
  ended: Promise<void>;
}

function follow(server: Server, runId: string): Follower {
  const follower: Follower = { events: [], connections: 0, ended: Promise.resolve() };
  async function readOnce(): Promise<boolean> {
    const last = follower.events.at(-1)?.id;
    const answer = await callApi(server, `runs/${runId}/events`, {
      headers: { accept: "text/event-stream", ...(last !== undefined && { "last-event-id": last }) },
    });
    if (!answer.ok || answer.body === null) throw new Error(`answered ${answer.status}`);
    follower.connections += 1;
    let rest = "";
    for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + piece).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        if (block.startsWith("event: end")) return true;
        const data = /^id: .*\ndata: (.*)$/m.exec(block)?.[1];
        if (data !== undefined) follower.events.push(JSON.parse(data) as EventView);
      }
    }
    return false;
  }
  follower.ended = (async () => {
    while (!(await readOnce().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 50));
  })();
  return follower;
}

describe("a reader of a release run's events", () => {
  it("gets every event once and in order, over a server that is killed and one that is stopped", async () => {
    const slow = { runningMs: 600 };
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const scenario = await startScenario(
      {
        components: {
          base: { script: { ...slow, conclusion: ["failure", "success"], artifacts: [artifactOf("base")] } },
          app: { needs: ["base"], script: { work: () => held, artifacts: [artifactOf("app")] } },
        },
      },
      { ownProcess: true },
    );
    const { server, release, run, completed } = scenario;
    release();
    const { id } = await run(({ components }) => components.length > 0);
    const readers = Array.from({ length: 3 }, () => follow(server, id));
    const person = begin(scenario, "logs", `${HUB}@${TAG}`, "--follow", "--json");
    const areThere = (): boolean => readers.every(({ events }) => events.length > 3) && person.said() !== "";
    await until(() => Promise.resolve(areThere() || null));
    await server.kill();
    await server.start();
    await run(({ components }) => components.find((component) => component.id === "app")?.status === "in_progress");
    const asked = Date.now();
    expect(await server.stop()).toBe(0);
    expect(Date.now() - asked).toBeLessThan(10_000);
    goOn();
    await server.start();
    expect(await completed(TAG)).toMatchObject({ conclusion: "success" });
    await Promise.all(readers.map(({ ended }) => ended));

    const answer = await callApi(server, `runs/${id}/events?limit=1000`, {
      headers: { accept: "application/json" },
    });
    const { items } = (await answer.json()) as { items: EventView[] };
    for (const { events, connections } of readers) {
      expect(events).toEqual(items);
      expect(connections).toBeGreaterThan(2);
    }
    const followed = await person.ended;
    expect(followed).toMatchObject({ code: 0, stderr: expect.stringContaining("the server answers again.") as string });
    expect(
      followed.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(items);
    const places = items.map((event) => readEventId(event.id) ?? { version: -1, position: -1 });
    expect(places.toSorted(compareEvents)).toEqual(places);
    expect(new Set(items.map((event) => event.id)).size).toBe(items.length);
    const kinds = items.map(({ kind }) => kind);
    for (const kind of ["plan", "dispatched", "found", "artifact", "attempt", "retry", "asset", "published"] as const)
      expect(kinds).toContain(kind);
    expect(items.at(-1)).toMatchObject({ kind: "run", status: "completed", conclusion: "success" });
    await expectLogsAndFiles(scenario, id);
  }, 180_000);
});

/** What the command line shows and fetches of a release run that is over, whose base failed once. */
async function expectLogsAndFiles(scenario: Scenario, id: string): Promise<void> {
  const out = join(scenario.server.dataDir, "out");
  const [failed, last, none, download] = await Promise.all([
    cli(scenario, "logs", id, "base", "--attempt", "1"),
    cli(scenario, "logs", id, "base", "--follow", "--tail", "1"),
    cli(scenario, "logs", id, "base", "--attempt", "9"),
    cli(scenario, "artifacts", id, "--download", out),
  ]);
  expect(failed).toMatchObject({ code: 0, stderr: "" });
  expect(failed.stdout).toMatch(/^base, attempt 1, job build: http\S+\n[\s\S]*failure/);
  expect(last).toMatchObject({ code: 0, stderr: "" });
  expect(last.stdout).toMatch(/^base, attempt 2, job build: http\S+\n(… more before.*\n)?\S.*success\n$/);
  expect(none).toEqual({ code: 1, stdout: "", stderr: "release-chain: base has no attempt 9: the last one is 2.\n" });
  expect(download).toEqual({
    code: 0,
    stderr: "",
    stdout: expect.stringMatching(/^2 files, .* in \S+out, each/) as string,
  });
  expect((await readdir(out)).sort()).toEqual(["app", "base"]);
  for (const name of ["app", "base"])
    expect(await readFile(join(out, name, `${name}-image`, `${name}.img`))).toEqual(contentOf(name));
}
