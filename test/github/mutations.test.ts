/** Every call that changes something: what it sends, and that it is sent once unless GitHub certainly refused it. */
import nock from "nock";
import { describe, expect, it } from "vitest";
import { MUTATIONS, upload, type Mutation } from "./mutations.js";
import { failure } from "./real-hosts.js";
import { API, DATE, REPO, START, TOKEN, asset, createWorld, installed, withoutNetwork } from "./world.js";

interface Seen {
  count: number;
  bodies: unknown[];
  authorization: (string | undefined)[];
  apiVersion: (string | undefined)[];
}

type Answer = [status: number, body?: Record<string, unknown> | string, headers?: Record<string, string>];

/** Answers the mutation's requests in turn, the last one again and again. */
function answering(mutation: Mutation, ...answers: Answer[]): Seen {
  const seen: Seen = { count: 0, bodies: [], authorization: [], apiVersion: [] };
  nock(mutation.host)
    .persist()
    .intercept(mutation.path, mutation.method)
    .reply(function (_uri, body) {
      seen.bodies.push(body);
      const headers = new Headers(this.req.headers);
      seen.authorization.push(headers.get("authorization") ?? undefined);
      seen.apiVersion.push(headers.get("x-github-api-version") ?? undefined);
      const [status, reply, extra] = answers[Math.min(seen.count++, answers.length - 1)] ?? [500];
      return [status, reply ?? "", { ...DATE, ...extra }];
    });
  return seen;
}

withoutNetwork();

describe.each(MUTATIONS)("$name", (mutation) => {
  it("sends what GitHub expects, with the installation's token and the API version", async () => {
    const seen = answering(mutation, mutation.answer);
    const { github } = createWorld();
    expect(await mutation.run(github)).toEqual(mutation.result);
    expect(seen).toEqual({
      count: 1,
      bodies: [mutation.body],
      authorization: [`token ${TOKEN}`],
      apiVersion: ["2022-11-28"],
    });
  });

  it("is sent once where GitHub answers 502", async () => {
    const seen = answering(mutation, [502, "<html>Bad gateway</html>", { "content-type": "text/html" }]);
    const { github, slept } = createWorld();
    const error = await failure(mutation.run(github));
    expect(error).toMatchObject({ kind: "unknown", status: 502 });
    expect(seen.count).toBe(1);
    expect(slept).toEqual([]);
  });

  it("is sent once where the connection breaks", async () => {
    let count = 0;
    nock(mutation.host)
      .persist()
      .intercept(mutation.path, mutation.method, () => {
        count++;
        return true;
      })
      .replyWithError(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
    const error = await failure(mutation.run(createWorld().github));
    expect(error).toMatchObject({ kind: "unknown", status: 0 });
    expect(error.message).toContain("read ECONNRESET");
    expect(count).toBe(1);
  });

  it.each<[string, Answer, number]>([
    ["429 with retry-after", [429, { message: "slow down" }, { "retry-after": "7" }], 7_000],
    ["403 with retry-after", [403, { message: "slow down" }, { "retry-after": "9" }], 9_000],
    [
      "403 with nothing remaining",
      [
        403,
        { message: "API rate limit exceeded" },
        { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(START / 1000 + 30) },
      ],
      31_000,
    ],
    ["403 that names the secondary limit", [403, { message: "You have exceeded a secondary rate limit." }], 60_000],
  ])("waits and is sent again after %s", async (_name, limited, pause) => {
    const seen = answering(mutation, limited, mutation.answer);
    const { github, slept } = createWorld();
    expect(await mutation.run(github)).toEqual(mutation.result);
    expect(seen.count).toBe(2);
    expect(seen.bodies[1]).toEqual(mutation.body);
    expect(slept).toEqual([pause]);
  });

  it.each([404, 422])("is refused by %i, once", async (status) => {
    const seen = answering(mutation, [
      status,
      { message: "No", errors: [{ resource: "X", field: "name", code: "already_exists" }] },
    ]);
    const error = await failure(mutation.run(createWorld().github));
    expect(error).toMatchObject({ kind: "refused", status, codes: ["already_exists"] });
    expect(error.message).toContain(`${mutation.method} `);
    expect(error.message).toContain("No (X name already_exists)");
    expect(seen.count).toBe(1);
  });

  it("goes again with a new token after 401, and then says what to check", async () => {
    const seen = answering(mutation, [401, { message: "Bad credentials" }]);
    const { github } = createWorld();
    const error = await failure(mutation.run(github));
    expect(error).toMatchObject({ kind: "refused", status: 401 });
    expect(error.message).toContain("PRIVATE_KEY");
    expect(seen.count).toBe(3);
  });
});

describe("repositoryDispatch", () => {
  const dispatch = MUTATIONS[0] as Mutation;

  it("follows a renamed repository, and nowhere else", async () => {
    const first = answering(dispatch, [307, "", { location: `${API}/repositories/99/dispatches` }]);
    const second = answering({ ...dispatch, path: "/repositories/99/dispatches" }, [204]);
    expect(await dispatch.run(createWorld().github)).toEqual({ at: START });
    expect([first.count, second.count]).toEqual([1, 1]);
    expect(second.bodies).toEqual([dispatch.body]);
  });

  it("does not follow to another host", async () => {
    answering(dispatch, [307, "", { location: "https://evil.example/dispatches" }]);
    expect(await failure(dispatch.run(createWorld().github))).toMatchObject({ kind: "refused", status: 307 });
  });

  it("gives null where GitHub's answer has no usable date", async () => {
    answering(dispatch, [204, "", { date: "some day" }]);
    expect(await dispatch.run(createWorld().github)).toEqual({ at: null });
  });
});

describe("workflowDispatch", () => {
  const dispatch = MUTATIONS[1] as Mutation;

  it("gives no run id where an older server answers 204", async () => {
    answering(dispatch, [204]);
    expect(await dispatch.run(createWorld().github)).toEqual({ at: START, workflowRunId: null });
  });

  it("leaves out what an older server refuses to know, from then on", async () => {
    const seen = answering(
      dispatch,
      [422, { message: 'Invalid request.\n\n"return_run_details" is not a permitted key.' }],
      [204],
    );
    const { github } = createWorld();
    expect(await dispatch.run(github)).toEqual({ at: START, workflowRunId: null });
    await dispatch.run(github);
    expect(seen.bodies.map((body) => Object.keys(body as object).includes("return_run_details"))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("counts as sent where the answer is not understood", async () => {
    answering(dispatch, [200, "<html>"]);
    const { github, log } = createWorld();
    expect(await dispatch.run(github)).toEqual({ at: START, workflowRunId: null });
    expect(log.filter(({ level }) => level === "warn")).toHaveLength(1);
  });
});

describe("cancel", () => {
  it("is no error where the run has completed already", async () => {
    const seen = answering(MUTATIONS[4] as Mutation, [
      409,
      { message: "Cannot cancel a workflow run that is completed." },
    ]);
    expect(await createWorld().github.cancel(REPO, 42, false)).toEqual({ at: START });
    expect(seen.count).toBe(1);
  });
});

describe("uploadAsset", () => {
  it.each([
    ["another host", "https://uploads.github.com.evil.example/repos/acme/sdk/releases/12/assets{?name,label}"],
    ["no TLS", "http://uploads.github.com/repos/acme/sdk/releases/12/assets{?name,label}"],
    ["a user in front", "https://x@uploads.github.com/repos/acme/sdk/releases/12/assets{?name,label}"],
    ["no URL", "uploads/12{?name}"],
  ])("sends nothing where the upload URL has %s", async (_name, url) => {
    const error = await failure(upload(createWorld().github, url));
    expect(error).toMatchObject({ kind: "refused", status: 0 });
    expect(error.message).toContain("does not belong to the API");
  });

  it("goes to the host of an Enterprise Server", async () => {
    const api = "https://ghe.acme.test/api/v3";
    installed(REPO, 77, TOKEN, api);
    nock("https://ghe.acme.test")
      .post("/api/uploads/repos/acme/sdk/releases/12/assets?name=image+v1%2B2.wic", "0123456789")
      .matchHeader("authorization", `token ${TOKEN}`)
      .reply(201, asset());
    const { github } = createWorld({ baseUrl: `${api}/` });
    expect(
      await upload(github, "https://ghe.acme.test/api/uploads/repos/acme/sdk/releases/12/assets{?name,label}"),
    ).toMatchObject({ id: 31 });
    expect((await failure(upload(github))).message).toContain("https://uploads.github.com");
  });

  it("is unknown where the answer is not an asset", async () => {
    answering(MUTATIONS.find(({ name }) => name === "uploadAsset") as Mutation, [201, { id: "31" }]);
    const error = await failure(upload(createWorld().github));
    expect(error).toMatchObject({ kind: "unknown", status: 201 });
    expect(error.message).toMatch(/answered something that is not what its API describes: id: /);
  });
});
