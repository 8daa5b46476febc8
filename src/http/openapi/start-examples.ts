/** Examples of start-routes.ts. */
import { buildingRun, plan, problem, release, RUN, startedRun } from "./example-values.js";

export const startExamples = {
  describe: { document: { status: 200, answer: { openapi: "3.1.0", info: { title: "release-chain", version: "1" } } } },
  getSigningKey: {
    armored: {
      status: 200,
      type: "application/pgp-keys",
      answer: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxjMEaXk…\n-----END PGP PUBLIC KEY BLOCK-----\n",
    },
    json: {
      status: 200,
      answer: {
        fingerprint: "0C5F1D7AB04E69358F2C1D7AB04E69358F2C1D7A",
        publicKey: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxjMEaXk…\n-----END PGP PUBLIC KEY BLOCK-----\n",
      },
    },
  },
  listRepositories: {
    first: {
      parameters: { owner: "acme", limit: 1 },
      status: 200,
      answer: {
        items: [
          {
            fullName: "acme/base",
            defaultBranch: "main",
            private: false,
            archived: false,
            layers: ["acme-base"],
            workflow: "build.yml",
            problem: null,
          },
        ],
        next: "acme/base",
        total: 5,
      },
    },
  },
  previewPlan: {
    plan: { body: release, status: 200, answer: plan },
    refused: {
      body: { hub: "acme/nowhere", tag: "v1.2.0" },
      ...problem(
        422,
        "Unprocessable Entity",
        "refused",
        "The release cannot be built: the App is not installed on acme/nowhere, or there is no such repository.",
        {
          problems: [
            {
              code: "not_installed",
              message: "the App is not installed on acme/nowhere, or there is no such repository.",
            },
          ],
        },
      ),
    },
  },
  startRun: {
    started: { body: release, status: 201, answer: startedRun },
    live: {
      body: release,
      ...problem(
        409,
        "Conflict",
        "live-run",
        `Release run ${RUN} of acme/product@v1.2.0 is live (${buildingRun.status}). Wait for its end.`,
        { run: { id: RUN, ...release, status: buildingRun.status } },
      ),
    },
  },
};
