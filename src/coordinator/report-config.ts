/** Checks a configuration that a pull request changes: read and planned with, and nothing of it is ever run. */
import { configCheckState, type ConfigCheck } from "../chain/config-check.js";
import { parseChainConfig } from "../chain/config-file/parse-config.js";
import { matchesAnyName } from "../chain/globs.js";
import { isBotLogin } from "./author-rights.js";
import type { Deps } from "./deps.js";
import { CONFIG_PATH, planRelease } from "./plan-release.js";
import type { SteeringFacts } from "./ports.js";
import type { Reporting } from "./report-port.js";

export type PullFacts = Extract<SteeringFacts, { kind: "pull" }>;

export const CONFIG_CHECK = "release-chain configuration";

/** Returns what became of it, a sentence. Throws GitHubError where GitHub refuses or does not answer. */
export async function checkConfig(
  facts: PullFacts,
  deps: Deps & { reporting: Reporting },
  signal: AbortSignal,
): Promise<string> {
  const { hub, number, headSha } = facts;
  const { github, policy, reporting } = deps;
  const name = `pull request ${number} of ${hub}`;
  if (policy.allowedHubs !== null && !matchesAnyName(policy.allowedHubs, hub))
    return `${name} is not looked at: ALLOWED_HUBS does not name the hub`;
  const files = await reporting.github.changedFiles(hub, number, signal);
  if (!files.includes(CONFIG_PATH)) return `${name} does not touch ${CONFIG_PATH}`;
  const text = await github.readFile(hub, CONFIG_PATH, headSha);
  const state = configCheckState(await judge(facts, text, deps), CONFIG_PATH);
  const externalId = `config${isOwn(facts) ? "" : "-fork"}:${number}`;
  const [known] = await reporting.github.checkRuns(hub, headSha, CONFIG_CHECK, signal);
  if (known === undefined)
    await reporting.github.createCheckRun(hub, { sha: headSha, name: CONFIG_CHECK, externalId, ...state }, signal);
  else await reporting.github.updateCheckRun(hub, known.id, state, signal);
  return `the configuration of ${name} is checked: ${state.title}`;
}

async function judge(facts: PullFacts, text: string | null, deps: Deps): Promise<ConfigCheck> {
  if (text === null) return { kind: "removed" };
  const { hub, headSha, by } = facts;
  const parsed = parseChainConfig(text, { file: CONFIG_PATH, hubOwner: hub.split("/")[0] ?? "" });
  if (!parsed.ok) return { kind: "invalid", problems: parsed.problems };
  const valid = (why: string): ConfigCheck => ({ kind: "valid", components: parsed.config.components.length, why });
  if (!isOwn(facts)) return valid("It comes from a fork: no plan is made with it before it is merged.");
  if (isBotLogin(by))
    return valid("A bot proposes it: no plan is made with it, as a plan takes the rights of a person.");
  const repository = await deps.github.repository(hub);
  const branch = repository?.defaultBranch ?? "main";
  const request = { hub, tag: branch, releaseId: null, configRef: headSha, author: by, preview: true };
  const result = await planRelease(request, deps);
  return result.kind === "plan"
    ? { kind: "plan", plan: result.plan, branch }
    : { kind: "refused", problems: result.problems, branch };
}

function isOwn({ hub, headRepo }: PullFacts): boolean {
  return headRepo?.toLowerCase() === hub.toLowerCase();
}
