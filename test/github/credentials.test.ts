/** Who the App is, where it is installed, and its tokens: asked for as seldom as may be, and never shown. */
import { createVerify, createPublicKey } from "node:crypto";
import nock from "nock";
import { describe, expect, it } from "vitest";
import { failure } from "./real-hosts.js";
import { API, DATE, PRIVATE_KEY, REPO, START, TOKEN, createWorld, installed, onlyInterceptors } from "./world.js";

const RUN = "/repos/acme/sdk/releases/12";

onlyInterceptors();

/** Counts the requests for the installation and for its tokens. */
function counted(lifetime: number, tokens: string[] = [TOKEN]): { installations: number; tokens: number } {
  const count = { installations: 0, tokens: 0 };
  nock(API)
    .persist()
    .get("/repos/acme/sdk/installation")
    .reply(() => [(count.installations++, 200), { id: 77, permissions: {} }, DATE]);
  nock(API)
    .persist()
    .post("/app/installations/77/access_tokens")
    .reply(() => {
      const token = tokens[count.tokens++] ?? tokens.at(-1);
      return [201, { token, expires_at: new Date(START + lifetime).toISOString() }, DATE];
    });
  return count;
}

describe("botLogin", () => {
  it("is asked for once, with a JWT of the App that lives less than ten minutes", async () => {
    const headers: string[] = [];
    nock(API)
      .get("/app")
      .reply(function () {
        headers.push(new Headers(this.req.headers).get("authorization") ?? "");
        return [200, { slug: "release-chain" }];
      });
    const { github } = createWorld();
    expect(await github.botLogin()).toBe("release-chain[bot]");
    expect(await github.botLogin()).toBe("release-chain[bot]");
    const [head = "", claims = "", signature = ""] = (headers[0] ?? "").replace(/^bearer /i, "").split(".");
    const { iat, exp, iss } = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, number>;
    expect({ iat, exp, iss: String(iss) }).toEqual({ iat: START / 1000 - 30, exp: START / 1000 + 570, iss: "1234" });
    const verifier = createVerify("sha256").update(`${head}.${claims}`);
    expect(verifier.verify(createPublicKey(PRIVATE_KEY), signature, "base64url")).toBe(true);
  });

  it("is asked for again where it failed, and says what to check", async () => {
    nock(API).get("/app").reply(401, { message: "A JSON web token could not be decoded" });
    nock(API).get("/app").reply(200, { slug: "release-chain" });
    const { github } = createWorld();
    const error = await failure(github.botLogin());
    expect(error).toMatchObject({ kind: "refused", status: 401 });
    expect(error.message).toContain("GET /app was answered 401: A JSON web token could not be decoded. Check APP_ID");
    expect(await github.botLogin()).toBe("release-chain[bot]");
  });

  it("corrects the JWT by GitHub's clock where ours is wrong", async () => {
    const issued: number[] = [];
    nock(API)
      .persist()
      .get("/app")
      .reply(function () {
        const header = new Headers(this.req.headers).get("authorization") ?? "";
        const claims = Buffer.from(header.split(".")[1] ?? "", "base64url").toString();
        issued.push((JSON.parse(claims) as { iat: number }).iat);
        if (issued.length > 1) return [200, { slug: "release-chain" }];
        const message = "'Expiration time' claim ('exp') is too far in the future";
        return [401, { message }, { date: new Date(Date.now() - 600_000).toUTCString() }];
      });
    const { github, log } = createWorld({ clock: { now: () => Date.now() } });
    expect(await github.botLogin()).toBe("release-chain[bot]");
    const [first = 0, second = 0] = issued;
    expect(first - second).toBeGreaterThan(590);
    expect(log.some(({ level }) => level === "warn")).toBe(true);
  });
});

describe("installation", () => {
  it("gives its permissions", async () => {
    installed();
    expect(await createWorld().github.installation(REPO)).toEqual({
      id: 77,
      permissions: { contents: "write", actions: "write" },
    });
  });

  it.each([
    ["it is not installed", 404, { message: "Not Found" }],
    ["it is suspended", 200, { id: 77, permissions: {}, suspended_at: "2025-02-01T00:00:00Z" }],
  ])("is null where %s", async (_name, status, body) => {
    nock(API).get("/repos/acme/sdk/installation").reply(status, body);
    expect(await createWorld().github.installation(REPO)).toBeNull();
  });

  it("is read anew each time it is asked for", async () => {
    const { github } = createWorld();
    nock(API).get("/repos/acme/sdk/installation").reply(404, {});
    expect(await github.installation(REPO)).toBeNull();
    installed();
    expect(await github.installation(REPO)).not.toBeNull();
  });

  it("that is missing is what other calls say", async () => {
    nock(API).get("/repos/acme/sdk/installation").reply(404, {});
    const error = await failure(createWorld().github.release(REPO, 12));
    expect(error).toMatchObject({ kind: "refused", status: 404 });
    expect(error.message).toContain("The App is not installed on acme/sdk");
  });

  it("of a repository that is no name is refused without asking", async () => {
    expect((await failure(createWorld().github.installation("acme/../app"))).message).toContain("is not a repository");
    expect((await failure(createWorld().github.installation("acme/.."))).message).toContain("cannot be part of a path");
  });
});

describe("tokens", () => {
  it("are asked for once by many calls at the same time", async () => {
    const count = counted(3_600_000);
    nock(API).persist().get(RUN).reply(404, {});
    const { github } = createWorld();
    await Promise.all(Array.from({ length: 10 }, () => github.release(REPO, 12)));
    expect(count).toEqual({ installations: 1, tokens: 1 });
  });

  it("are renewed before they expire, on GitHub's clock", async () => {
    const count = counted(3_600_000);
    nock(API).persist().get("/repos/acme/sdk/releases/13").reply(404, {});
    const { github, clock } = createWorld();
    await github.release(REPO, 13);
    clock.advance(54 * 60_000);
    await github.release(REPO, 13);
    expect(count.tokens).toBe(1);
    clock.advance(2 * 60_000);
    await github.release(REPO, 13);
    expect(count.tokens).toBe(2);
  });

  it("and installations are looked up again after some minutes", async () => {
    const count = counted(3_600_000);
    nock(API).persist().get(RUN).reply(404, {});
    const { github, clock } = createWorld();
    await github.release(REPO, 12);
    await github.release(REPO, 12);
    expect(count.installations).toBe(1);
    clock.advance(6 * 60_000);
    await github.release(REPO, 12);
    expect(count.installations).toBe(2);
  });

  it("that are refused are replaced", async () => {
    const count = counted(3_600_000, ["ghs_old", "ghs_new"]);
    nock(API).get(RUN).matchHeader("authorization", "token ghs_old").reply(401, { message: "Bad credentials" });
    nock(API).get(RUN).matchHeader("authorization", "token ghs_new").reply(404, {});
    expect(await createWorld().github.release(REPO, 12)).toBeNull();
    expect(count.tokens).toBe(2);
  });

  it("are asked for again after 502, as a token that nobody received does no harm", async () => {
    nock(API).post("/app/installations/77/access_tokens").reply(502, "");
    installed();
    nock(API).get(RUN).reply(404, {});
    const { github, slept } = createWorld();
    expect(await github.release(REPO, 12)).toBeNull();
    expect(slept).toEqual([1_000]);
  });

  it.each([
    [
      "repeated by GitHub",
      () =>
        nock(API)
          .get(RUN)
          .reply(403, { message: `bad token ${TOKEN}` }),
    ],
    ["repeated by the transport", () => nock(API).persist().get(RUN).replyWithError(`header token ${TOKEN} is bad`)],
  ])("are in no error and no log where they are %s", async (_name, answer) => {
    installed();
    answer();
    const { github, log } = createWorld();
    const error = await failure(github.release(REPO, 12));
    const shown = JSON.stringify([error.message, error.stack, String(error.cause), Object.entries(error), log]);
    expect(shown).toContain("[redacted]");
    expect(shown).not.toContain(TOKEN.slice(0, 12));
    expect(shown).not.toContain(TOKEN.slice(-12));
  });

  it("are refused for a suspended installation with what to do", async () => {
    nock(API).get("/repos/acme/sdk/installation").reply(200, { id: 77, permissions: {} });
    nock(API)
      .post("/app/installations/77/access_tokens")
      .reply(403, { message: "This installation has been suspended" });
    const error = await failure(createWorld().github.release(REPO, 12));
    expect(error.message).toContain("This installation has been suspended");
  });
});

describe("options", () => {
  const publicPem = createPublicKey(PRIVATE_KEY).export({ type: "spki", format: "pem" }).toString();

  it.each([
    ["nothing", ""],
    ["text", "secret-that-is-no-key"],
    ["the first line only", "-----BEGIN RSA PRIVATE KEY-----"],
    ["a public key", publicPem],
  ])("refuse %s as a private key", (_name, privateKey) => {
    expect(() => createWorld({ privateKey })).toThrow(/^PRIVATE_KEY must be the App's private key/);
    expect(() => createWorld({ privateKey })).not.toThrow(/secret-that-is-no-key/);
  });

  it("take a key with its line breaks written out", () => {
    expect(() => createWorld({ privateKey: PRIVATE_KEY.replaceAll("\n", "\\n") })).not.toThrow();
  });

  it.each([
    [{ baseUrl: "github.com" }, "is not the URL of a GitHub API"],
    [{ appId: " " }, "APP_ID is empty"],
    [{ pace: { writesPerMinute: 0, writesPerHour: 500, writeBurst: 20 } }, "writesPerMinute must be a whole number"],
  ])("refuse %o", (options, message) => {
    expect(() => createWorld(options)).toThrow(message);
  });
});
