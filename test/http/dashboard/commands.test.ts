import { describe, expect, it } from "vitest";
import { GitHubError } from "../../../src/coordinator/ports.js";
import { makeBuildingRun, makeRun } from "../sample-runs.js";
import { aDashboard } from "./a-dashboard.js";

const FAILED = {
  status: "completed",
  conclusion: "failure",
  reason: "component_failed: meta-acme",
} as const;

function failedRun(id = "r1") {
  const run = makeBuildingRun({ id, ...FAILED });
  const components = run.components.map((component) => ({
    ...component,
    ...{ status: "completed" as const, conclusion: "failure" as const, reason: "the workflow run ended with failure" },
  }));
  return { ...run, components };
}

/** Its dispatch could be one of two workflow runs. */
function openRun(id: string) {
  const run = makeBuildingRun({ id });
  const components = run.components.map((component) => ({
    ...component,
    status: "dispatching" as const,
    attempts: component.attempts.map((attempt) => ({
      ...attempt,
      ...{ status: "dispatching" as const, workflowRunId: null, candidates: [77, 78] },
    })),
  }));
  return { ...run, components };
}

describe("the buttons of a release run", () => {
  it("are those that would do something now", async () => {
    const { operations, get } = aDashboard();
    operations.runs.push(makeBuildingRun({ id: "live" }), failedRun("failed"));
    const live = (await get("/runs/live")).html;
    expect(live).toContain('href="/runs/live/cancel"');
    expect(live).not.toContain("/runs/live/retry");
    const failed = (await get("/runs/failed")).html;
    expect(failed).toContain('href="/runs/failed/retry"');
    expect(failed).not.toContain("/runs/failed/cancel");
    const component = (await get("/runs/live/components/meta-acme")).html;
    for (const command of ["skip", "cancel"])
      expect(component).toContain(`href="/runs/live/components/meta-acme/${command}"`);
    for (const command of ["retry", "adopt"]) expect(component).not.toContain(`components/meta-acme/${command}"`);
  });

  it("ask before they do it, and then lead back", async () => {
    const { operations, get, post } = aDashboard();
    operations.runs.push(makeBuildingRun({ id: "r1" }));
    const { html } = await get("/runs/r1/cancel");
    expect(html).toContain("Cancel the release run of acme/hub@v1.0.0?");
    expect(html).toContain("The live workflow runs are cancelled: meta-acme.");
    expect(html).toContain('<form class="question" method="post" action="/runs/r1/cancel">');
    expect(operations.commands).toEqual([]);
    const done = await post("/runs/r1/cancel");
    expect([done.status, done.headers.get("location")]).toEqual([303, "/runs/r1"]);
    expect(operations.commands).toEqual([{ runId: "r1", command: { kind: "cancel" } }]);
  });

  it.each(["retry", "skip", "cancel"] as const)("%s a component", async (name) => {
    const { operations, post } = aDashboard();
    operations.runs.push(failedRun());
    const { status, headers } = await post(`/runs/r1/components/meta-acme/${name}`);
    expect([status, headers.get("location")]).toEqual([303, "/runs/r1/components/meta-acme"]);
    expect(operations.commands[0]?.command).toEqual({ kind: `${name}-component`, component: "meta-acme" });
  });

  it("say what keeps them from doing it", async () => {
    const { operations, get, post } = aDashboard();
    operations.runs.push(failedRun());
    const asked = await get("/runs/r1/cancel");
    expect(asked.html).toContain("It has ended already: failure.");
    expect(asked.html).not.toContain('type="submit"');
    operations.commandResult = { kind: "refused", code: "ending", message: "It is being <b>stopped</b>." };
    const refused = await post("/runs/r1/retry");
    expect(refused.status).toBe(409);
    expect(refused.html).toContain("It is being &lt;b&gt;stopped&lt;/b&gt;.");
    operations.commandResult = { kind: "unchanged", run: failedRun(), detail: "It has succeeded." };
    expect((await post("/runs/r1/retry")).html).toContain("Nothing was changed. It has succeeded.");
    expect((await post("/runs/none/retry")).status).toBe(404);
    expect((await post("/runs/r1/components/none/skip")).status).toBe(404);
  });

  it("adopt one of the workflow runs that could be it, or any by its number", async () => {
    const { operations, get, post } = aDashboard();
    operations.runs.push(openRun("r1"));
    expect((await get("/runs/r1/components/meta-acme")).html).toContain("Adopt a workflow run");
    const { html } = await get("/runs/r1/components/meta-acme/adopt");
    expect(html).toContain('value="77"');
    expect(html).toContain('href="https://github.com/acme/meta-acme/actions/runs/78"');
    for (const workflowRunId of ["", "0", "abc", "7e3", "99999999999999999"])
      expect((await post("/runs/r1/components/meta-acme/adopt", { workflowRunId })).status).toBe(400);
    expect((await post("/runs/r1/components/meta-acme/adopt", { workflowRunId: " 77 " })).status).toBe(303);
    expect(operations.commands.map(({ command }) => command)).toEqual([
      { kind: "adopt", component: "meta-acme", workflowRunId: 77 },
    ]);
  });
});

describe("the buttons of who may not do all of it", () => {
  const HUB = "acme/hub";
  const PERMISSIONS = { [`reader ${HUB}`]: "read", [`writer ${HUB}`]: "write", [`keeper ${HUB}`]: "maintain" } as const;
  const NEEDED = { retry: "write", skip: "write", adopt: "write", cancel: "maintain" };
  const ON_PAGES = {
    "/runs/live": ["cancel"],
    "/runs/failed": ["retry"],
    "/runs/live/components/meta-acme": ["skip", "cancel"],
    "/runs/open/components/meta-acme": ["adopt"],
  } as const;
  const MAY = { reader: [], writer: ["retry", "skip", "adopt"], keeper: ["retry", "skip", "adopt", "cancel"] };

  it.each(["reader", "writer", "keeper"] as const)("are there, and tell a %s what is missing", async (login) => {
    const { operations, as } = aDashboard(PERMISSIONS);
    operations.runs.push(makeBuildingRun({ id: "live" }), failedRun("failed"), openRun("open"));
    const { get, post } = await as(login);
    for (const [page, names] of Object.entries(ON_PAGES)) {
      const { html } = await get(page);
      for (const name of names) {
        const [button = ""] = new RegExp(`<(a|button|span)[^>]* id="button-${name}"[^>]*>`).exec(html) ?? [];
        if (MAY[login].some((one) => one === name)) {
          expect(button).toContain(`href="${page}/${name}"`);
          expect((await get(`${page}/${name}`)).html).toContain('type="submit"');
          continue;
        }
        const why = `To ${name}, ${login} needs ${NEEDED[name]} permission on ${HUB} in GitHub.`;
        // It can be reached by the keyboard, and says why to who sees it and who does not.
        expect(button).toMatch(/^<button type="button"/);
        expect(button).toContain(`aria-disabled="true" aria-describedby="why-${name}"`);
        expect(html).toMatch(new RegExp(`<span id="why-${name}"[^>]*>${why}</span>`));
        expect(html).not.toContain(`${page}/${name}"`);
        const question = (await get(`${page}/${name}`)).html;
        expect(question).toContain(why);
        expect(question).not.toContain(`class="main"`);
        expect((await post(`${page}/${name}`, { workflowRunId: "77" })).status).toBe(403);
      }
    }
    expect(operations.commands).toEqual([]);
  });

  it("to start is refused with what it takes, before anything is planned", async () => {
    const { operations, as } = aDashboard(PERMISSIONS);
    const { status, html } = await (await as("reader")).get("/start?hub=acme%2Fhub&tag=v1.0.0");
    expect([status, operations.asked]).toEqual([403, undefined]);
    expect(html).toContain("To start, reader needs write permission on acme/hub in GitHub.");
  });
});

describe("starting a release run", () => {
  it("shows the plan first, and starts it then", async () => {
    const { operations, get, post } = aDashboard();
    expect((await get("/start")).html).toContain("Nothing is started before you have seen what would be built.");
    const { html } = await get("/start?hub=acme%2Fhub&tag=v1.0.0&configRef=main&relock=yes");
    const back = "/start?hub=acme%2Fhub&tag=v1.0.0&configRef=main&relock=yes&change=yes";
    expect(html).toContain(`href="${back.replaceAll("&", "&amp;")}"`);
    const again = (await get(back)).html;
    for (const field of [
      'name="tag" value="v1.0.0"',
      'name="configRef" value="main"',
      'name="relock" value="yes" checked',
    ])
      expect(again).toContain(field);
    expect(html).toContain("1 component will be built, in 1 group.");
    expect(html).toContain("`main` is a branch.");
    expect(operations.runs).toEqual([]);
    const { status, headers } = await post("/start", {
      hub: "acme/hub",
      tag: "v1.0.0",
      configRef: "main",
      relock: "yes",
    });
    expect(operations.asked).toEqual({ hub: "acme/hub", tag: "v1.0.0", configRef: "main", relock: true });
    expect([status, headers.get("location")]).toEqual([303, `/runs/${operations.runs[0]?.id ?? ""}`]);
  });

  it("says all that is wrong, and keeps what was typed", async () => {
    const { operations, get, post } = aDashboard();
    const wrong = await get("/start?hub=acme&tag=%22%3E%3Cscript%3E");
    expect(wrong.status).toBe(400);
    expect(wrong.html).toContain("hub: must be owner/repo");
    expect(wrong.html).toContain('value="&quot;&gt;&lt;script&gt;"');
    operations.problems.set("acme/hub", [{ code: "cycle", message: "a and b need each other." }]);
    const fields = { hub: "acme/hub", tag: "v1.0.0" };
    expect((await get("/start?hub=acme%2Fhub&tag=v1.0.0")).html).toContain("a and b need each other.");
    const refused = await post("/start", fields);
    expect([refused.status, refused.html.includes("a and b need each other.")]).toEqual([422, true]);
    operations.runs.push(makeRun({ id: "live", hub: "acme/other" }));
    const live = await post("/start", { hub: "acme/other", tag: "v1.0.0" });
    expect([live.status, live.html.includes('href="/runs/live"')]).toEqual([409, true]);
  });

  it("says that GitHub did not answer", async () => {
    const { operations, get } = aDashboard();
    operations.failure = new GitHubError("unknown", 0, "GitHub did not answer: GET /repos/acme/hub.");
    const { status, html } = await get("/start?hub=acme%2Fhub&tag=v1.0.0");
    expect(status).toBe(502);
    expect(html).toContain("GitHub did not answer: GET /repos/acme/hub.");
  });
});
