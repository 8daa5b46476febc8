import nock from "nock";
import { expect, it } from "vitest";
import { GitHubError } from "../../src/coordinator/ports.js";
import { API, DATE, REPO, createWorld, installed, withoutNetwork } from "./world.js";

withoutNetwork();

const JOBS = "/repos/acme/sdk/actions/runs/42/attempts/2/jobs";
const LOST = "The self-hosted runner: yocto-3 lost communication with the server.";

interface Step {
  name: string;
  status: string;
  conclusion: string | null;
}

function step(name: string, conclusion: string | null, status = "completed"): Step {
  return { name, status, conclusion };
}

function jobsAre(jobs: { id: number; name: string; conclusion: string | null; steps?: Step[] }[]): void {
  nock(API).get(`${JOBS}?per_page=100&page=1`).reply(200, { total_count: jobs.length, jobs }, DATE);
}

function annotationsAre(jobId: number, answer: [number, unknown], page = 1, link?: string): void {
  nock(API)
    .get(`/repos/acme/sdk/check-runs/${jobId}/annotations?per_page=100&page=${page}`)
    .reply(answer[0], answer[1] as nock.Body, { ...DATE, ...(link !== undefined && { link }) });
}

function annotation(message: string | null, level = "failure"): Record<string, unknown> {
  return { path: ".github", start_line: 1, end_line: 1, annotation_level: level, title: "", message };
}

it("are told with the step that failed, the one that was under way, and their errors", async () => {
  installed();
  const { github } = createWorld();
  jobsAre([
    { id: 1, name: "lint", conclusion: "success", steps: [step("Lint", "success")] },
    { id: 2, name: "skipped", conclusion: "skipped" },
    {
      id: 3,
      name: "build",
      conclusion: "failure",
      steps: [step("Set up job", "success"), step("bitbake", null, "in_progress"), step("Upload", null, "queued")],
    },
    { id: 4, name: "test", conclusion: "failure", steps: [step("ptest", "failure"), step("Post", "cancelled")] },
    { id: 5, name: "image", conclusion: "cancelled", steps: [step("bitbake", "cancelled"), step("Upload", "skipped")] },
  ]);
  const next = `<${API}/repos/acme/sdk/check-runs/3/annotations?per_page=100&page=2>; rel="next"`;
  annotationsAre(3, [200, [annotation("Node 16 is old", "warning"), annotation(null)]], 1, next);
  annotationsAre(3, [200, [annotation(LOST)]], 2);
  annotationsAre(4, [200, [annotation("Process completed with exit code 1.")]]);
  annotationsAre(5, [200, []]);
  expect(await github.failedJobs(REPO, 42, 2)).toEqual([
    {
      id: 3,
      name: "build",
      conclusion: "failure",
      failedStep: null,
      stoppedStep: "bitbake",
      fellSilent: true,
      annotations: [LOST],
    },
    {
      id: 4,
      name: "test",
      conclusion: "failure",
      failedStep: "ptest",
      stoppedStep: "Post",
      fellSilent: false,
      annotations: ["Process completed with exit code 1."],
    },
    {
      id: 5,
      name: "image",
      conclusion: "cancelled",
      failedStep: null,
      stoppedStep: "bitbake",
      fellSilent: false,
      annotations: [],
    },
  ]);
});

it.each([403, 404])("go without annotations that are answered %i", async (status) => {
  installed();
  const { github } = createWorld();
  jobsAre([{ id: 3, name: "build", conclusion: "failure" }]);
  annotationsAre(3, [status, { message: "Resource not accessible by integration" }]);
  expect(await github.failedJobs(REPO, 42, 2)).toMatchObject([{ id: 3, failedStep: null, annotations: [] }]);
});

it("are an error where the annotations cannot be read for now", async () => {
  installed();
  const { github } = createWorld();
  jobsAre([{ id: 3, name: "build", conclusion: "failure" }]);
  nock(API)
    .get(/annotations/)
    .times(4)
    .reply(502, {}, DATE);
  const error = await github.failedJobs(REPO, 42, 2).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GitHubError);
  expect(error).toMatchObject({ kind: "unknown", status: 502 });
});

it("of a large matrix are asked about ten times, those first that were not merely cancelled", async () => {
  installed();
  const { github } = createWorld();
  const asked: number[] = [];
  const jobs = Array.from({ length: 30 }, (_, index) => ({
    id: index + 1,
    name: `job ${index}`,
    conclusion: "cancelled",
  }));
  jobsAre([...jobs, { id: 99, name: "the cause", conclusion: "failure" }]);
  nock(API)
    .persist()
    .get(/annotations/)
    .reply(function reply(uri) {
      asked.push(Number(/check-runs\/(\d+)/.exec(uri)?.[1]));
      return [200, [], DATE];
    });
  expect(await github.failedJobs(REPO, 42, 2)).toHaveLength(31);
  expect(asked).toHaveLength(10);
  expect(asked).toContain(99);
});
