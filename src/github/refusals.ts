/**
 * What to do about refusals that no permission mends. GitHub gives them the same status as those for lack of one, and no code:
 * they are told apart by their words.
 */
import type { RepoName } from "../coordinator/ports.js";

interface Refusal {
  status: 403 | 422;
  words: RegExp;
  todo: string | ((repo: RepoName) => string);
}

const LONE_DISPATCH = "Only a new dispatch builds it again.";

const REFUSALS: readonly Refusal[] = [
  {
    status: 403,
    words: /rate limit|abuse detection/i,
    todo: "GitHub limits the rate of requests: wait; lower WRITES_PER_MINUTE and WRITES_PER_HOUR if it happens again.",
  },
  { status: 403, words: /suspended/i, todo: (repo) => `Unsuspend the App's installation${on(repo)}.` },
  {
    status: 403,
    words: /workflow (run )?is already running/i,
    todo: "GitHub runs it again only once it has ended.",
  },
  // https://docs.github.com/en/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs
  {
    status: 403,
    words: /unable to retry this workflow run/i,
    todo: `GitHub runs a workflow run again within 30 days of its first start. ${LONE_DISPATCH}`,
  },
  // So it is where no job failed, as in a workflow run that succeeded, or that was cancelled before it had any.
  {
    status: 403,
    words: /workflow run cannot be re(tried|run)/i,
    todo: `No job of it failed, it is too old, or it was run again 50 times. ${LONE_DISPATCH}`,
  },
  { status: 403, words: /ip allow list/i, todo: "Add this server's address to the organization's IP allow list." },
  {
    status: 403,
    words: /\bsaml\b/i,
    todo: "The organization enforces SAML single sign-on: one of its owners has to approve the App there.",
  },
  { status: 403, words: /archived|read.only/i, todo: (repo) => `Unarchive ${named(repo)}, or leave it out.` },
  {
    status: 403,
    words: /locked for migration/i,
    todo: (repo) => `GitHub is moving ${named(repo)}: wait until it is unlocked.`,
  },
  {
    status: 403,
    words: /access blocked/i,
    todo: (repo) => `GitHub itself has blocked ${named(repo)}: ask its support.`,
  },
  {
    status: 403,
    words: /billing|payment|spending limit/i,
    todo: (repo) => `Settle the billing of the account that owns ${named(repo)}.`,
  },
  { status: 403, words: /issue is locked/i, todo: "Unlock the conversation of the issue." },
  ...([403, 422] as const).map((status) => ({
    status,
    words: /actions (has|have|is|are) (been |currently )?disabled/i,
    todo: (repo: RepoName) =>
      `Turn Actions on in the settings of ${named(repo)}; if they are on, ask GitHub's support about the account.`,
  })),
  {
    status: 422,
    words: /disabled workflow/i,
    todo: (repo) => `Enable the workflow in the Actions tab of ${named(repo)}.`,
  },
];

/** Sentences for a person; null: nothing is known of such a refusal. `repo` may be empty. */
export function refusalAdvice(status: number, message: string, repo: RepoName): string | null {
  const known = REFUSALS.find((refusal) => refusal.status === status && refusal.words.test(message));
  if (known === undefined) return null;
  return typeof known.todo === "string" ? known.todo : known.todo(repo);
}

function on(repo: RepoName): string {
  return repo === "" ? "" : ` on ${repo}`;
}

function named(repo: RepoName): string {
  return repo === "" ? "the repository" : repo;
}
