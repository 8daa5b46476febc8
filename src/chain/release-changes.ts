/** "Changes since TAG" in the body of a release: what was committed to each component since the release before. Markdown. */
import { webRoot } from "./lock-file.js";
import { code, folded, link, repositoryUrl } from "./markdown.js";
import type { ComponentChanges, PlannedComponent, ReleasePlan } from "./plan.js";
import type { ReleaseRun } from "./run.js";
import { listWords } from "./words.js";

/** More commits than this are folded. */
const FOLD_ABOVE = 10;
/** Characters of a commit's title. */
const TITLE = 120;
/** Names in one sentence. */
const NAMED = 20;
const SHA = 12;

interface Changed {
  component: PlannedComponent;
  changes: ComponentChanges;
}

/**
 * A heading and one entry for each changed component, with its commits where `withCommits`; the others in a sentence. Empty
 * where no release run came before, or nothing could be compared. Two components of one repository at one commit share
 * the list of commits.
 */
export function changesPart(plan: ReleasePlan, run: ReleaseRun, withCommits: boolean): string[] {
  if (plan.previous === null) return [];
  const compared = plan.components.flatMap((component) =>
    component.changes === null ? [] : [{ component, changes: component.changes }],
  );
  if (compared.length === 0) return [];
  const changed = compared.filter(({ changes }) => changes.from !== changes.to);
  const listed = new Set<string>();
  const entries = changed.flatMap((one) => {
    const key = `${one.component.repo} ${one.changes.from} ${one.changes.to}`;
    const commits = withCommits && !listed.has(key) ? commitLines(one, webRoot(plan)) : [];
    listed.add(key);
    return [`- ${entryWords(one, run)}`, ...commits];
  });
  const same = compared.filter(({ changes }) => changes.from === changes.to).map(({ component }) => component);
  const unknown = plan.components.filter(({ changes }) => changes === null);
  return [
    `### Changes since ${code(plan.previous.tag)}`,
    ...(entries.length === 0 ? [] : ["", ...entries]),
    ...sentence("Unchanged", same),
    ...sentence("New here, or without a comparison", unknown),
  ];
}

function sentence(what: string, components: readonly PlannedComponent[]): string[] {
  if (components.length === 0) return [];
  const names = components.map(({ id }) => code(id));
  return ["", `${what}: ${listWords(names, NAMED)}.`];
}

/** The workflow may have built a later commit than the one that was compared. */
function entryWords({ component, changes }: Changed, run: ReleaseRun): string {
  const { from, to, url } = changes;
  const built = run.components.find(({ id }) => id === component.id)?.sha ?? to;
  const later = built === to ? "" : `; the branch moved on, and ${code(built.slice(0, SHA))} was built`;
  const span = link(`${code(from.slice(0, SHA))} → ${code(to.slice(0, SHA))}`, url);
  return `${code(component.id)}: ${span}, ${countWords(changes)}${later}`;
}

/** Of a branch that was set back or rewritten, the new commits are not the whole story. */
function countWords({ status, total }: ComponentChanges): string {
  const commits = `${total} commit${total === 1 ? "" : "s"}`;
  if (status === "behind") return "an older commit";
  return status === "diverged" ? `${commits}, and others are gone (diverged)` : commits;
}

function commitLines({ component, changes }: Changed, web: string | null): string[] {
  const { commits, total, url } = changes;
  if (commits.length === 0) return [];
  const repoUrl = repositoryUrl(web, component.repo);
  const lines = commits.map(({ sha, title, author }) => {
    const at = link(code(sha.slice(0, SHA)), repoUrl === null ? null : `${repoUrl}/commit/${sha}`);
    return `- ${at} ${code(clipped(title))} by ${code(author)}`;
  });
  if (total > commits.length) lines.push(`- ${link(`and ${total - commits.length} more`, url)}`);
  if (commits.length > FOLD_ABOVE) return folded(`${commits.length} commits`, lines, "  ");
  return lines.map((line) => `  ${line}`);
}

function clipped(title: string): string {
  const characters = Array.from(title);
  return characters.length > TITLE ? `${characters.slice(0, TITLE - 1).join("")}…` : title;
}
