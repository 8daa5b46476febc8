import type { Sandbox } from "../../src/sandbox/sandbox.js";

/** Another run of the same workflow, by the App too, just before the next dispatch on a repository takes effect. */
export function dispatchBeside(sandbox: Sandbox, repo: string): void {
  sandbox.faults.add({
    kind: "delay",
    ms: 0,
    match: new RegExp(`^POST /repos/${repo}/dispatches$`),
    times: 1,
    meanwhile: () => {
      sandbox.people.dispatch(repo, "build-chain", {}, `${sandbox.app.slug}[bot]`);
      return Promise.resolve();
    },
  });
}
