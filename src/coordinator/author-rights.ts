/** Whose rights a chain has: those of the person who made the release, or pushed the tag, or said what else is to be built. */
import { matchesAnyName } from "../chain/globs.js";
import type { SourceLock } from "../chain/run.js";
import type { Deps } from "./deps.js";
import type { Permission, RepoName } from "./ports.js";

export interface Author {
  login: string;
  isBot: boolean;
}

/** GitHub's bots have such logins, and nobody else can. */
export function isBotLogin(login: string): boolean {
  return login.endsWith("[bot]");
}

/** Whether somebody said what is built, in place of the tag; and not only that it is what an earlier release run of it built. */
export function isChosen({ configRef, lock }: { configRef?: string | null; lock?: SourceLock | null }): boolean {
  return configRef != null || (lock != null && lock.kept !== true);
}

/** Whether the author may write to a repository; asked once for each. A bot is trusted where the operator listed its hub. */
export function authorRights(
  { login, isBot }: Author,
  hub: RepoName,
  { github, policy }: Pick<Deps, "github" | "policy">,
): (repo: RepoName) => Promise<boolean> {
  const listed = policy.allowedHubs !== null && matchesAnyName(policy.allowedHubs, hub);
  const trusted = listed && isBot;
  const writing: readonly Permission[] = ["admin", "maintain", "write"];
  const asked = new Map<string, Promise<boolean>>();
  return (repo) => {
    const known = asked.get(repo);
    if (known !== undefined) return known;
    const answer = trusted
      ? Promise.resolve(true)
      : github.permission(repo, login).then((permission) => writing.includes(permission));
    asked.set(repo, answer);
    return answer;
  };
}
