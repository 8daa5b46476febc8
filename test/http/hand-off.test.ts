import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { addressOf, ended, get, hash, IMAGE, NAMES, SAME, start } from "./hand-off-server.js";

describe("a signed address", () => {
  it("gives the file, with its name, length and digest", async () => {
    const started = await start();
    const { status, headers, body } = await get(addressOf(started, NAMES.image));
    expect([status, body]).toEqual([200, IMAGE.toString()]);
    const base64 = createHash("sha256").update(IMAGE).digest("base64");
    expect(headers).toMatchObject({
      "content-length": "100",
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="_mage _1__ x.wic"; filename*=UTF-8''%C3%AFmage%20%221%22%3B%20x.wic`,
      etag: `"${hash(IMAGE)}"`,
      "repr-digest": `sha-256=:${base64}:`,
      digest: `SHA-256=${base64}`,
      "cache-control": "private, max-age=86400, immutable",
      "x-content-type-options": "nosniff",
      "accept-ranges": "bytes",
    });
    const head = await get(addressOf(started, NAMES.image), { range: "bytes=0-1" }, "HEAD");
    expect([head.status, head.headers["content-length"], head.body]).toEqual([200, "100", ""]);
    expect(await get(addressOf(started, NAMES.empty))).toMatchObject({ status: 200, body: "" });
    expect(started.store.opened).toBe(0);
  });

  const digits = (from: number, to: number) => IMAGE.toString().slice(from, to + 1);
  it.each([
    ["bytes=0-0", 206, "bytes 0-0/100", digits(0, 0)],
    ["bytes=95-", 206, "bytes 95-99/100", digits(95, 99)],
    ["bytes=-3", 206, "bytes 97-99/100", digits(97, 99)],
    ["bytes=-1000", 206, "bytes 0-99/100", digits(0, 99)],
    ["Bytes = 90-4000", 206, "bytes 90-99/100", digits(90, 99)],
    ["bytes=100-", 416, "bytes */100", null],
    ["bytes=-0", 416, "bytes */100", null],
    ["bytes=0-1,5-6", 200, undefined, digits(0, 99)],
    ["bytes=9-3", 200, undefined, digits(0, 99)],
    ["bytes=-", 200, undefined, digits(0, 99)],
    ["lines=1-2", 200, undefined, digits(0, 99)],
  ])("Range: %s is answered %i", async (range, status, contentRange, content) => {
    const started = await start();
    const got = await get(addressOf(started, NAMES.image), { range });
    expect([got.status, got.headers["content-range"]]).toEqual([status, contentRange]);
    if (content === null) expect(got.headers["content-type"]).toBe("application/problem+json");
    else expect([got.body, got.headers["content-length"]]).toEqual([content, String(content.length)]);
  });

  it("goes on with a download only where it is of the same content", async () => {
    const url = addressOf(await start(), NAMES.image);
    const range = "bytes=90-";
    expect(await get(url, { range, "if-range": `"${hash(IMAGE)}"` })).toMatchObject({ status: 206 });
    expect(await get(url, { range, "if-range": `"${hash(SAME)}"` })).toMatchObject({ status: 200 });
    expect(await get(url, { range, "if-range": "Wed, 21 Oct 2015 07:28:00 GMT" })).toMatchObject({ status: 200 });
    expect(await get(url, { "if-none-match": `"x", W/"${hash(IMAGE)}"` })).toMatchObject({ status: 304, body: "" });
  });

  it("tells two files of the same content apart, and lists what it is of", async () => {
    const started = await start();
    const [twice, again] = [addressOf(started, NAMES.twice), addressOf(started, NAMES.again)];
    expect(twice).not.toBe(again);
    expect((await get(`${again}&format=sha256sum`)).body).toBe(`${hash(SAME)}  sdk/sdk/b/same.txt\n`);
    expect((await get(`${twice}&format=curl`)).body).toBe(`url = "${twice}"\noutput = "sdk/sdk/a/same.txt"\n`);
    expect(await get(`${twice}&format=zip`)).toMatchObject({ status: 400 });
  });

  it("ends with the release run, and with the file", async () => {
    const started = await start();
    const { run, store } = started;
    const url = addressOf(started, NAMES.image);
    store.content.delete(hash(IMAGE));
    expect(await get(url)).toMatchObject({ status: 410, headers: { "cache-control": "no-store" } });
    store.content.set(hash(IMAGE), IMAGE);
    expect(await get(url)).toMatchObject({ status: 200 });
    ended(run);
    started.later();
    const got = await get(url);
    expect(got).toMatchObject({ status: 410, headers: { "content-type": "application/problem+json" } });
    expect(got.body).toContain("has ended (failure)");
    started.operations.runs.pop();
    started.later();
    expect(await get(url)).toMatchObject({ status: 410 });
  });

  it("that is wrong says nothing of what there is", async () => {
    const started = await start();
    const { run, origin } = started;
    const url = addressOf(started, NAMES.image);
    const list = started.grants.addresses?.upstream(run.id, "app") ?? "";
    const [path = "", token = ""] = url.split("?handoff=");
    const wrong = [
      path,
      `${path}?handoff=`,
      `${url.slice(0, -1)}${url.endsWith("A") ? "B" : "A"}`,
      `${url}A`,
      url.replace("RUN", "OTHER"),
      addressOf(started, NAMES.twice).replace(hash(SAME), hash(IMAGE)),
      `${origin}/api/v1/artifacts/${"0".repeat(64)}?handoff=${token}`,
      `${origin}/api/v1/artifacts/..%2f..%2fetc%2fpasswd?handoff=${token}`,
      list.replace("/app/", "/sdk/"),
      list.replace("/upstream?", "/lock?"),
      list.replace("RUN", "NONE"),
      `${origin}/api/v1/runs/%E0%A4%A/components/app/upstream?handoff=x`,
    ];
    const answers = await Promise.all(wrong.map((one) => get(one)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 403 });
    expect(await get(url, {}, "POST")).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
  });

  it("never comes into the log", async () => {
    const started = await start();
    const url = addressOf(started, NAMES.image);
    await get(url);
    started.later();
    started.operations.failure = new Error(`no answer to ${url} in time`);
    expect(await get(url)).toMatchObject({ status: 500 });
    expect(started.log()).toContain("?handoff=[redacted] in time");
    expect(started.log()).not.toContain(url.split(".").at(-1));
  });
});

describe("lists", () => {
  it("give what the payload would have given, for the shell and as JSON", async () => {
    const { grants, run, later } = await start();
    const url = grants.addresses?.upstream(run.id, "app") ?? "";
    const files = JSON.parse((await get(url)).body) as { file: string; url: string; sha256: string }[];
    expect(files.map(({ file }) => file)).toEqual(Object.values(NAMES));
    expect(files[0]).toEqual({
      ...{ component: "sdk", artifact: "sdk", file: NAMES.image, size: 100, sha256: hash(IMAGE) },
      url: addressOf({ grants, run }, NAMES.image),
    });
    expect((await get(`${url}&format=sha256sum`)).body.split("\n")).toHaveLength(6);
    expect((await get(`${url}&format=curl`)).body).toContain(String.raw`output = "sdk/sdk/deploy/ïmage \"1\"; x.wic"`);
    const lock = await get(grants.addresses?.lock(run.id, "app") ?? "");
    expect(JSON.parse(lock.body)).toEqual({ sdk: { repo: "acme/sdk", ref: "main", sha: run.components[0]?.sha } });
    ended(run);
    later();
    expect(await get(url)).toMatchObject({ status: 410 });
  });

  it("of thousands of files are followed without reading the release run for each", async () => {
    const started = await start();
    const url = addressOf(started, NAMES.twice);
    const { runs } = started.operations;
    await Promise.all(Array.from({ length: 20 }, () => get(url)));
    runs.splice(0);
    expect(await get(url)).toMatchObject({ status: 200 });
    started.later();
    expect(await get(url)).toMatchObject({ status: 410 });
  });
});

describe("where everything may be had", () => {
  it("no signature is needed, and ended release runs are served too", async () => {
    const { run, origin } = await start({}, "open");
    ended(run);
    const got = await get(`${origin}/api/v1/artifacts/${hash(IMAGE)}`, { range: "bytes=1-2" });
    expect([got.status, got.body]).toEqual([206, "12"]);
    expect(got.headers["content-disposition"]).toBe(`attachment; filename="${hash(IMAGE)}"`);
    expect(await get(`${origin}/api/v1/runs/RUN/components/app/upstream`)).toMatchObject({ status: 200 });
    for (const path of [
      `artifacts/${"0".repeat(64)}`,
      "artifacts/..%2f..%2fx",
      "runs/RUN/components/x/lock",
      "runs/X/components/app/lock",
    ])
      expect(await get(`${origin}/api/v1/${path}`)).toMatchObject({ status: 404 });
    expect(await get(`${origin}/api/v1/artifacts/${hash(IMAGE)}?handoff=RUN.x.y`)).toMatchObject({ status: 403 });
  });
});
