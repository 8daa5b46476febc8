/** Debian's Chromium, and what the browser tests ask of a page. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { expect } from "vitest";

const EXECUTABLE = "/usr/bin/chromium";
const IMAGES = new URL("../../docs/images/", import.meta.url);

/** False: the browser tests are left out, and say so. */
export const hasChromium = existsSync(EXECUTABLE);
if (!hasChromium) console.warn(`No ${EXECUTABLE}: the browser tests are left out. apt-get install chromium brings it.`);

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ["--no-sandbox"] });
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeViolation {
  id: string;
  impact: string | null;
  nodes: { html: string; failureSummary?: string }[];
}

/** axe-core finds nothing serious on the page as it is. */
export async function expectAccessible(page: Page): Promise<void> {
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe);
  const violations = await page.evaluate<AxeViolation[]>("axe.run(document).then(({violations}) => violations)");
  const serious = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => ({
      id,
      nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => [html, failureSummary]),
    }));
  expect({ at: page.url(), serious }).toEqual({ at: page.url(), serious: [] });
}

/** Nothing of the page lies beyond the window's right side, to be scrolled to. */
export async function expectNoSideways(page: Page): Promise<void> {
  const beyond = await page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  expect({ at: page.url(), beyond }).toEqual({ at: page.url(), beyond: 0 });
}

/** A picture for the documentation, made where UPDATE_IMAGES is set. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env["UPDATE_IMAGES"] === undefined) return;
  // Colours change slowly: the picture is of what they come to.
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, IMAGES)), animations: "disabled" });
}

/** Presses Tab until the element with the focus has this text or label. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const focused =
    "(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '').trim()";
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate<string>(focused)).startsWith(name)) return;
  }
  throw new Error(`Tab does not lead to ${JSON.stringify(name)} on ${page.url()}`);
}
