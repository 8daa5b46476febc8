/** What becomes of a release run that publishes: tries, an end, tags. */
import { describe, expect, it } from "vitest";
import { commandEvents } from "../../src/chain/commands.js";
import type { RunEvent } from "../../src/chain/events.js";
import { evolve, PUBLISH_TRIES, TAG_TRIES } from "../../src/chain/evolve.js";
import { explainRun } from "../../src/chain/explain-run.js";
import { runView } from "../../src/chain/run-view.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import { aPlan, aPublication, aRun, EPOCH, MINUTE } from "../contract/run-fixture.js";

const at = EPOCH + MINUTE;

describe("publishing", () => {
  const publishing = (change: Partial<ReleaseRun> = {}): ReleaseRun =>
    aRun({ status: "publishing", publication: aPublication({ published: [] }), ...change });
  const fails = (permanent: boolean): RunEvent => ({
    kind: "publish-failed",
    at,
    reason: "publish_failed: 502",
    permanent,
  });

  it("is tried again after a delay that doubles up to five minutes, then ends the run", () => {
    let run = publishing();
    const delays: number[] = [];
    while (run.ending === null) {
      run = evolve(run, fails(false));
      if (run.ending === null) delays.push((run.publication?.retryAt ?? 0) - at);
    }
    expect(delays).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1_000));
    expect(delays).toHaveLength(PUBLISH_TRIES - 1);
    expect(run).toMatchObject({ ending: { conclusion: "failure" }, publication: { failures: 0, retryAt: null } });
  });

  it("ends the run at once for what no try can mend", () => {
    expect(evolve(publishing(), fails(true)).ending).toEqual({ conclusion: "failure", reason: "publish_failed: 502" });
  });

  it("counts the tries of taking it back, and keeps the reason for which the run ends", () => {
    const ending = { conclusion: "timed_out", reason: "timeout: 2d" } as const;
    const run = evolve(publishing({ ending }), fails(true));
    expect(run).toMatchObject({ ending, publication: { failures: 1 }, status: "publishing" });
    const ended = evolve(run, { kind: "ended", at, note: "delete it there by hand" });
    expect(ended).toMatchObject({ conclusion: "timed_out", reason: "timeout: 2d\ndelete it there by hand" });
  });

  it("that succeeds although the run is ending already does not count", () => {
    const run = publishing({ ending: { conclusion: "timed_out", reason: "timeout: 2d" } });
    expect(evolve(run, { kind: "published", at, assets: [], url: "u" })).toBe(run);
  });
});

describe("a release that is published and whose components are to be tagged", () => {
  const plan = aPlan({ tagged: ["acme/a"] });
  const before = aRun({
    status: "publishing",
    plan,
    components: [],
    publication: aPublication({ published: [], url: null }),
  });
  const published = evolve(before, { kind: "published", at, assets: [], url: "u" });
  const tagged = (problems: string[], again = true): RunEvent => ({ kind: "components-tagged", at, problems, again });

  it("is not taken back any more, whatever comes", () => {
    expect(published).toMatchObject({ status: "publishing", publication: { url: "u", failures: 0 } });
    expect(evolve(published, { kind: "ending", at, conclusion: "cancelled", reason: "cancelled: x" })).toBe(published);
    expect(evolve(before, tagged([]))).toBe(before);
  });

  it("ends the run as a success, with a reason where a tag is missing for good", () => {
    expect(evolve(published, tagged([]))).toMatchObject({ conclusion: "success", reason: null });
    const refused = evolve(published, tagged(["acme/a has another."], false));
    expect(refused).toMatchObject({ conclusion: "success", reason: "untagged: acme/a has another." });
    let run = published;
    for (let tries = 1; run.status !== "completed"; tries++) {
      expect(tries).toBeLessThanOrEqual(TAG_TRIES);
      run = evolve(run, tagged(["acme/a did not answer."]));
    }
    expect(run).toMatchObject({ conclusion: "success", reason: "untagged: acme/a did not answer." });
  });

  it("is told so, and tagged when it is time", () => {
    const waiting = evolve(published, tagged(["acme/a did not answer."]));
    expect(explainRun(published, at)).toContain("is published");
    expect(explainRun(waiting, at)).toMatch(/^is published; .* are tagged again at .*: try 2 of 7$/);
    expect(commandEvents(published, { kind: "cancel" }, at)).toMatchObject({ kind: "unchanged" });
    expect(runView(published, at).release).toMatchObject({ url: "u", draft: false });
  });
});

it("the release that is made is known by its id once, and a draft to people until it is published", () => {
  const release = { repo: "acme/releases", id: null, made: true };
  const publication = aPublication({ release, published: [], url: null });
  const before = aRun({ status: "publishing", plan: aPlan(), publication });
  const made = evolve(before, { kind: "release-made", at, id: 9 });
  expect(evolve(made, { kind: "release-made", at, id: 9 })).toBe(made);
  expect(runView(made, at).release).toMatchObject({ id: 9, draft: true });
  const published = evolve(made, { kind: "published", at, assets: [], url: "u" });
  expect(runView(published, at).release).toMatchObject({ id: 9, url: "u", draft: false });
});
