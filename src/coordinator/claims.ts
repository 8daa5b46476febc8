/** Which workflow runs of a repository are taken, and which dispatches were given up, as far as it can still matter. */
import type { Deps } from "./deps.js";

/** A workflow run lives 35 days at most (GITHUB.md), so what was begun earlier has none to look for. */
const HORIZON = 36 * 86_400_000;

export function currentClaims(
  repo: string,
  { store, clock }: Pick<Deps, "store" | "clock">,
): ReturnType<Deps["store"]["claims"]> {
  return store.claims(repo, clock.now() - HORIZON);
}
