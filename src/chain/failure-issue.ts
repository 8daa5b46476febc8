/** The issue about a release that failed: why, where to look, and what to do. One for a hub and tag. */
import { statusComment } from "./check-run-summary.js";
import { code, folded, plain } from "./markdown.js";
import type { ReleaseRun } from "./run.js";
import { SLASH_COMMANDS } from "./slash-command.js";

/** GitHub takes 65,536 characters. */
export const LONGEST_BODY = 60_000;
const LONGEST_LOG = 8_000;
const MOST_LOGS = 3;
/** Of the name of a job, which a matrix can make of anything. */
const LONGEST_NAME = 100;

/** What a failed job said last. */
export interface FailedJobWords {
  component: string;
  job: string;
  /** Its last lines, masked; several lines. */
  lines: string;
}

/** Whether the configuration asks for an issue about how this run ended. */
export function wantsIssue({ status, conclusion, plan }: ReleaseRun): boolean {
  if (status !== "completed" || (conclusion !== "failure" && conclusion !== "timed_out")) return false;
  return plan?.notify?.some(({ to }) => to === "issue") === true;
}

/** By which the issue of a tag is found again; nothing in it can end the comment. */
export function issueMarker(tag: string): string {
  const name = tag.replace(/[^\w.]/g, (char) => `%${char.codePointAt(0)?.toString(16) ?? ""}`);
  return `<!-- release-chain:issue ${name} -->`;
}

/** By which the comment about a success is known to be there. */
export function closingMarker(runId: string): string {
  return `<!-- release-chain:closed ${runId.replace(/[^\w]/g, "_")} -->`;
}

/** `page`: address of the release run's own page, if people can reach one. Where it gets too long, logs are left out first. */
export function failureIssue(
  run: ReleaseRun,
  jobs: readonly FailedJobWords[],
  page: string | null,
  now: number,
): { title: string; body: string } {
  const head = unmarked(statusComment(run, now));
  const end = whatToDo(run, page).join("\n");
  let room = LONGEST_BODY - head.length - end.length;
  const logs = jobs.slice(0, MOST_LOGS).map((words) => {
    const log = logOf(words);
    room -= log.length + 1;
    return room < 0 ? "" : log;
  });
  const body = [head, ...logs.filter((log) => log !== ""), end].join("\n");
  return { title: `Release ${run.tag} was not published`.slice(0, 250), body };
}

function logOf({ component, job, lines }: FailedJobWords): string {
  const name = job.length > LONGEST_NAME ? `${job.slice(0, LONGEST_NAME)}…` : job;
  const text = unmarked(lines.replace(CONTROL, "")).slice(-LONGEST_LOG);
  return ["", ...folded(`${plain(component)}: job ${plain(name)}`, fenced(text))].join("\n");
}

function whatToDo(run: ReleaseRun, page: string | null): string[] {
  return [
    "",
    "### What to do",
    "",
    "Mend what the reason names, then go on with a comment here, on a line of its own:",
    "",
    ...SLASH_COMMANDS.map((line) => `- ${code(line)}`),
    "",
    `Or press **Retry failed** in the check run on the commit of ${code(run.tag)}. What succeeded is kept. This issue is closed when the release succeeds.`,
    ...(page === null ? [] : ["", `[Release run ${plain(run.id)}](${page})`]),
    "",
    issueMarker(run.tag),
  ];
}

/** Colours of a terminal (ECMA-48, CSI), and what else is no text. */
const CONTROL = /\u001b\[[0-?]*[ -/]*[@-~]|[^\P{Cc}\n\t]/gu;

/** Words of others must not be taken for a mark of ours: by it the issue of a tag is found again. */
function unmarked(text: string): string {
  return text.replace(/<!--(?=\s*release-chain:)/g, "<! --");
}

/** A fence that is longer than any in the text. */
function fenced(text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}text`, ...text.split("\n"), fence];
}
