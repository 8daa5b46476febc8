/** The hub's own text for the section in a release's body, read where the configuration was read. */
import type { PublishRules } from "../chain/config.js";
import type { NotesFindings } from "../chain/make-plan.js";
import { templateProblems } from "../chain/notes-template.js";
import type { Deps } from "./deps.js";
import { GitHubError } from "./ports.js";

/** Where in the hub it is read. */
export interface TemplatePlace {
  /** `owner/name` */
  hub: string;
  /** The commit, and what people call it. */
  sha: string;
  ref: string;
}

/** The template that the configuration names, or everything that is wrong with it. */
export async function readNotesTemplate(
  { notes }: PublishRules,
  { hub, sha, ref }: TemplatePlace,
  { github }: Pick<Deps, "github">,
): Promise<NotesFindings> {
  if (typeof notes === "boolean") return { template: null, problems: [] };
  const path = notes.template;
  const at = `at ${ref} (${sha.slice(0, 12)})`;
  try {
    const text = await github.readFile(hub, path, sha);
    if (text !== null) return found(text, path);
    const where = `${hub} has no ${path} ${at}, which publish.notes.template names`;
    return refused([`${where}: add it there, or name another file (its path begins at the root of the hub).`]);
  } catch (cause) {
    // A folder, say.
    if (!(cause instanceof GitHubError) || cause.kind !== "refused") throw cause;
    return refused([`${path} ${at}, which publish.notes.template names, cannot be read: ${cause.message}`]);
  }
}

function found(text: string, path: string): NotesFindings {
  const problems = templateProblems(text, path);
  return problems.length === 0 ? { template: text, problems: [] } : refused(problems);
}

function refused(messages: readonly string[]): NotesFindings {
  return { template: null, problems: messages.map((message) => ({ code: "notes_template", message })) };
}
