/** `.github/release-chain.yml` -> ChainConfig, or everything that is wrong with it. */
import type { ConfigProblem, ParsedConfig } from "../config.js";
import { reportIssues } from "./config-issues.js";
import { ProblemList } from "./config-positions.js";
import { reportReferences } from "./config-references.js";
import { configSchema } from "./config-schema.js";
import { toChainConfig } from "./effective-config.js";
import { readLocatedYaml, type StepCount } from "./located-yaml.js";

/** Problems beyond these would only fill the log; the last entry then says how many there are. */
const MOST_PROBLEMS = 500;

export interface ParseOptions {
  /** The file's name, for problems. */
  file: string;
  /** The owner of the hub: whose repositories are meant where a component's `repo` names no owner. */
  hubOwner: string;
  /** Is added to, where somebody wants to know what the reading took: at most in proportion to the text. */
  count?: StepCount;
}

/**
 * Reads a configuration: YAML 1.2, at most 1 MiB. Built-in defaults, `defaults`, template and component are merged in this
 * order, mappings deeply, lists replaced; durations become milliseconds, sizes bytes.
 * Never throws: all problems are returned at once, in the order of the text, each with line and column. If the text is not
 * YAML, they are those of its syntax alone. Cycles in `needs` are not looked for here.
 */
export function parseChainConfig(text: string, options: ParseOptions): ParsedConfig {
  const count = options.count ?? { steps: 0 };
  const { root, problems: yamlProblems } = readLocatedYaml(text, count);
  const problems = new ProblemList(options.file, text, root);
  for (const { offset, path, message, suggestion } of yamlProblems)
    problems.atOffset(offset, path, message, suggestion);
  if (root === null) {
    if (yamlProblems.length === 0)
      problems.atOffset(0, [], "the file is empty: it needs version: 1 and components", null);
    return refused(problems);
  }
  if (root.entries === null && !root.broken) {
    problems.atValue([], "the file must hold a mapping (key: value), with version: 1 and components");
    return refused(problems);
  }
  const parsed = configSchema.safeParse(root.value);
  if (!parsed.success) reportIssues(parsed.error.issues, configSchema, root, problems);
  count.steps += parsed.error?.issues.length ?? 0;
  reportReferences(root, problems, { letters: text.length, count });
  if (!parsed.success || problems.inOrder().length > 0) return refused(problems);
  return { ok: true, config: toChainConfig(parsed.data, options.hubOwner) };
}

function refused(list: ProblemList): { ok: false; problems: ConfigProblem[] } {
  const problems = list.inOrder();
  const next = problems[MOST_PROBLEMS];
  if (next === undefined) return { ok: false, problems };
  const rest: ConfigProblem = {
    ...next,
    message: `and ${problems.length - MOST_PROBLEMS} more problems from here on`,
    suggestion: null,
  };
  return { ok: false, problems: [...problems.slice(0, MOST_PROBLEMS), rest] };
}
