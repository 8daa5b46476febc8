import { describe, expect, it } from "vitest";
import { makeBuildingRun, makeRun, NOW } from "../sample-runs.js";
import { aDashboard } from "./a-dashboard.js";

describe("the list of release runs", () => {
  it("says what to do where there is none", async () => {
    const { html, status } = await aDashboard().get("/");
    expect(status).toBe(200);
    expect(html).toContain("No release run yet.");
    expect(html.startsWith('<!doctype html><html lang="en">')).toBe(true);
  });

  it("has a link, the state and the progress of each, newest first", async () => {
    const { operations, get } = aDashboard();
    operations.runs.push(
      makeRun({
        id: "r1",
        tag: "v1.0.0",
        createdAt: NOW - 60_000,
        status: "completed",
        conclusion: "failure",
        reason: "config: broken",
      }),
      makeBuildingRun({ id: "r2", tag: "v2.0.0" }),
    );
    const { html } = await get("/");
    expect(html.indexOf('href="/runs/r2"')).toBeLessThan(html.indexOf('href="/runs/r1"'));
    expect(html).toContain("0 of 1 built, 1 under way");
    expect(html).toContain("config: broken");
  });

  it("says the first of many reasons, and shows no progress where there is no plan", async () => {
    const { operations, get } = aDashboard();
    const reason = Array.from({ length: 200 }, (_, index) => `author_rights: reason ${index}`).join("\n");
    operations.runs.push(makeRun({ id: "r1", status: "completed", conclusion: "failure", reason }));
    const { html } = await get("/");
    expect(html).toContain("author_rights: reason 0 And 199 more.");
    expect(html).not.toContain("reason 1<");
    // An empty cell is not there on a phone.
    expect(html).toContain('data-head="Progress"></td>');
    const page = (await get("/runs/r1")).html;
    expect(page).toContain("<summary>192 more</summary>author_rights: reason 8");
    expect((await get("/runs/r1/retry")).html).toContain("It is planned again");
  });

  it("is filtered by hub, tag and status, and keeps the filter on the way to older ones", async () => {
    const { operations, get } = aDashboard();
    for (let index = 0; index < 30; index++)
      operations.runs.push(makeRun({ id: `r${index}`, hub: "acme/hub", createdAt: NOW - index }));
    operations.runs.push(makeRun({ id: "other", hub: "acme/other" }));
    const { html } = await get("/?hub=acme%2Fhub&tag=&status=queued");
    expect(html).not.toContain("/runs/other");
    expect(html.match(/href="\/runs\/r\d+"/g)).toHaveLength(25);
    expect(html).toContain('href="/?hub=acme%2Fhub&amp;status=queued&amp;after=r24"');
    const older = await get("/?hub=acme%2Fhub&status=queued&after=r24");
    expect(older.html.match(/href="\/runs\/r\d+"/g)).toHaveLength(5);
    expect((await get("/?status=evil")).html).toContain("There is no status &quot;evil&quot;");
  });
});

describe("the page of a release run", () => {
  it("shows the graph with a link for each component, and the same in a table", async () => {
    const { operations, get } = aDashboard();
    operations.runs.push(makeBuildingRun({ id: "r1" }));
    const { html, status } = await get("/runs/r1");
    expect(status).toBe(200);
    expect(html.match(/href="\/runs\/r1\/components\/meta-acme"/g)).toHaveLength(2);
    expect(html).toContain("workflow run 42 is in progress since 05:06:07Z");
    expect(html).toContain('data-events="/api/v1/runs/r1/events?after=1.999999999"');
  });

  it("has no graph before there is a plan", async () => {
    const { operations, get } = aDashboard();
    operations.runs.push(makeRun({ id: "r1", status: "planning" }));
    expect((await get("/runs/r1")).html).toContain("There is no plan yet: it is being made.");
  });

  it("is not there for what nobody started", async () => {
    const { html, status } = await aDashboard().get("/runs/%3Cscript%3E");
    expect(status).toBe(404);
    expect(html).toContain("None has the id &quot;&lt;script&gt;&quot;.");
  });
});

describe("the changes of a release run", () => {
  const before = [
    { name: "core.img", size: 1_000_000 },
    { name: "old.txt", size: 12 },
  ];
  const files = [
    { name: "core.img", size: 1_500_000 },
    { name: "<b>.sh", size: 2_048 },
  ];

  function changedRun(now: readonly { name: string; size: number }[] | null) {
    const run = makeBuildingRun({ id: "r1" });
    if (run.plan === null) throw new Error("the fixture has changed");
    const plan = { ...run.plan, previous: { runId: "r0", tag: "v0.9.0" }, sizesBefore: before };
    const assets = (now ?? []).map((file) => {
      return { ...file, sha256: "a".repeat(64), component: "meta-acme", artifact: "images", path: file.name };
    });
    const release = { repo: run.hub, id: 7, made: false };
    const rest = { foreign: [], before: { assets: [], section: null }, published: [], url: null, failures: 0 };
    return { ...run, plan, publication: now === null ? null : { ...rest, release, assets, retryAt: null } };
  }

  it("tell how the published files have grown or shrunk since the one before", async () => {
    const { operations, get } = aDashboard();
    operations.runs.push(changedRun(files));
    const { html } = await get("/runs/r1/changes");
    expect(html).toContain('Since <a href="/runs/r0">v0.9.0</a>');
    expect(html).toContain("1 larger, 1 new and 1 gone.");
    const rows = [...html.matchAll(/<tr role="row"><th scope="row".*?<\/tr>/gs)].map(([row]) =>
      row.replace(/<[^>]*>/g, "|").replace(/\|+/g, "|"),
    );
    expect(rows).toEqual([
      "|core.img|976.6 KiB|1.4 MiB|+488.3 KiB (+50.0 %)|",
      "|&lt;b&gt;.sh|2.0 KiB|new|",
      "|old.txt|12 B|gone|",
    ]);
  });

  it("say when sizes will be known, and fold many", async () => {
    const { operations, get } = aDashboard();
    operations.runs.push(changedRun(null));
    expect((await get("/runs/r1/changes")).html).toContain("Sizes are compared once all is built");
    const many = Array.from({ length: 11 }, (_, index) => ({ name: `f${index}`, size: index + 1 }));
    operations.runs.splice(0, 1, changedRun(many));
    expect((await get("/runs/r1/changes")).html).toContain("<summary>11 new and 2 gone</summary>");
  });
});

describe("the events of a release run", () => {
  it("come in pages, each with the way to the one before", async () => {
    const { operations, get } = aDashboard();
    operations.runs.push(makeBuildingRun({ id: "r1" }));
    const event = { kind: "plan" as const, components: 1, built: 1, groups: 1, warnings: 0 };
    for (let index = 0; index < 410; index++)
      operations.told.push({ id: `${index}.0`, runId: "r1", at: NOW - 410 + index, event });
    const seen: string[] = [];
    let [path, pages] = ["/runs/r1/events", 0];
    for (; pages < 10; pages++) {
      const { html } = await get(path);
      seen.push(...[...html.matchAll(/id="event-([\d.]+)"/g)].map(([, id = ""]) => id));
      // Only the first page goes on by itself.
      expect(html.includes("data-watch")).toBe(pages === 0);
      const next = /href="(\/runs\/r1\/events\?before=[\d.]+)" rel="next"/.exec(html)?.[1];
      if (next === undefined) break;
      path = next;
    }
    expect(pages).toBe(2);
    expect(seen).toEqual(operations.told.map(({ id }) => id).reverse());
    expect((await get("/runs/r1/events?before=0.0")).html).toContain("There is nothing older.");
    expect((await get("/runs/r1/events?before=%22%3E%3Cscript%3E")).html).not.toContain("<script>");
  });
});

describe("every page", () => {
  it("allows neither scripts nor styles within it, and nothing from elsewhere", async () => {
    const { operations, get } = aDashboard();
    operations.runs.push(makeBuildingRun({ id: "r1" }));
    for (const path of ["/", "/runs/r1", "/nothing"]) {
      const { headers, html } = await get(path);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain("unsafe");
      expect(html).not.toMatch(/<style|\sstyle=|<script(?! type="module" src="\/assets\/)|\son\w+=/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cache-control")).toBe("no-store");
    }
  });

  it("has a style sheet and a script whose names change with their content, kept for ever", async () => {
    const { get } = aDashboard();
    const { html } = await get("/");
    const assets = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path = ""]) => path);
    expect(assets).toHaveLength(2);
    for (const path of assets) {
      expect(path).toMatch(/^\/assets\/\w+\.[0-9a-f]{10}\.(css|js)$/);
      const { headers, status } = await get(path);
      expect(status).toBe(200);
      expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    }
    expect((await get("/assets/dashboard.0123456789.css")).status).toBe(404);
  });

  it("says that it could not be made, and not why", async () => {
    const { operations, get, lines } = aDashboard();
    operations.failure = new Error("the database's secret");
    const { html, status } = await get("/");
    expect(status).toBe(500);
    expect(html).not.toContain("secret");
    expect(JSON.stringify(lines)).toContain("the database's secret");
  });
});

describe("a page that is asked for again", () => {
  it("is not sent where the reader has it, and is where the run has gone on", async () => {
    const { operations, get } = aDashboard();
    const run = makeBuildingRun({ id: "r1" });
    operations.runs.push(run);
    const { headers } = await get("/runs/r1");
    const etag = headers.get("etag") ?? "";
    const same = await get("/runs/r1", { "if-none-match": etag });
    expect([same.status, same.html]).toEqual([304, ""]);
    operations.runs.splice(0, 1, { ...run, status: "publishing" });
    const news = await get("/runs/r1", { "if-none-match": etag });
    expect([news.status, news.html.includes("publishing")]).toEqual([200, true]);
  });
});
