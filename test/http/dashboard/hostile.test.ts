/** Names come from repositories, and so from anybody: whatever is in them, pages show it as text. */
import { describe, expect, it } from "vitest";
import type { PlannedComponent } from "../../../src/chain/plan.js";
import type { ReleaseRun } from "../../../src/chain/run.js";
import { makeBuildingRun } from "../sample-runs.js";
import { aDashboard } from "./a-dashboard.js";

const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(1)>'--></title></svg>`;
const SCRIPT_URL = "javascript:alert(document.domain)";

/** Everything that others write is evil in it. */
function evilRun(): ReleaseRun {
  const run = makeBuildingRun({ id: "r1", hub: `acme/${EVIL}`, tag: EVIL, author: EVIL, reason: EVIL });
  const [component] = run.components;
  const [planned] = run.plan?.components ?? [];
  if (run.plan === null || component === undefined || planned === undefined) throw new Error("the fixture has changed");
  const commits = [{ sha: EVIL, title: EVIL, author: EVIL }];
  const changed: PlannedComponent = {
    ...planned,
    ...{ id: EVIL, repo: EVIL, ref: EVIL, sha: EVIL },
    workflow: { id: 3, path: EVIL, name: EVIL, declaredInputs: [] },
    needs: [{ id: EVIL, kind: "explicit" }],
    changes: { from: EVIL, to: `${EVIL}2`, status: "ahead", total: 1, commits, url: SCRIPT_URL },
  };
  const attempts = component.attempts.map((attempt) => ({ ...attempt, url: SCRIPT_URL, detail: EVIL }));
  const release = { ...run.plan.release, url: SCRIPT_URL, author: EVIL };
  const plan = {
    ...run.plan,
    ...{ release, components: [changed], groups: [[EVIL]], previous: { runId: EVIL, tag: EVIL }, configPath: EVIL },
    ...{ warnings: [{ code: "x", message: EVIL }], longestPath: { components: [EVIL, EVIL], duration: 1 } },
    excluded: [{ id: EVIL, reason: EVIL }],
  };
  return { ...run, plan, components: [{ ...component, id: EVIL, sha: EVIL, reason: EVIL, attempts }] };
}

const PLACE = `/runs/r1/components/${encodeURIComponent(EVIL)}`;

describe("what others wrote", () => {
  it.each([
    ...["/", "/runs/r1", "/runs/r1/timeline", "/runs/r1/artifacts", "/runs/r1/changes", "/runs/r1/events"],
    ...["/runs/r1/plan", "/runs/r1/cancel", PLACE, `${PLACE}/cancel`, `${PLACE}/skip`, `${PLACE}/log`],
    `/?hub=${encodeURIComponent(EVIL)}&tag=${encodeURIComponent(EVIL)}`,
    `/start?hub=${encodeURIComponent(EVIL)}&tag=${encodeURIComponent(EVIL)}`,
    ...[`/runs/${encodeURIComponent(EVIL)}`, `/runs/r1/components/${encodeURIComponent(`${EVIL}?`)}`],
  ])("is text and nothing else on %s", async (path) => {
    const { operations, get } = aDashboard();
    operations.runs.push(evilRun());
    operations.files = [
      {
        ...{ component: EVIL, artifact: EVIL, file: `${EVIL}/${EVIL}`, size: 1, sha256: "a".repeat(64), kept: true },
        verified: { githubDigest: true, checksumFiles: [EVIL], attestedBy: EVIL },
      },
    ];
    const { html, status } = await get(path);
    expect(status).toBeLessThan(500);
    expect(html).toContain("alert(1)");
    expect(html).not.toMatch(/<script>|<img|onerror=alert\(1\)>/);
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toMatch(/(?:href|action|src)="\s*javascript:/i);
    // No attribute ends early: outside of quotes there is no quote left.
    for (const [tag] of html.matchAll(/<[a-z][^>]*>/gi)) expect((tag.match(/"/g) ?? []).length % 2).toBe(0);
  });

  it("makes no link to anywhere but here and the web", async () => {
    const { operations, get } = aDashboard();
    operations.runs.push(evilRun());
    const { html } = await get("/runs/r1");
    for (const [, href = ""] of html.matchAll(/href="([^"]*)"/g)) expect(href).toMatch(/^(\/|https?:\/\/|#|data:,$)/);
  });
});

it.each(["/runs/%00", "/?tag=%00", "/runs/r1/components/a%00"])(
  "a NUL leads nowhere, and is looked for nowhere: %s",
  async (path) => {
    const { get, operations } = aDashboard();
    operations.failure = new Error("the database takes no NUL");
    expect((await get(path)).status).toBe(404);
  },
);
