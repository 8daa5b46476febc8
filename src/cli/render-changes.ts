import type { ComponentChanges, ReleasePlan } from "../chain/plan.js";
import { oneLine, table } from "./columns.js";
import type { TextStyle } from "./text-style.js";

const SHA = 7;
/** Commits of a component that are shown; the rest is behind the link. */
const SHOWN = 3;

/** What was committed to each component since the previous successful release run; nothing where there is none. */
export function changesSince(plan: ReleasePlan, style: TextStyle): string[] {
  if (plan.previous === null) return [];
  const changed = plan.components.flatMap(({ id, changes }) =>
    changes === null || changes.from === changes.to ? [] : [{ id, changes }],
  );
  const title = style.strong(oneLine(`Changed since ${plan.previous.tag}`));
  if (changed.length === 0) {
    const compared = plan.components.some(({ changes }) => changes !== null);
    return compared ? ["", `${title}  nothing`] : [];
  }
  const rows = table(
    changed.map(({ id, changes }) => [
      { text: id, paint: style.busy },
      { text: `${changes.from.slice(0, SHA)} → ${changes.to.slice(0, SHA)}` },
      { text: countWords(changes) },
    ]),
    { indent: "  " },
  );
  return ["", title, ...changed.flatMap(({ changes }, index) => [rows[index] ?? "", ...commitLines(changes, style)])];
}

/** Of a branch that was set back or rewritten, the new commits are not the whole story. */
function countWords({ status, total }: ComponentChanges): string {
  const commits = `${total} commit${total === 1 ? "" : "s"}`;
  if (status === "behind") return "an older commit";
  return status === "diverged" ? `${commits}, and others are gone (diverged)` : commits;
}

function commitLines({ commits, total, url }: ComponentChanges, style: TextStyle): string[] {
  const shown = commits.slice(0, SHOWN);
  const lines = shown.map(({ sha, title, author }) => `    ${oneLine(`${sha.slice(0, SHA)} ${title} (${author})`)}`);
  if (total <= shown.length) return lines;
  return [...lines, style.faint(`    ${oneLine(`and ${total - shown.length} more: ${url}`)}`)];
}
