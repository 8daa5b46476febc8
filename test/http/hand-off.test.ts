import { createHash, createPrivateKey, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, request as send, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import type { CollectedArtifact, ReleaseRun } from "../../src/chain/run.js";
import { unpackedPath } from "../../src/chain/upstream.js";
import type { ByteRange } from "../../src/coordinator/ports.js";
import { createGrants, publicUrlAdvice } from "../../src/http/grants.js";
import { createHandOff, type Access, type HandOffOptions } from "../../src/http/hand-off.js";
import {
  aCollectedArtifact,
  aCollectedFile,
  aComponentRun,
  aPlan,
  aPlannedComponent,
  aRun,
} from "../contract/run-fixture.js";
import { FakeOperations, memoryLog, privateKey } from "./fakes.js";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const hash = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
const IMAGE = Buffer.from("0123456789".repeat(10));
const SAME = Buffer.from("the same twice");
const NAMES = {
  image: 'deploy/ïmage "1"; x.wic',
  twice: "a/same.txt",
  again: "b/same.txt",
  empty: "empty",
  huge: "huge",
};
const HUGE = { sha256: "f".repeat(64), size: 10 ** 12 };

/** Content on a disk that counts what is open. */
class CountingStore {
  readonly content = new Map<string, Buffer>();
  /** Streams that are open, and bytes of HUGE that were read. */
  opened = 0;
  given = 0;
  /** What is read instead. */
  stream: (() => Readable) | null = null;

  size(sha256: string): Promise<number | null> {
    if (sha256 === HUGE.sha256) return Promise.resolve(HUGE.size);
    return Promise.resolve(this.content.get(sha256)?.length ?? null);
  }

  open(sha256: string, range?: ByteRange): Readable {
    const whole = this.content.get(sha256) ?? Buffer.alloc(0);
    const part = range === undefined ? whole : whole.subarray(range.offset, range.offset + range.length);
    const stream = this.stream?.() ?? (sha256 === HUGE.sha256 ? this.huge() : Readable.from([part]));
    this.opened += 1;
    stream.once("close", () => (this.opened -= 1));
    return stream;
  }

  private huge(): Readable {
    const read = (): Buffer => {
      this.given += 65_536;
      return Buffer.alloc(65_536);
    };
    return new Readable({
      read() {
        this.push(read());
      },
    });
  }
}

function artifactOf(store: CountingStore, files: [string, Buffer][]): CollectedArtifact {
  const collected = files.map(([path, content]) => {
    store.content.set(hash(content), content);
    return aCollectedFile({ path, size: content.length, sha256: hash(content) });
  });
  return aCollectedArtifact({ name: "sdk", files: collected });
}

/** A release run in which `app` needs `sdk`, which has built some files, and the listener over it. */
async function start(change: Partial<HandOffOptions> = {}, access: Access = "signed") {
  const store = new CountingStore();
  const artifact = artifactOf(store, [
    [NAMES.image, IMAGE],
    [NAMES.twice, SAME],
    [NAMES.again, SAME],
    [NAMES.empty, Buffer.alloc(0)],
  ]);
  artifact.files.push(aCollectedFile({ path: NAMES.huge, ...HUGE }));
  const sdk = aPlannedComponent({ id: "sdk" });
  const app = aPlannedComponent({ id: "app", needs: [{ id: "sdk", kind: "explicit" }] });
  const run = aRun({
    id: "RUN",
    status: "building",
    plan: aPlan({ components: [sdk, app] }),
    components: [
      aComponentRun({ id: "sdk", sha: sdk.sha, artifacts: [artifact] }),
      aComponentRun({ id: "app", sha: app.sha }),
    ],
  });
  const operations = new FakeOperations();
  let now = 0;
  const clock = { now: () => now };
  operations.runs.push(run);
  const { log, text } = memoryLog();
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const grants = createGrants({ privateKey, publicUrl: origin });
  const handler = createHandOff({ operations, artifactStore: store, grants, clock, log, ...change });
  server.on("request", (request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    void handler(request, response, path, access).then((done) => done || response.writeHead(404).end());
  });
  cleanups.push(() => {
    server.close().closeAllConnections();
  });
  /** The release run is not read again for every file. */
  const later = (): void => void (now += 1_000);
  return { store, operations, run, grants, origin, log: text, later };
}

type Started = Awaited<ReturnType<typeof start>>;

function addressOf({ grants, run }: Pick<Started, "grants" | "run">, path: string): string {
  const file = run.components[0]?.artifacts[0]?.files.find((one) => one.path === path);
  if (file === undefined) throw new Error(path);
  const { size, sha256 } = file;
  return grants.addresses?.file(run.id, { component: "sdk", artifact: "sdk", file: path, size, sha256 }) ?? "";
}

interface Got {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

async function get(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Got> {
  const asked = send(url, { method, headers, agent: false }).end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  const chunks = (await answer.toArray()) as Buffer[];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString() };
}

const ended = (run: ReleaseRun): void => void Object.assign(run, { status: "completed", conclusion: "failure" });

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

describe("clients that", () => {
  /** Asks for the file without end, and waits until it comes. */
  async function begin(started: Started): Promise<IncomingMessage> {
    const asked = send(addressOf(started, NAMES.huge), { agent: false }).end();
    asked.on("error", () => undefined);
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    answer.on("error", () => undefined);
    await once(answer, "readable");
    return answer;
  }

  it("go away leave nothing open", async () => {
    const started = await start();
    const answer = await begin(started);
    expect(started.store.opened).toBe(1);
    answer.destroy();
    await expect.poll(() => started.store.opened).toBe(0);
    expect(started.log()).not.toContain("could not be handed on");
  });

  it("take nothing are given no more than connections hold, and are cut off", async () => {
    const started = await start({ stallAfter: 100 });
    const answer = await begin(started);
    await expect.poll(() => started.store.opened).toBe(0);
    expect(started.store.given).toBeLessThan(64 * 1024 * 1024);
    answer.destroy();
  });

  it("are too many are asked to come again", async () => {
    const started = await start({ maxStreams: 1 });
    const answer = await begin(started);
    const refused = await get(addressOf(started, NAMES.image));
    expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "10" } });
    answer.destroy();
    await expect.poll(() => started.store.opened).toBe(0);
    expect(await get(addressOf(started, NAMES.image))).toMatchObject({ status: 200 });
  });

  it("meet a disk that fails get no more than was read, and the log says why", async () => {
    const started = await start();
    started.store.stream = () =>
      new Readable({
        read() {
          this.destroy(new Error("EIO: the disk"));
        },
      });
    await expect(get(addressOf(started, NAMES.image))).rejects.toThrow();
    expect(started.log()).toContain("EIO: the disk");
  });
});

describe("the key of signatures", () => {
  const file = { component: "a", artifact: "b", file: "c", size: 1, sha256: hash(SAME) };
  const publicUrl = "https://chain.example.com/base";
  const made = (pem: string): string => createGrants({ privateKey: pem, publicUrl }).addresses?.file("R", file) ?? "";

  it("is the same whichever way the App's key is written, and another for another key", () => {
    const pkcs1 = createPrivateKey(privateKey).export({ type: "pkcs1", format: "pem" }).toString();
    expect(made(pkcs1)).toBe(made(privateKey));
    expect(made(privateKey)).toMatch(
      /^https:\/\/chain\.example\.com\/base\/api\/v1\/artifacts\/[0-9a-f]{64}\?handoff=R\.[\w-]{16}\.[\w-]{43}$/,
    );
    const other = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    });
    expect(made(other.toString())).not.toBe(made(privateKey));
  });
});

describe("unpackedPath", () => {
  it("stays below its folder, whatever an artifact is called", () => {
    const at = (artifact: string, file = "x"): string =>
      unpackedPath({ component: "bsp", artifact, file, size: 1, sha256: "" });
    expect([at(".."), at("../.."), at("a/b"), at("a\\b"), at("a\nb"), at(""), at("ok", "../a//b")]).toEqual([
      "bsp/_/x",
      "bsp/.._../x",
      "bsp/a_b/x",
      "bsp/a_b/x",
      "bsp/a_b/x",
      "bsp/_/x",
      "bsp/ok/_/a/_/b",
    ]);
  });
});

describe("publicUrlAdvice", () => {
  it.each([
    [null, "https://api.github.com", "PUBLIC_URL is not set"],
    ["http://localhost:3000", "https://api.github.com", "no runner of GitHub's reaches it"],
    ["http://127.0.0.1:3000", "http://127.0.0.1:4000/api/v3", null],
    ["http://chain.example.com", "https://api.github.com", "is not https"],
    ["https://chain.example.com", "https://api.github.com", null],
  ])("%s with %s", (publicUrl, apiUrl, words) => {
    const advice = publicUrlAdvice(publicUrl, apiUrl);
    if (words === null) expect(advice).toBeNull();
    else expect(advice).toContain(words);
  });
});
