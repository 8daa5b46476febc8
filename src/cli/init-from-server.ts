/** Repositories for a first configuration, from those that the server's App sees. */
import type { CliIo } from "./cli-io.js";
import { failure } from "./cli-io.js";
import type { FoundRepository, LeftOut } from "./first-config.js";
import type { ServerClient } from "./server-api.js";

/** Progress is told where it takes longer than this, in ms, and then as often. */
const PATIENCE = 1_000;

/** Asks for every repository of an account, page by page. Throws a failure where the App sees none. */
export async function repositoriesOfAccount(
  owner: string,
  client: ServerClient,
  io: Pick<CliIo, "stderr" | "now">,
): Promise<{ found: FoundRepository[]; leftOut: LeftOut[] }> {
  const found: FoundRepository[] = [];
  const leftOut: LeftOut[] = [];
  let told = io.now();
  let after: string | undefined;
  for (;;) {
    const { items, next, total } = await client.repositories(owner, after);
    for (const { fullName, archived, layers, workflow, problem } of items) {
      if (problem === null)
        found.push({ source: { kind: "github", repo: fullName }, ref: null, archived, layers, workflow });
      else leftOut.push({ name: fullName, why: `could not be read (${problem})` });
    }
    if (next === null) break;
    after = next;
    if (io.now() - told < PATIENCE) continue;
    io.stderr(`Read ${found.length + leftOut.length} of ${total} repositories of ${owner}…\n`);
    told = io.now();
  }
  if (found.length + leftOut.length === 0) {
    throw failure(`The App sees no repository of ${owner}: install it there, or read checkouts with --from DIR.`);
  }
  return { found, leftOut };
}
