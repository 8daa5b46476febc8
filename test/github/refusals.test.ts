/** Refusals that no permission mends: whoever reads them must not be sent to grant one. */
import nock from "nock";
import { describe, expect, it } from "vitest";
import type { GitHub } from "../../src/coordinator/ports.js";
import { failure } from "./real-hosts.js";
import { API, createWorld, DATE, installed, REPO, withoutNetwork } from "./world.js";

withoutNetwork();

interface Asked {
  method: "GET" | "POST";
  path: string;
  run(github: GitHub): Promise<unknown>;
}

const RERUN: Asked = {
  method: "POST",
  path: `/repos/${REPO}/actions/runs/5/rerun-failed-jobs`,
  run: (github) => github.rerun(REPO, 5, "failed-jobs", 1),
};
const DISPATCH: Asked = {
  method: "POST",
  path: `/repos/${REPO}/dispatches`,
  run: (github) => github.repositoryDispatch(REPO, "build-chain", {}, 1),
};
const WORKFLOW: Asked = {
  method: "POST",
  path: `/repos/${REPO}/actions/workflows/3/dispatches`,
  run: (github) => github.workflowDispatch(REPO, 3, "main", {}, 1),
};
const LIST: Asked = {
  method: "GET",
  path: `/repos/${REPO}/actions/runs/5/artifacts?per_page=100&page=1`,
  run: (github) => github.artifacts(REPO, 5),
};

const DISPATCHED = /Only a new dispatch builds it again\.$/;

const REFUSALS: [Asked, number, string, RegExp][] = [
  [RERUN, 403, "This workflow is already running", /only once it has ended\.$/],
  [RERUN, 403, "Unable to retry this workflow run because it was created over a month ago", DISPATCHED],
  [RERUN, 403, "This workflow run cannot be retried", DISPATCHED],
  [RERUN, 403, "This workflow run cannot be rerun", DISPATCHED],
  [DISPATCH, 403, "Repository was archived so is read-only.", /Unarchive acme\/sdk, or leave it out\.$/],
  [DISPATCH, 403, "Repository has been locked for migration.", /is moving acme\/sdk: wait/],
  [DISPATCH, 403, "Your account is locked due to a billing issue.", /Settle the billing/],
  [DISPATCH, 403, "This installation has been suspended", /Unsuspend the App's installation on acme\/sdk\.$/],
  [WORKFLOW, 403, "Actions has been disabled for this user.", /Turn Actions on in the settings of acme\/sdk;/],
  [WORKFLOW, 422, "Actions has been disabled for this repository.", /Turn Actions on in the settings of acme\/sdk;/],
  [
    WORKFLOW,
    422,
    "Cannot trigger a 'workflow_dispatch' on a disabled workflow",
    /Enable the workflow in the Actions tab/,
  ],
  [LIST, 403, "Repository access blocked", /GitHub itself has blocked acme\/sdk/],
  [
    LIST,
    403,
    "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.",
    /Add this server's address to the organization's IP allow list\.$/,
  ],
  [LIST, 403, "Resource protected by organization SAML enforcement.", /SAML single sign-on: one of its owners/],
];

describe("a refusal that no permission mends", () => {
  it.each(REFUSALS)("says what to do: $0.path, $1 $2", async (asked, status, message, advice) => {
    installed();
    nock(API)
      .intercept(asked.path, asked.method)
      .reply(status, { message }, { ...DATE, "x-accepted-github-permissions": "x=write" });
    const error = await failure(asked.run(createWorld().github));
    expect(error).toMatchObject({ kind: "refused", status });
    expect(error.message).toContain(`was answered ${status}: ${message.replace(/\.$/, "")}. `);
    expect(error.message).toMatch(advice);
    expect(error.message).not.toContain("Grant the App");
  });

  it("is a rate limit in the end, where GitHub goes on limiting", async () => {
    installed();
    const message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    nock(API).persist().post(DISPATCH.path).reply(403, { message }, DATE);
    const error = await failure(DISPATCH.run(createWorld().github));
    expect(error.message).toMatch(/GitHub limits the rate of requests: wait;/);
  });
});
