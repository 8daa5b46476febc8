/** What becomes of collected files: listed, pruned, checked, built anew where they are lost; by the command line. */
import { chmodSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { callApi } from "./api-client.js";
import { contentOf, HUB, runsOf, startScenario, TAG, until, type Scenario } from "./harness.js";
import { cli } from "./run-cli.js";
import { expectVerified } from "./release.js";

const NEXT = "v1.1.0";

/** A check, by the API: it goes on while it is asked. */
async function checked({ server }: Scenario): Promise<object> {
  await callApi(server, "artifacts/check", { method: "POST", body: "{}" });
  return until(async () => {
    const check = (await (await callApi(server, "artifacts/check")).json()) as { completedAt: string | null };
    return check.completedAt === null ? null : check;
  });
}

function storedFiles({ server: { dataDir } }: Scenario): string[] {
  const root = join(dataDir, "artifacts", "sha256");
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** As if everything had been collected two hours ago. */
function grow(scenario: Scenario): void {
  const then = new Date(Date.now() - 2 * 3_600_000);
  for (const path of storedFiles(scenario)) utimesSync(path, then, then);
}

interface File {
  component: string;
  file: string;
  sha256: string;
  kept: boolean;
  verified: object;
}

async function filesOf({ server }: Scenario, tag: string): Promise<File[]> {
  const [newest] = await runsOf(server, tag);
  const answer = await callApi(server, `runs/${newest?.id ?? ""}/artifacts`);
  return ((await answer.json()) as { items: File[] }).items;
}

it("lists, prunes and checks the files of release runs, and builds anew what was damaged", async () => {
  const scenario = await startScenario({
    config: `
defaults: {find-timeout: 4s, retry: {max-attempts: 1}}
monitor: {poll-interval: 300ms}
retention: {keep: 0, max-age: 1ms, keep-published: false}`,
    components: Object.fromEntries(
      ["base", "top"].map((id) => [
        id,
        {
          needs: id === "top" ? ["base"] : [],
          script: ({ payload }) => ({
            artifacts: [
              {
                name: `${id}-image`,
                files: { [`${id}.img`]: contentOf(`${id} ${String(payload["version"])}`, 3_000) },
              },
            ],
          }),
        },
      ]),
    ),
  });
  const { sandbox, server, release, completed } = scenario;
  release();
  const first = await completed();
  expect(first.conclusion).toBe("success");
  const table = await cli(scenario, "artifacts", `${HUB}@${TAG}`);
  expect(table).toMatchObject({ code: 0, stderr: "" });
  expect(table.stdout).toMatch(/base +base-image +base\.img +2\.9 KiB +[0-9a-f]{64} +GitHub's digest +yes/);

  release(NEXT);
  expect((await completed(NEXT)).conclusion).toBe("success");
  const plan = await (await callApi(server, `runs/${(await completed(NEXT)).id}/plan`)).json();
  expect(JSON.stringify(plan)).toMatch(
    /as much as v1\.0\.0 made needs about [\d.]+ KiB of disk, 5\.9 KiB of it for good/,
  );

  // Nothing goes in the grace time; then what the first release run has alone.
  expect(await cli(scenario, "prune")).toMatchObject({
    code: 0,
    stderr: "",
    stdout: expect.stringContaining("Nothing to remove.") as string,
  });
  expect(storedFiles(scenario).length).toBeGreaterThan(4);
  grow(scenario);
  const before = storedFiles(scenario).length;
  const dry = await cli(scenario, "prune", "--dry-run");
  expect(dry.stdout).toContain(`${first.id}  ${HUB}@${TAG}  past its retention`);
  expect(storedFiles(scenario)).toHaveLength(before);
  const pruned = await cli(scenario, "prune");
  expect(pruned).toMatchObject({ code: 0, stderr: "" });
  expect(pruned.stdout).toBe(dry.stdout.replace("Would remove", "Removed").replace("Would leave", "Left"));
  expect((await filesOf(scenario, TAG)).map(({ kept }) => kept)).toEqual([false, false]);
  expect((await filesOf(scenario, NEXT)).map(({ kept }) => kept)).toEqual([true, true]);
  expect(storedFiles(scenario)).toHaveLength(before / 2);
  expect(await checked(scenario)).toMatchObject({ findings: [], strays: [], failure: null, files: before / 2 });

  // One byte of a file is another one.
  const damaged = (await filesOf(scenario, NEXT)).find(({ component }) => component === "base")?.sha256 ?? "";
  const path = storedFiles(scenario).find((stored) => stored.endsWith(damaged)) ?? "";
  const bytes = readFileSync(path);
  chmodSync(path, 0o600);
  writeFileSync(path, Buffer.concat([Buffer.from("?"), bytes.subarray(1)]));
  const found = await cli(scenario, "artifacts", "--check");
  expect(found.code).toBe(1);
  expect(found.stdout).toMatch(
    new RegExp(`damaged +${damaged}\\n +${HUB}@${NEXT}, run \\w+: base/base-image/base\\.img`),
  );
  expect(await checked(scenario)).toMatchObject({
    findings: [{ kind: "missing", sha256: damaged, places: [{ tag: NEXT, file: "base/base-image/base.img" }] }],
  });

  // It is not reused, but built anew; what is whole is.
  const built = sandbox.dispatches.length;
  expect((await cli(scenario, "start", `${HUB}@${NEXT}`)).code).toBe(0);
  const again = await until(async () => {
    const runs = await runsOf(server, NEXT);
    return runs.length === 2 && runs[0]?.status === "completed" ? runs[0] : null;
  });
  expect(again).toMatchObject({ conclusion: "success", components: [{ reusedFrom: null }, { id: "top" }] });
  expect(again.components[1]?.reusedFrom).not.toBeNull();
  expect(sandbox.dispatches).toHaveLength(built + 1);
  await expectVerified(sandbox.release(HUB, NEXT));
  expect(await cli(scenario, "artifacts", "--check")).toMatchObject({ code: 0, stderr: "" });
});
