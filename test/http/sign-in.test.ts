import { afterEach, describe, expect, it } from "vitest";
import { createGitHubLogin } from "../../src/http/github-login.js";
import { createSignIn, ownPath } from "../../src/http/sign-in.js";
import { startSandbox } from "../../src/sandbox/sandbox.js";
import { aPublicServer, COOKIE, ORIGIN, type Headers } from "./a-public-server.js";
import { countingRandom } from "./fake-access.js";
import { memoryLog } from "./memory-log.js";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that people sign in to with the sandbox's GitHub. */
async function start() {
  const sandbox = await startSandbox();
  closing.push(() => sandbox.close());
  sandbox.signInAs("ada");
  const server = aPublicServer({ "ada acme/hub": "read" });
  const { access } = server;
  const { GITHUB_CLIENT_ID: clientId = "", GITHUB_CLIENT_SECRET: clientSecret = "" } = sandbox.signInEnvironment();
  const { log } = memoryLog();
  const urls = { webUrl: sandbox.url, apiUrl: sandbox.apiUrl };
  const github = createGitHubLogin({ clientId, clientSecret, ...urls, userAgent: "test", log });
  const parts = access.signIn;
  if (parts === null) throw new Error("nobody can sign in");
  const app = createSignIn({ access, parts, store: access.store.sessions, github, random: countingRandom() });
  return { ...server, sandbox, app, browser: () => aBrowser(app) };
}

/** Keeps cookies, and follows no redirect by itself. */
function aBrowser(app: Awaited<ReturnType<typeof createSignIn>>) {
  const cookies = new Map<string, string>();
  async function ask(method: string, path: string, headers: Headers = {}, body?: string) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const init = { method, headers: { ...headers, cookie }, ...(body !== undefined && { body }) };
    const answer = await app.request(`${ORIGIN}${path}`, init, { way: "public" });
    for (const text of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }
  return {
    cookies,
    ask,
    /** To GitHub and back: the path with which GitHub sends the browser back. */
    async toGitHub(path = "/login"): Promise<string> {
      const page = (await ask("GET", path)).headers.get("location") ?? "";
      const back = await fetch(page, { redirect: "manual" });
      return (back.headers.get("location") ?? "").slice(ORIGIN.length);
    },
    async signIn() {
      return ask("GET", await this.toGitHub());
    },
  };
}

describe("sign-in", () => {
  it("leads to GitHub and back to the page that was wanted, and keeps no token of GitHub's", async () => {
    const { browser, sandbox, call, access } = await start();
    const ada = browser();
    const answer = await ada.ask("GET", await ada.toGitHub("/login?return-to=%2Fruns%2F1%3Ftab%3Dplan"));
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/runs/1?tab=plan"]);
    const set = answer.headers.getSetCookie().find((text) => text.startsWith(COOKIE)) ?? "";
    expect(set).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect(sandbox.userTokens).toBe(0);
    expect(sandbox.requests.filter(({ auth }) => auth === "user")).toMatchObject([{ path: "/user", status: 200 }]);
    const kept = JSON.stringify([...access.store.sessions.sessions]);
    expect(kept).not.toContain(ada.cookies.get(COOKIE));
    const seen = await call("GET", "/api/v1/runs", { cookie: `${COOKIE}=${ada.cookies.get(COOKIE) ?? ""}` });
    expect(seen.status).toBe(200);
    expect(access.store.audit.records).toMatchObject([{ actor: "ada", action: "sign-in", result: "done" }]);
  });

  it("goes on from a page of our own by a page, as forms may lead to nowhere else", async () => {
    const { browser, sandbox } = await start();
    const ada = browser();
    const answer = await ada.ask("GET", "/login?return-to=%2Fstart", { "sec-fetch-site": "same-origin" });
    const [, address = ""] = /<meta http-equiv="refresh" content="0;url=([^"]+)"/.exec(await answer.text()) ?? [];
    const url = new URL(address.replaceAll("&amp;", "&"));
    expect([answer.status, url.origin]).toEqual([200, sandbox.url]);
    const back = (await fetch(url, { redirect: "manual" })).headers.get("location") ?? "";
    const signedIn = await ada.ask("GET", back.slice(ORIGIN.length));
    expect([signedIn.status, signedIn.headers.get("location")]).toEqual([303, "/start"]);
    // Who comes from elsewhere, or wrote the address, is sent on at once.
    for (const site of ["cross-site", "none"])
      expect((await ada.ask("GET", "/login", { "sec-fetch-site": site })).status).toBe(302);
  });

  it("takes a state once, and only of the browser that began with it", async () => {
    const { browser } = await start();
    const [ada, eve] = [browser(), browser()];
    const back = await ada.toGitHub();
    await eve.toGitHub();
    expect((await eve.ask("GET", back)).status).toBe(400);
    expect((await ada.ask("GET", back)).status).toBe(400);
    const again = await ada.toGitHub();
    expect((await ada.ask("GET", again)).status).toBe(303);
    expect((await ada.ask("GET", again)).status).toBe(400);
    expect((await ada.ask("GET", "/login/callback?code=1&state=made-up")).status).toBe(400);
    expect((await ada.ask("GET", "/login/callback?code=1")).status).toBe(400);
  });

  it("takes no code that was stolen: PKCE binds it to the browser", async () => {
    const { browser } = await start();
    const [ada, eve] = [browser(), browser()];
    const stolen = new URLSearchParams((await ada.toGitHub()).split("?")[1]).get("code") ?? "";
    const own = new URLSearchParams((await eve.toGitHub()).split("?")[1]).get("state") ?? "";
    const answer = await eve.ask("GET", `/login/callback?code=${stolen}&state=${own}`);
    expect([answer.status, eve.cookies.has(COOKIE)]).toEqual([502, false]);
  });

  it("gives a new session, whatever the browser came with, and ends the old one (fixation)", async () => {
    const { browser, call } = await start();
    const ada = browser();
    ada.cookies.set(COOKIE, "planted");
    await ada.signIn();
    const first = ada.cookies.get(COOKIE) ?? "";
    expect(first).not.toBe("planted");
    await ada.signIn();
    expect(ada.cookies.get(COOKIE)).not.toBe(first);
    for (const cookie of ["planted", first])
      expect((await call("GET", "/api/v1/runs", { cookie: `${COOKIE}=${cookie}` })).status).toBe(401);
  });

  it("says so where GitHub was told not to", async () => {
    const { browser, sandbox } = await start();
    sandbox.signInAs(null);
    expect((await browser().signIn()).status).toBe(403);
  });

  it("is taken from one address so often, and then later", async () => {
    const { browser, time } = await start();
    const statuses = [];
    for (let i = 0; i < 21; i += 1) statuses.push((await browser().ask("GET", "/login")).status);
    expect([statuses.slice(0, 20).every((status) => status === 302), statuses[20]]).toEqual([true, 429]);
    time.now += 6_000;
    expect((await browser().ask("GET", "/login")).status).toBe(302);
  });
});

describe("where a sign-in leads", () => {
  it.each([
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "/\t/evil.example",
    "evil",
    "",
    "/login",
  ])("is never elsewhere: %j", (given) => {
    expect(ownPath(given)).toBe("/");
  });
  it("is a path of ours, with its query", () => {
    expect(ownPath("/runs/1?tab=plan#x")).toBe("/runs/1?tab=plan");
    expect(ownPath("/a/..//evil.example")).toBe("/");
  });
});

describe("a session", () => {
  it("ends without requests for 12 hours, and after 7 days in any case", async () => {
    const { person, call, time } = await start();
    const headers = await person("ada");
    const status = async () => (await call("GET", "/api/v1/runs", headers)).status;
    for (let day = 0; day < 13; day += 1) {
      time.now += 12 * 3_600_000 - 1;
      expect(await status()).toBe(200);
    }
    time.now += 12 * 3_600_000;
    expect(await status()).toBe(401);
    const idle = await person("ada");
    time.now += 12 * 3_600_000;
    expect((await call("GET", "/api/v1/runs", idle)).status).toBe(401);
  });

  it("ends by signing out, in one browser or in every one", async () => {
    const { app, person, call } = await start();
    const [one, two, three] = [await person("ada"), await person("ada"), await person("bob", 9)];
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const out = (headers: Headers, body: string) =>
      app.request(`${ORIGIN}/logout`, { method: "POST", headers: { ...headers, ...form }, body }, { way: "public" });
    const forged = await out({ cookie: one["cookie"] ?? "" }, "");
    expect([forged.status, (await call("GET", "/api/v1/runs", one)).status]).toEqual([403, 200]);
    expect((await out(one, "everywhere=1")).headers.get("location")).toBe("/signed-out");
    const statuses = [];
    for (const headers of [one, two, three]) statuses.push((await call("GET", "/api/v1/runs", headers)).status);
    expect(statuses).toEqual([401, 401, 200]);
  });

  it("does nothing for a page from elsewhere (CSRF)", async () => {
    const { person, call, operations } = await start();
    const ours = await person("ada");
    const ask = (headers: Headers) => call("POST", "/api/v1/runs", headers, { hub: "acme/hub", tag: "v1" });
    const { "x-csrf-token": token = "", ...rest } = ours;
    const other = (await person("eve"))["x-csrf-token"] ?? "";
    for (const headers of [
      rest,
      { ...rest, "x-csrf-token": other },
      { ...ours, origin: "https://evil.example.com" },
      { ...ours, origin: "null" },
      { cookie: ours["cookie"] ?? "", "x-csrf-token": token },
      { ...ours, "sec-fetch-site": "cross-site" },
      { ...ours, "sec-fetch-site": "same-site" },
    ])
      expect((await ask(headers)).status).toBe(403);
    expect(operations.runs).toEqual([]);
    expect((await ask({ ...ours, "sec-fetch-site": "same-origin" })).body["detail"]).toContain(
      "needs write permission",
    );
  });
});

describe("a token", () => {
  it("is refused once it is revoked or expired, and where it is wrong", async () => {
    const { program, call, time, access } = await start();
    const [one, two] = [await program(), await program()];
    const status = async (headers: Headers) => (await call("GET", "/api/v1/runs", headers)).status;
    expect([await status(one), await status(two)]).toEqual([200, 200]);
    const [, { id } = { id: "" }] = await access.store.tokens.list();
    await access.store.tokens.revoke(id, time.now);
    expect([await status(one), await status(two)].sort()).toEqual([200, 401]);
    time.now += 3_600_000;
    expect([await status(one), await status(two)]).toEqual([401, 401]);
    for (const authorization of ["Bearer rct_wrong", "Bearer", "Basic YTpi", `bearer  ${"x".repeat(5_000)}`])
      expect(await status({ authorization })).toBe(401);
  });

  it("is shown once, kept as its hash, and made by people only", async () => {
    const { person, call, access, logged } = await start();
    const ada = await person("ada", 7);
    const made = await call("POST", "/api/v1/tokens", ada, { name: "ci", scope: "operate", expiresIn: "30d" });
    const value = String(made.body["token"]);
    expect([made.status, value]).toEqual([201, expect.stringMatching(/^rct_\w{48}$/)]);
    const listed = await call("GET", "/api/v1/tokens", ada);
    expect(listed.body["items"]).toMatchObject([{ name: "ci", login: "ada", usedAt: null }]);
    expect(JSON.stringify([listed.body, access.store.audit.records]) + logged()).not.toContain(value);
    const program = { authorization: `Bearer ${value}` };
    expect((await call("POST", "/api/v1/tokens", program, { name: "more", scope: "read" })).status).toBe(403);
    const eve = await person("eve", 8);
    const path = `/api/v1/tokens/${String(made.body["id"])}`;
    expect((await call("DELETE", path, eve)).status).toBe(404);
    expect((await call("DELETE", path, ada)).body["revokedAt"]).not.toBeNull();
    expect((await call("GET", "/api/v1/runs", program)).status).toBe(401);
  });
});

describe("a request with an Idempotency-Key", () => {
  it("is carried out once, and answered again as the first time", async () => {
    const { program, call, operations } = await start();
    const headers = { ...(await program({ scope: "operate" })), "idempotency-key": "a-key" };
    const ask = (tag: string) => call("POST", "/api/v1/runs", headers, { hub: "acme/hub", tag });
    const first = await ask("v1");
    const second = await ask("v1");
    expect([first.status, second.status, second.body]).toEqual([201, 201, first.body]);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(operations.runs).toHaveLength(1);
    expect((await ask("v2")).status).toBe(422);
    const other = { ...(await program({ scope: "operate" })), "idempotency-key": "a-key" };
    expect((await call("POST", "/api/v1/runs", other, { hub: "acme/hub", tag: "v1" })).status).toBe(409);
    operations.failure = new Error("the database is away");
    const failing = { ...headers, "idempotency-key": "another" };
    expect((await call("POST", "/api/v1/runs", failing, { hub: "acme/hub", tag: "v3" })).status).toBe(500);
    operations.failure = null;
    // Tried again, and not answered as before: the fake had begun it.
    const again = await call("POST", "/api/v1/runs", failing, { hub: "acme/hub", tag: "v3" });
    expect(again.body["type"]).toBe("urn:release-chain:problem:live-run");
  });
});
