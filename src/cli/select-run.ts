import type { RunView } from "../chain/run-view.js";
import { failure, usageError } from "./cli-io.js";
import type { ServerClient, Target } from "./server-api.js";

const TARGET = /^([A-Za-z0-9_-]+\/[A-Za-z0-9._-]+)@(\S+)$/;
const RUN_ID = /^[A-Za-z0-9_-]+$/;
/** Runs looked through for a prefix, newest first. */
const PREFIX_PAGES = 50;

/** `owner/name@tag` taken apart; null where the text is something else. */
export function parseTarget(text: string): Target | null {
  const [, hub, tag] = TARGET.exec(text) ?? [];
  return hub === undefined || tag === undefined ? null : { hub, tag };
}

/** As `parseTarget`; throws a usage error where the text is something else. */
export function requireTarget(text: string): Target {
  const target = parseTarget(text);
  if (target === null)
    throw usageError(`"${text}" names no release. Write it as OWNER/REPO@TAG, e.g. acme/product@v1.0.0.`);
  return target;
}

/**
 * The run that a person means by RUN: a run id, a unique beginning of one, `hub@tag` (its newest run), or nothing (the
 * newest run of all). Throws a failure where there is none, a usage error where the beginning fits several.
 */
export async function selectRun(client: ServerClient, text: string | undefined): Promise<RunView> {
  if (text === undefined) {
    const [newest] = (await client.runs({ limit: 1 })).items;
    if (newest === undefined)
      throw failure("There is no release run yet. Publish a release, or `release-chain start OWNER/REPO@TAG`.");
    return newest;
  }
  const target = parseTarget(text);
  if (target !== null) {
    const [newest] = (await client.runs({ ...target, limit: 1 })).items;
    if (newest === undefined)
      throw failure(`There is no release run of ${text}. \`release-chain list\` shows what there is.`);
    return newest;
  }
  if (!RUN_ID.test(text)) {
    throw usageError(`"${text}" names no release run. Write a run id, the beginning of one, or OWNER/REPO@TAG.`);
  }
  return (await client.run(text)) ?? runByPrefix(client, text);
}

async function runByPrefix(client: ServerClient, prefix: string): Promise<RunView> {
  const found: RunView[] = [];
  let after: string | undefined;
  for (let page = 0; page < PREFIX_PAGES && found.length < 2; page += 1) {
    const { items, next } = await client.runs({ limit: 100, after });
    found.push(...items.filter((run) => run.id.startsWith(prefix)));
    if (next === null) break;
    after = next;
  }
  const [only, other] = found;
  if (only === undefined)
    throw failure(`There is no release run ${prefix}. \`release-chain list\` shows what there is.`);
  if (other !== undefined) {
    throw usageError(`Several release runs begin with ${prefix}: ${only.id}, ${other.id}. Write more of the id.`);
  }
  return only;
}
