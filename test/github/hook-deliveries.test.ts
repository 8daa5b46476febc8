import nock from "nock";
import { expect, it } from "vitest";
import { GitHubError } from "../../src/coordinator/ports.js";
import { API, DATE, START, createWorld, withoutNetwork } from "./world.js";

withoutNetwork();

const LOG = "/app/hook/deliveries";
const MINUTE = 60_000;

/** As text: its ids are larger than a number holds. */
function entry(id: string, at: number, change: Record<string, unknown> = {}): string {
  const rest = {
    guid: `guid-${id}`,
    delivered_at: new Date(at).toISOString(),
    redelivery: false,
    duration: 0.3,
    status: "OK",
    status_code: 200,
    event: "release",
    action: "published",
    installation_id: 7,
    repository_id: 3,
    throttled_at: null,
    ...change,
  };
  return `{"id": ${id},${JSON.stringify(rest).slice(1)}`;
}

function pageIs(query: string, entries: string[], cursor?: string): void {
  const link = `<${API}${LOG}?per_page=100&cursor=${cursor ?? ""}>; rel="next"`;
  nock(API, { reqheaders: { authorization: /^bearer eyJ/i } })
    .get(`${LOG}?${query}`)
    .reply(200, `[${entries.join(",")}]`, { ...DATE, "content-type": "application/json", ...(cursor && { link }) });
}

it("are read page by page back to a time, with ids that no number holds", async () => {
  const { github } = createWorld();
  pageIs("per_page=100", [entry("3804004623172239366", START), entry("3804004623172239365", START - MINUTE)], "v1_2");
  pageIs(
    "per_page=100&cursor=v1_2",
    [
      entry("9", START - 2 * MINUTE, { status: "Invalid HTTP Response: 500", event: "create", action: null }),
      entry("8", START - 9 * MINUTE),
    ],
    "v1_3",
  );
  pageIs("per_page=100&cursor=v1_3", [entry("7", START - 10 * MINUTE)], "v1_4");
  const found = await github.deliveries(START - 5 * MINUTE, false);
  expect(found.map(({ id }) => id)).toEqual(["3804004623172239366", "3804004623172239365", "9"]);
  expect(found[2]).toEqual({
    id: "9",
    guid: "guid-9",
    deliveredAt: START - 2 * MINUTE,
    ok: false,
    event: "create",
    action: null,
    redelivery: false,
  });
});

it("can be those only that went wrong", async () => {
  const { github } = createWorld();
  pageIs("per_page=100&status=failure", [entry("9", START, { status: "timed out", status_code: 504 })]);
  expect(await github.deliveries(START - MINUTE, true)).toMatchObject([{ id: "9", ok: false }]);
});

it("end with the last page, also where it is empty", async () => {
  const { github } = createWorld();
  pageIs("per_page=100", []);
  expect(await github.deliveries(0, false)).toEqual([]);
});

it.each([
  ["what is no JSON", "<html>"],
  ["what lacks a GUID", '[{"id": 1, "delivered_at": "2025-03-01T12:00:00Z"}]'],
])("are an error where GitHub answers %s", async (_, body) => {
  const { github } = createWorld();
  nock(API)
    .get(/deliveries/)
    .reply(200, body, DATE);
  const error = await github.deliveries(0, false).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GitHubError);
  expect((error as GitHubError).message).toMatch(/^GET \/app\/hook\/deliveries answered something/);
});

it("are told to be missing by a server that keeps no log", async () => {
  const { github } = createWorld();
  nock(API)
    .get(/deliveries/)
    .reply(404, { message: "Not Found" }, DATE);
  await expect(github.deliveries(0, true)).rejects.toMatchObject({ kind: "refused", status: 404 });
});

it("are asked for again by the id of the try, once, whatever becomes of the request", async () => {
  const { github } = createWorld();
  const asked: string[] = [];
  nock(API, { reqheaders: { authorization: /^bearer eyJ/i } })
    .persist()
    .post(/attempts$/)
    .reply((uri) => {
      asked.push(uri);
      return [uri.includes("/9/") ? 502 : 202, {}, DATE];
    });
  await github.redeliver("3804004623172239366");
  await expect(github.redeliver("9")).rejects.toMatchObject({ kind: "unknown", status: 502 });
  expect(asked).toEqual([`${LOG}/3804004623172239366/attempts`, `${LOG}/9/attempts`]);
});
