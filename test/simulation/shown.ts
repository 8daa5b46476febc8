/** What the server shows of release runs in GitHub: one of each, true in the end, and nothing that nobody may see. */
import { checkRunSummary } from "../../src/chain/check-run-summary.js";
import { issueMarker, wantsIssue } from "../../src/chain/failure-issue.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import type { FakeCheck, FakeIssue } from "../coordinator/fake-reports.js";
import type { World } from "./simulate.js";
import { SECRET } from "./simulated-runs.js";

/** Called with each check run and issue as it is made or changed. */
export function brokenByShown({ reports, server }: World, thing: FakeCheck | FakeIssue): string[] {
  if (reports === null) return [];
  const isLeaked = JSON.stringify(thing).includes(SECRET);
  const leaked = isLeaked ? [`no secret is shown: ${"sha" in thing ? "a check run" : "an issue"} has one`] : [];
  if ("sha" in thing) {
    const current = reports.shown.checks.filter(
      ({ externalId, status }) => externalId === thing.externalId && status !== "completed",
    );
    if (!server.runs.has(thing.externalId)) leaked.push(`what is shown is stored: ${thing.externalId} is not`);
    return current.length < 2 ? leaked : [...leaked, `one check run is current: ${thing.externalId} has two`];
  }
  const open = reports.shown.issues.filter(
    (issue) => issue.open && issue.body.split("\n").at(-1) === thing.body.split("\n").at(-1),
  );
  return open.length < 2 ? leaked : [...leaked, `one issue about a tag is open: there are ${open.length}`];
}

/** Whether the server takes all to be shown that there is to show. */
export function isAllShown({ reports, server }: World): boolean {
  if (reports === null) return true;
  const isSettled = (run: ReleaseRun): boolean => {
    const check = server.reports.get(`check-run ${run.id}`);
    const issue = server.reports.get(`issue ${run.id}`);
    return check?.settledAt != null && issue?.settledAt !== null && (!wantsIssue(run) || issue !== undefined);
  };
  return [...server.runs.values()].every(isSettled) || reports.refused;
}

/** When everything has ended, and there was time to tell. */
export function wronglyShown(world: World): string[] {
  const { reports, server, time } = world;
  if (reports === null) return [];
  const { checks, issues } = reports.shown;
  if (reports.refused) return checks.length + issues.length === 0 ? [] : ["what GitHub refuses is not shown"];
  const runs = [...server.runs.values()];
  return [
    ...runs.flatMap((run) => wrongCheck(run, checks, time.now())),
    ...world.tags.flatMap((tag) => wrongIssue(tag, runs, issues)),
  ];
}

function wrongCheck(run: ReleaseRun, checks: readonly FakeCheck[], now: number): string[] {
  const own = checks.filter(({ externalId }) => externalId === run.id);
  const newest = own.at(-1);
  if (newest === undefined) return [`a release run is shown: ${run.id} is not`];
  const open = own.filter(({ status }) => status !== "completed");
  if (open.length > 0) return [`a check run is completed in the end: that of ${run.id} is not`];
  const { conclusion, title, summary } = checkRunSummary(run, now, null);
  const isTrue = newest.conclusion === conclusion && newest.title === title && newest.summary === summary;
  return isTrue ? [] : [`what is shown is how it ended: ${run.id} shows "${newest.title}", not "${title}"`];
}

/** The issue of a tag is about its newest release run. */
function wrongIssue(tag: string, runs: readonly ReleaseRun[], issues: readonly FakeIssue[]): string[] {
  const last = runs.findLast((run) => run.tag === tag);
  const own = issues.filter(({ body }) => body.includes(issueMarker(tag)));
  const open = own.filter((issue) => issue.open);
  if (last?.conclusion === "success" && open.length > 0) return [`a success closes the issue: that of ${tag} is open`];
  if (last === undefined || !wantsIssue(last)) return [];
  if (open.length !== 1) return [`a failure has an open issue: ${tag} has ${open.length}`];
  const words = (last.reason ?? "").split("\n")[0]?.slice(0, 40) ?? "";
  return open[0]?.body.includes(words.split(" ")[0] ?? "") === true
    ? []
    : [`an issue says why: that of ${tag} does not`];
}
