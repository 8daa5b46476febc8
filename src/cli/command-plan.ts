import type { Command } from "commander";
import { PLAN_VERSION } from "../chain/plan.js";
import type { PlanProblem, ReleasePlan } from "../chain/plan.js";
import type { CliIo } from "./cli-io.js";
import { EXIT, failure } from "./cli-io.js";
import { oneLine } from "./columns.js";
import type { CommandContext } from "./command-context.js";
import { renderPlan, renderProblems } from "./render-plan.js";
import { readLockFrom, targetOf } from "./lock-input.js";
import { parseTarget, selectRun } from "./select-run.js";
import { serverAddress } from "./server-address.js";
import type { ReleaseRequest, ServerClient } from "./server-api.js";
import { createServerClient } from "./server-client.js";
import { styleFor } from "./text-style.js";

export function addPlan(program: Command, { io, action }: CommandContext): void {
  program
    .command("plan")
    .description("Show what a release would build, in which order and from which commits, or what a release run did.")
    .argument(
      "[RUN]",
      "OWNER/REPO@TAG or, before tagging, OWNER/REPO@BRANCH: make the plan now, start nothing; a run id or the beginning of one: its stored plan; nothing: that of the newest run",
    )
    .option(
      "--lock <FILE>",
      "make the plan from the commits of this release-chain.lock.json; RUN defaults to its release",
    )
    .option("--json", "print the plan as versioned JSON")
    .addHelpText(
      "after",
      `
Example:
  $ release-chain plan acme/product@v1.0.0
  $ release-chain plan acme/product@v1.0.1 --lock release-chain.lock.json
  $ release-chain plan acme/product@main
  $ release-chain plan 01J8 --json | jq .groups`,
    )
    .action(
      action(async (run: string | undefined, options: { json?: true; lock?: string }) => {
        const client = createServerClient(serverAddress(io.env, io.cwd));
        if (options.lock !== undefined) {
          const { lock, sources } = await readLockFrom(options.lock, io);
          return previewPlan(client, { ...targetOf(run, lock), lock: sources }, io, options.json === true);
        }
        const target = run === undefined ? null : parseTarget(run);
        if (target !== null) return previewPlan(client, target, io, options.json === true);
        const selected = await selectRun(client, run);
        const plan = await client.plan(selected.id);
        if (plan === null) {
          const why = selected.reason === null ? "it is still being made." : oneLine(selected.reason);
          throw failure(
            `Run ${oneLine(selected.id)} of ${oneLine(`${selected.hub}@${selected.tag}`)} has no plan: ${why}`,
          );
        }
        printPlan(plan, io, options.json === true);
        return EXIT.done;
      }),
    );
}

async function previewPlan(client: ServerClient, request: ReleaseRequest, io: CliIo, json: boolean): Promise<number> {
  const preview = await client.preview(request);
  if (preview.kind === "plan") {
    printPlan(preview.plan, io, json);
    return EXIT.done;
  }
  if (json) io.stdout(`${JSON.stringify({ problems: preview.problems }, null, 2)}\n`);
  else sayProblems(request, preview.problems, io);
  return EXIT.failed;
}

/** Says why a release cannot be planned. */
export function sayProblems({ hub, tag, lock }: ReleaseRequest, problems: readonly PlanProblem[], io: CliIo): void {
  const how = lock === undefined ? "as it is" : `from the lock of ${oneLine(`${lock.hub}@${lock.tag}`)}`;
  io.stderr(`${hub}@${tag} cannot be built ${how}:\n`);
  io.stderr(renderProblems(problems, styleFor(io)));
}

function printPlan(plan: ReleasePlan, io: CliIo, json: boolean): void {
  if (json) {
    io.stdout(`${JSON.stringify(plan, null, 2)}\n`);
    return;
  }
  const version: number = plan.version;
  if (version !== PLAN_VERSION) {
    throw failure(
      `The plan has version ${version}, this program knows ${PLAN_VERSION}: use that of the server, or --json.`,
    );
  }
  io.stdout(renderPlan(plan, styleFor(io)));
}
