/** A person with a browser: signs in through GitHub, looks, presses a button, is refused, signs out. All over HTTP. */
import { expect, it } from "vitest";
import { callApi } from "./api-client.js";
import { artifactOf, HUB, startScenario, type Scenario } from "./harness.js";

/** Keeps cookies, and goes where it is sent, as browsers do; `landed` is where it came out. */
function aBrowser({ server }: Scenario) {
  const cookies = new Map<string, string>();
  async function ask(address: string, init: RequestInit = {}): Promise<{ landed: string; page: Response }> {
    const url = new URL(address, server.url);
    const isOurs = url.origin === server.url;
    const headers = new Headers({ accept: "text/html,*/*;q=0.8" });
    if (isOurs) headers.set("cookie", [...cookies].map((pair) => pair.join("=")).join("; "));
    if (init.method === "POST") headers.set("origin", server.url);
    const page = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const text of isOurs ? page.headers.getSetCookie() : []) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    const next = page.headers.get("location");
    return next === null ? { landed: `${url.pathname}${url.search}`, page } : ask(new URL(next, url).href);
  }
  return {
    cookies,
    ask,
    /** The form of a page is sent as it is, with the page's token; `changed` has other fields. */
    async send(path: string, changed: Record<string, string> = {}) {
      const text = await (await ask(path)).page.text();
      const csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? "";
      return ask(path, { method: "POST", body: new URLSearchParams({ csrf, ...changed }) });
    },
  };
}

it("somebody signs in, retries what failed by a button, may not cancel, is in the audit log, and signs out", async () => {
  const script = { conclusion: ["failure", "success"] as ("failure" | "success")[], artifacts: [artifactOf("base")] };
  const scenario = await startScenario(
    {
      config: "defaults: {retry: {max-attempts: 1}}\nmonitor: {poll-interval: 300ms}",
      components: { base: { script } },
    },
    { signIn: true },
  );
  const { sandbox, server, release, run, completed } = scenario;
  release();
  const { id } = await completed();

  sandbox.addUser("eve");
  sandbox.signInAs("eve");
  const stranger = aBrowser(scenario);
  const seen = await stranger.ask(`/runs/${id}`);
  expect([seen.landed, seen.page.status]).toEqual([`/runs/${id}`, 200]);
  expect((await stranger.send(`/runs/${id}/retry`)).page.status).toBe(403);

  sandbox.signInAs("ada");
  const browser = aBrowser(scenario);
  const { landed, page } = await browser.ask(`/runs/${id}`);
  expect([landed, page.status]).toEqual([`/runs/${id}`, 200]);
  expect(await page.text()).toContain(HUB);
  expect(sandbox.userTokens).toBe(0);

  const forged = await browser.send(`/runs/${id}/retry`, { csrf: "made-up" });
  expect([forged.page.status, forged.page.headers.get("content-type")]).toEqual([403, "text/html; charset=utf-8"]);
  expect(await forged.page.text()).toContain("use its button");
  const retried = await browser.send(`/runs/${id}/retry`);
  expect([retried.landed, retried.page.status]).toEqual([`/runs/${id}`, 200]);
  expect(await run(({ conclusion }) => conclusion === "success")).toMatchObject({ id });

  const refused = await browser.send(`/runs/${id}/cancel`);
  expect([refused.page.status, refused.page.headers.get("content-type")]).toEqual([403, "text/html; charset=UTF-8"]);
  expect(await refused.page.text()).toContain("To cancel, ada needs maintain permission");

  const csrf = /name="csrf" value="([^"]+)"/.exec(await (await browser.ask("/")).page.text())?.[1] ?? "";
  const left = await browser.ask("/logout", { method: "POST", body: new URLSearchParams({ csrf }) });
  expect([left.landed, left.page.status, browser.cookies.size]).toEqual(["/signed-out", 200, 0]);
  sandbox.signInAs(null);
  expect((await browser.ask(`/runs/${id}`)).landed).toMatch(/^\/login\/callback/);

  const audit = await callApi(server, `audit?limit=20`);
  const { items } = (await audit.json()) as { items: Record<string, unknown>[] };
  const ofAda = items.filter(({ actor }) => actor === "ada").reverse();
  expect(ofAda).toMatchObject([
    { action: "sign-in", result: "done", source: "127.0.0.1" },
    { action: "retry", result: "done", runId: id, hub: HUB },
    { action: "cancel", result: "refused", runId: id, hub: HUB },
    { action: "sign-out", result: "done" },
  ]);
});
