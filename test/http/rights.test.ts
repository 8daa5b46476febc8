/** Who may do what: every action by everybody, over the API as the public reaches it, and what the audit log has of it. */
import { describe, expect, it } from "vitest";
import { makeBuildingRun } from "./sample-runs.js";
import { aPublicServer, type Headers } from "./a-public-server.js";

const HUB = "acme/hub";
const PERMISSIONS = {
  [`reader ${HUB}`]: "read",
  [`writer ${HUB}`]: "write",
  [`maintainer ${HUB}`]: "maintain",
  [`admin ${HUB}`]: "admin",
} as const;

async function start() {
  const server = aPublicServer(PERMISSIONS);
  server.operations.runs.push(makeBuildingRun({ id: "run-1", hub: HUB }));
  const mine = (login: string) => ({ owner: { login, id: login.length } });
  const actors: Record<string, Headers> = {
    anonymous: {},
    stranger: await server.person("stranger"),
    reader: await server.person("reader"),
    writer: await server.person("writer"),
    maintainer: await server.person("maintainer"),
    admin: await server.person("admin"),
    "read token": await server.program(),
    "operate token": await server.program({ scope: "operate" }),
    "admin's read token": await server.program(mine("admin")),
    "writer's operate token": await server.program({ scope: "operate", ...mine("writer") }),
    "stranger's operate token": await server.program({ scope: "operate", ...mine("stranger") }),
  };
  return { ...server, actors };
}

const C = "/api/v1/runs/run-1/components/meta-acme";
const READS = ["", "/plan", "/lock", "/artifacts"].map((part) => ["GET", `/api/v1/runs/run-1${part}`] as const);
type Asked = readonly [method: string, path: string, body?: object];

const ACTIONS: Record<string, readonly Asked[]> = {
  read: READS,
  start: [
    ["POST", "/api/v1/runs", { hub: HUB, tag: "v2.0.0" }],
    ["POST", "/api/v1/plans", { hub: HUB, tag: "v2.0.0" }],
  ],
  retry: [
    ["POST", "/api/v1/runs/run-1/retry"],
    ["POST", `${C}/retry`],
  ],
  skip: [["POST", `${C}/skip`]],
  adopt: [["POST", `${C}/adopt`, { workflowRunId: 42 }]],
  cancel: [
    ["POST", "/api/v1/runs/run-1/cancel"],
    ["POST", `${C}/cancel`],
  ],
  prune: [
    ["POST", "/api/v1/artifacts/prune"],
    ["POST", "/api/v1/artifacts/check"],
    ["GET", "/api/v1/artifacts/check"],
  ],
  audit: [["GET", `/api/v1/audit?hub=${HUB}`]],
  server: [["GET", "/api/v1/repositories?owner=acme"]],
};

/** The status where it is refused; 200: it is done (or 201, 202). Of a hidden hub as of one that is not there. */
const NOBODY = 401;
const MATRIX: Record<string, Record<string, number>> = {
  //                          read       start       retry       skip       adopt       cancel       prune       audit       server
  anonymous: row(NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, NOBODY),
  stranger: row(404, 422, 404, 404, 404, 404, 403, 403, 403),
  reader: row(200, 403, 403, 403, 403, 403, 403, 403, 403),
  writer: row(200, 200, 200, 200, 200, 403, 403, 403, 403),
  maintainer: row(200, 200, 200, 200, 200, 200, 200, 403, 403),
  admin: row(200, 200, 200, 200, 200, 200, 200, 200, 403),
  "read token": row(200, 403, 403, 403, 403, 403, 403, 200, 200),
  "operate token": row(200, 200, 200, 200, 200, 200, 200, 200, 200),
  "admin's read token": row(200, 403, 403, 403, 403, 403, 403, 403, 403),
  "writer's operate token": row(200, 200, 200, 200, 200, 403, 403, 403, 403),
  "stranger's operate token": row(404, 422, 404, 404, 404, 404, 403, 403, 403),
};

function row(...statuses: number[]): Record<string, number> {
  return Object.fromEntries(Object.keys(ACTIONS).map((action, index) => [action, statuses[index] ?? 0]));
}

describe.each(Object.entries(MATRIX))("the rights of %s", (actor, expected) => {
  it.each(Object.entries(expected))("to %s: %i", async (action, status) => {
    const { call, actors, operations, access } = await start();
    for (const [method, path, body] of ACTIONS[action] ?? []) {
      const answer = await call(method, path, actors[actor], body);
      const summary = answer.status >= 200 && answer.status < 300 ? 200 : answer.status;
      expect([path, summary, answer.body]).toEqual([path, status, expect.anything()]);
    }
    if (status !== 200) expect([operations.commands, operations.runs.length]).toEqual([[], 1]);
    const { records } = access.store.audit;
    const isWrite = !["read", "audit", "server"].includes(action);
    if (status === 401 || !isWrite) expect(records).toEqual([]);
    else expect(records.map(({ result }) => result)).toContain(status === 200 ? "done" : "refused");
  });
});

describe("what somebody may not read", () => {
  it("is left out of lists, and told apart from nothing by nobody", async () => {
    const { call, actors, operations } = await start();
    operations.runs.push(makeBuildingRun({ id: "run-2", hub: "acme/secret" }));
    const listed = async (name: string, query = "") =>
      ((await call("GET", `/api/v1/runs${query}`, actors[name])).body["items"] as { id: string }[]).map(({ id }) => id);
    expect(await listed("reader")).toEqual(["run-1"]);
    expect(await listed("stranger")).toEqual([]);
    expect(await listed("reader", "?hub=acme/secret")).toEqual([]);
    expect((await listed("read token")).sort()).toEqual(["run-1", "run-2"]);
    const [hidden, none] = [
      await call("GET", "/api/v1/runs/run-2", actors["reader"]),
      await call("GET", "/api/v1/runs/run-9", actors["reader"]),
    ];
    expect(JSON.stringify(hidden.body).replaceAll("run-2", "run-9")).toBe(JSON.stringify(none.body));
  });

  it("is not named as what another release run waits for", async () => {
    const { call, actors, operations } = await start();
    operations.runs.push(makeBuildingRun({ id: "run-3", hub: HUB, status: "queued" }));
    const heldBy = { id: "run-2", hub: "acme/secret", tag: "v9" };
    operations.around = { ...operations.around, heldBy, busy: () => heldBy };
    const seen = JSON.stringify((await call("GET", "/api/v1/runs/run-3", actors["reader"])).body);
    expect(seen).toContain("another hub");
    expect(seen).not.toMatch(/secret|run-2|v9/);
  });

  it("takes each hub of the server to prune: one more, and a maintainer of the first may no longer", async () => {
    const { call, actors, operations } = await start();
    operations.runs.push(makeBuildingRun({ id: "run-2", hub: "acme/secret" }));
    expect((await call("POST", "/api/v1/artifacts/prune", actors["maintainer"])).status).toBe(403);
    expect((await call("POST", "/api/v1/artifacts/prune", actors["operate token"])).status).toBe(200);
  });
});

describe("a login that was given up and taken by somebody else", () => {
  const RUN = "/api/v1/runs/run-1";
  const begin = { hub: HUB, tag: "v2.0.0" };

  it("opens nothing to sessions and tokens of before, and nothing of before to its new owner", async () => {
    const { call, actors, granted, ids, operations, person, time } = await start();
    const before = [actors["writer"], actors["writer's operate token"]];
    for (const headers of before) expect((await call("GET", RUN, headers)).status).toBe(200);
    ids.set("writer", 99);
    time.now += 60_000;
    for (const headers of before) {
      expect((await call("GET", RUN, headers)).status).toBe(404);
      expect((await call("GET", "/api/v1/runs", headers)).body["items"]).toEqual([]);
      expect((await call("POST", `${RUN}/retry`, headers)).status).toBe(404);
      expect((await call("POST", "/api/v1/runs", headers, begin)).status).toBe(422);
    }
    expect([operations.commands, operations.runs.length]).toEqual([[], 1]);

    const successor = await person("writer", 99);
    expect((await call("GET", RUN, successor)).status).toBe(200);
    expect((await call("GET", "/api/v1/tokens", successor)).body["items"]).toEqual([]);
    granted.set(`renamed ${HUB}`, "write");
    const renamed = await person("renamed", "writer".length);
    expect((await call("GET", RUN, renamed)).status).toBe(200);
    expect((await call("GET", "/api/v1/tokens", renamed)).body["items"]).toMatchObject([{ login: "writer" }]);
  });
});

describe("whose rights a chain has", () => {
  const begin = { hub: HUB, tag: "v2.0.0", configRef: "main" };

  it.each([
    ["writer", "writer"],
    ["writer's operate token", "writer"],
    ["operate token", undefined],
  ])("is told of %s, and nobody can say it of themselves", async (name, login) => {
    const { call, actors, operations } = await start();
    const onBehalf = login === undefined ? {} : { onBehalfOf: login };
    for (const path of ["/api/v1/plans", "/api/v1/runs"]) {
      const forged = await call("POST", path, actors[name], { ...begin, onBehalfOf: "admin" });
      expect([forged.status, operations.asked]).toEqual([400, undefined]);
      expect((await call("POST", path, actors[name], begin)).status).toBe(path.endsWith("plans") ? 200 : 201);
      expect(operations.asked).toEqual({ ...begin, ...onBehalf });
      operations.asked = undefined;
    }
  });
});
