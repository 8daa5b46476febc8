/** Bugs that are put in on purpose, one at a time, to see that the simulation finds them. Each replaces a few words of the sources. */

export interface PlantedBug {
  name: string;
  /** What is wrong then. */
  what: string;
  patches: { file: string; find: string; replace: string }[];
  /** The promise that it breaks, as it begins. */
  breaks: RegExp;
  /** Seed of the first history that is lived through, where it would take hundreds from 1 on. */
  from?: number;
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: "dispatch-before-needs",
    what: "a component is dispatched while what it needs is still being collected",
    patches: [
      {
        file: "src/chain/decide.ts",
        find: 'return component === undefined || component.conclusion === "success"',
        replace:
          'return component === undefined || component.status === "collecting" || component.conclusion === "success"',
      },
    ],
    breaks: /^a component goes after its needs/,
  },
  {
    name: "no-look-before-repeat",
    what: "a dispatch whose outcome is unknown is repeated, and not looked for",
    patches: [
      {
        file: "src/coordinator/dispatch.ts",
        find: 'return [{ kind: "send-unknown", at, ...id, detail, interrupted: false }];',
        replace: 'return [{ kind: "attempt-failed", at, ...id, failureClass: "transient", detail }];',
      },
    ],
    breaks: /^(a dispatch is looked for before it is repeated|one live dispatch at most)/,
  },
  {
    name: "publish-before-verify",
    what: "files are taken for published before they were compared with what GitHub has",
    patches: [
      {
        file: "src/coordinator/read-back.ts",
        find: "if (sha256 === asset.sha256) compared.published.push({ id: there.id, name: there.name, size: there.size, sha256 });",
        replace:
          "if (sha256 !== null) compared.published.push({ id: there.id, name: there.name, size: there.size, sha256 });",
      },
    ],
    breaks: /^(SHA256SUMS matches|what is published was built for it|.* is not valid JSON)/,
  },
  {
    name: "state-moves-backwards",
    what: "an older state of a workflow run is taken for its newer one",
    patches: [
      {
        file: "src/chain/evolve-component.ts",
        find: 'run.runAttempt < attempt.runAttempt || attempt.status === "collecting"',
        replace: 'attempt.status === "collecting"',
      },
    ],
    from: 700,
    breaks:
      /^(one live dispatch at most|a dispatch is looked for before it is repeated|what was given up|nothing is left running)/,
  },
  {
    name: "id-not-stored-first",
    what: "a dispatch is sent without waiting until its id is stored",
    patches: [
      {
        file: "src/coordinator/reconcile.ts",
        find: "become(session, await deps.store.saveRun(before, next));",
        replace: `session.run = next;
    void deps.store.saveRun(before, next).then(
      (run) => { become(session, run); },
      () => { session.stale = true; },
    );`,
      },
    ],
    breaks: /^a (dispatch|rerun) is stored before it is sent/,
  },
  {
    name: "check-run-not-looked-for",
    what: "a check run that may be there is made again, and not looked for",
    patches: [
      {
        file: "src/coordinator/report-check-run.ts",
        find: "if (newest !== undefined && !(goesOn && newest.completed)) {",
        replace: "if (newest?.id === -1) {",
      },
    ],
    breaks: /^(one check run is current|a check run is completed in the end)/,
  },
];
