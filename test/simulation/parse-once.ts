/**
 * Takes the place of the parsers in the bundle: the same, but each text is parsed once. What comes of it is never changed.
 * Histories draw from a limited number of chains, so that parsing would be a quarter of what they cost.
 */
import { parseChainConfig as parseConfig } from "../../src/chain/config-file/parse-config.js";
import { readWorkflowFile as parseWorkflow } from "../../src/chain/workflow-file.js";

const configs = new Map<string, ReturnType<typeof parseConfig>>();
const workflows = new Map<string, ReturnType<typeof parseWorkflow>>();

export function parseChainConfig(...[text, source]: Parameters<typeof parseConfig>): ReturnType<typeof parseConfig> {
  return known(configs, `${source.file} ${source.hubOwner} ${text}`, () => parseConfig(text, source));
}

export function readWorkflowFile(text: string): ReturnType<typeof parseWorkflow> {
  return known(workflows, text, () => parseWorkflow(text));
}

function known<T>(results: Map<string, T>, key: string, make: () => T): T {
  const found = results.get(key);
  if (found !== undefined) return found;
  const made = make();
  results.set(key, made);
  return made;
}
