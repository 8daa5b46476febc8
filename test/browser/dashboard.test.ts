/** The dashboard in a browser: a real server, a chain that is held by gates, and what a person sees and does. */
import { EventEmitter, once } from "node:events";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { WorkflowScript } from "../../src/sandbox/sandbox.js";
import { artifactOf, HUB, startScenario, TAG, type ProductSpec, type Scenario } from "../e2e/harness.js";
import { PATIENCE } from "../until.js";
import { expectAccessible, expectNoSideways, hasChromium, launchChromium, picture, tabTo } from "./chromium.js";

/** Builds that go on when the test says so. */
function createGates() {
  const gates = new EventEmitter({ captureRejections: true }).setMaxListeners(100);
  const opened = new Set<string>();
  return {
    open(...ids: string[]): void {
      for (const id of ids) {
        opened.add(id);
        gates.emit(id);
      }
    },
    /** The executions after the first go by themselves. */
    held:
      (id: string, conclusion?: ("success" | "failure")[]): WorkflowScript =>
      ({ execution }) => ({
        artifacts: [artifactOf(id, 60_000)],
        ...(conclusion !== undefined && { conclusion }),
        work: async () => {
          if (execution === 1 && !opened.has(id)) await once(gates, id);
        },
      }),
  };
}

type Gates = ReturnType<typeof createGates>;

/** A small Yocto product. */
function product({ held }: Gates): ProductSpec {
  return {
    config: "defaults: {retry: {max-attempts: 2, backoff: {initial: 400ms, jitter: none}}}",
    components: {
      "openembedded-core": { more: "build: false" },
      "meta-acme-bsp": { needs: ["openembedded-core"], script: held("meta-acme-bsp") },
      "meta-acme-distro": { needs: ["openembedded-core"], script: held("meta-acme-distro") },
      "acme-bootloader": { needs: ["meta-acme-bsp"], script: held("acme-bootloader", ["failure", "success"]) },
      "acme-app": { needs: ["meta-acme-distro"], script: held("acme-app") },
      "acme-docs": { script: held("acme-docs") },
      "acme-image": { needs: ["acme-bootloader", "acme-app", "meta-acme-bsp"], script: held("acme-image") },
    },
  };
}

let browser: Browser;

async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    // A refused form, a page that is not there or a server that is away is no fault of the page's own.
    const isOthers = /status of 4\d\d|net::ERR_(CONNECTION|INCOMPLETE)/.test(message.text());
    if (message.type() === "error" && !isOthers) faults.push(message.text());
  });
  onTestFinished(() => {
    expect(faults).toEqual([]);
  });
  return page;
}

async function runPath({ run }: Scenario): Promise<string> {
  return `/runs/${(await run(({ components }) => components.length > 0)).id}`;
}

describe.runIf(hasChromium)("the dashboard in a browser", () => {
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it("shows a chain live to its end, and leaves the reader's place alone", async () => {
    const gates = createGates();
    const scenario = await startScenario(product(gates));
    const { server, release } = scenario;
    const page = await openPage();
    await page.goto(`${server.localUrl}/`);
    await page.getByText("No release run yet.").waitFor();
    release();
    await page.getByRole("link", { name: `${HUB}@${TAG}` }).click();
    const node = (id: string, state: string) => page.locator(`a.node.state-${state}[id="node-${id}"]`);
    await node("meta-acme-bsp", "in_progress").waitFor();
    await page.evaluate("window.untouched = true");
    await page.getByText("50 %").click();
    await page.getByText("100 %").click();
    await node("acme-image", "waiting").focus();

    gates.open("meta-acme-bsp", "meta-acme-distro", "acme-bootloader");
    await node("acme-bootloader", "success").waitFor();
    await node("acme-app", "in_progress").waitFor();
    expect(await node("acme-image", "waiting").locator("title").textContent()).toMatch(
      /^acme-image: waiting, on the longest path\nwaits for /,
    );
    expect(await page.evaluate("document.activeElement.id")).toBe("node-acme-image");
    await expect.poll(() => page.locator("#news").textContent()).toContain(": ");
    await picture(page, "run");
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, "run-dark");
    await expectAccessible(page);

    await server.stop();
    const away = page.getByText("The server does not answer: this page may be old.");
    await away.waitFor();
    // Not only for a screen reader.
    expect((await away.boundingBox())?.width).toBeGreaterThan(100);
    await expectAccessible(page);
    gates.open("acme-app", "acme-docs", "acme-image");
    await server.start();
    await page.getByText("6 of 6 built").waitFor();
    await away.waitFor({ state: "detached" });
    await page.locator("#run-title").getByText("success").waitFor();
    expect(await page.evaluate("window.untouched")).toBe(true);
    expect(await page.title()).toBe(`success: ${HUB}@${TAG} · release-chain`);
    await page.getByRole("link", { name: "Artifacts" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download acme-image.img" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("acme-image.img");
  });

  it("shows a failure, which is retried by the keyboard alone", async () => {
    const gates = createGates();
    const scenario = await startScenario({
      components: {
        core: {
          script: { conclusion: ["failure", "success"], artifacts: [artifactOf("core")] },
          more: "retry: {max-attempts: 1}",
        },
        image: { needs: ["core"], script: gates.held("image") },
      },
    });
    scenario.release();
    await scenario.completed();
    const page = await openPage();
    await page.goto(`${scenario.server.localUrl}/`);
    await tabTo(page, "Skip to the content");
    await page.keyboard.press("Enter");
    await tabTo(page, `${HUB}@${TAG}`);
    await page.keyboard.press("Enter");
    await page.getByText("component_failed:").waitFor();
    await tabTo(page, "core: failure");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "core", exact: true }).waitFor();
    await page.getByRole("cell", { name: /^build/ }).waitFor();
    await tabTo(page, "Retry");
    await page.keyboard.press("Enter");
    await page.getByText("Retry core?").waitFor();
    expect(scenario.sandbox.runs).toHaveLength(1);
    await tabTo(page, "Retry");
    await page.keyboard.press("Enter");
    await page.locator("#run-title").getByText("success").waitFor();
    gates.open("image");
    expect((await scenario.completed()).conclusion).toBe("success");
  });

  it("starts, cancels and skips without any script", async () => {
    const gates = createGates();
    const scenario = await startScenario({
      config: 'on: {release: {types: [published], tags: ["only by hand"]}}',
      components: {
        core: { script: gates.held("core") },
        image: { needs: ["core"], script: gates.held("image") },
      },
    });
    const { server, sandbox, completed, run } = scenario;
    scenario.release();
    const page = await openPage({ javaScriptEnabled: false });
    await page.goto(`${server.localUrl}/start`);
    await page.getByLabel("Hub", { exact: true }).fill(HUB);
    await page.getByLabel("Tag of the release").fill(TAG);
    await page.getByRole("button", { name: "Show the plan" }).click();
    await page.getByText("2 components will be built, in 2 groups.").waitFor();
    expect(sandbox.dispatches).toEqual([]);
    await page.getByRole("button", { name: "Start" }).click();
    await page.waitForURL(/\/runs\/[\w-]+$/);
    const path = new URL(page.url()).pathname;
    await run(({ components }) => components[0]?.status === "in_progress");
    await page.reload();
    await page.getByRole("link", { name: "image: waiting" }).click();
    await page.getByRole("link", { name: "Skip", exact: true }).click();
    await page.getByRole("button", { name: "Skip it" }).click();
    await page.locator("#run-title").getByText("skipped").waitFor();
    await page.goto(`${server.localUrl}${path}`);
    await page.getByRole("link", { name: "Cancel the release run" }).click();
    await page.getByRole("button", { name: "Cancel it" }).click();
    expect((await completed()).conclusion).toBe("cancelled");
    await page.reload();
    await page.locator("#run-title").getByText("cancelled").waitFor();
  });

  it("shows a box of a graph that is higher than its frame", async () => {
    const others = Array.from({ length: 24 }, (_, index) => [`layer-${index}`, { needs: ["core"] }] as const);
    const scenario = await startScenario({ components: { core: {}, ...Object.fromEntries(others) } });
    scenario.release();
    const path = await runPath(scenario);
    const page = await openPage({ viewport: { width: 360, height: 740 } });
    await page.goto(`${scenario.server.localUrl}${path}`);
    const [frame, box] = await Promise.all(
      [".graph-frame", "#node-core .box"].map((part) => page.locator(part).boundingBox()),
    );
    expect(box?.y).toBeGreaterThan(frame?.y ?? Infinity);
    expect((box?.y ?? Infinity) + (box?.height ?? 0)).toBeLessThan((frame?.y ?? 0) + (frame?.height ?? 0));
    await scenario.completed();
  });

  it("signs in again where a session has ended, whatever is pressed, and says so on an open page", async () => {
    const gates = createGates();
    const scenario = await startScenario({ components: { core: { script: gates.held("core") } } }, { signIn: true });
    const { server, sandbox, release } = scenario;
    sandbox.signInAs("ada");
    release();
    const page = await openPage();
    const endSession = () => page.context().clearCookies({ name: /session/ });
    await page.goto(`${server.url}/start`);
    await page.getByLabel("Hub", { exact: true }).fill(HUB);
    await page.getByLabel("Tag of the release").fill(TAG);
    await endSession();
    await page.getByRole("button", { name: "Show the plan" }).click();
    await page.getByRole("heading", { name: `Plan of ${HUB}@${TAG}` }).waitFor();

    await page.goto(`${server.url}${await runPath(scenario)}/components/core/skip`);
    await endSession();
    await page.getByRole("button", { name: "Skip it" }).click();
    await page.getByText("core", { exact: true }).first().waitFor();
    expect(new URL(page.url()).pathname).toMatch(/\/components\/core\/skip$/);

    await page.goto(`${server.url}${await runPath(scenario)}`);
    await endSession();
    await page.getByText("You are signed out: this page may be old. Open it again to sign in.").waitFor();
    gates.open("core");
    await scenario.completed();
  });

  it("is for phones and for all eyes, on every page", async () => {
    const gates = createGates();
    const scenario = await startScenario(product(gates));
    scenario.release();
    gates.open("meta-acme-bsp", "acme-docs");
    const { id } = await scenario.run(({ components }) =>
      components.some((one) => one.id === "acme-bootloader" && one.status === "in_progress"),
    );
    const page = await openPage({ viewport: { width: 390, height: 844 }, isMobile: true, deviceScaleFactor: 2 });
    const start = `/start?hub=${encodeURIComponent(HUB)}&tag=${TAG}`;
    const tabs = ["", "/timeline", "/artifacts", "/changes", "/events", "/plan", "/cancel"];
    const ofRun = [...tabs, "/components/acme-docs", "/components/acme-image/skip"].map((tab) => `/runs/${id}${tab}`);
    for (const [index, path] of ["/", "/start", start, "/nothing", ...ofRun].entries()) {
      await page.emulateMedia({ colorScheme: index % 2 === 0 ? "light" : "dark" });
      await page.goto(`${scenario.server.localUrl}${path}`);
      await expectNoSideways(page);
      await expectAccessible(page);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(`${scenario.server.localUrl}/runs/${id}`);
    await page
      .getByRole("row", { name: /^acme-docs/ })
      .first()
      .scrollIntoViewIfNeeded();
    await page.evaluate("window.scrollTo(0, 0)");
    await picture(page, "phone");
    await page.goto(`${scenario.server.localUrl}${await runPath(scenario)}/timeline`);
    await page.setViewportSize({ width: 1360, height: 700 });
    await picture(page, "timeline");
    gates.open("acme-bootloader", "meta-acme-distro", "acme-app", "acme-image");
    expect((await scenario.completed()).conclusion).toBe("success");
  });
});
