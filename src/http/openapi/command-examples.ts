/** Examples of command-routes.ts, in an order in which each of them has something to do. */
import { buildingRun, cancelledRun, ofRun, problem, TWIN_RUN_ID } from "./example-values.js";

const done = { status: 200, answer: { ...buildingRun, changed: true, detail: null } };
const of = (component: string) => ({ ...ofRun, component });

export const commandExamples = {
  adoptWorkflowRun: {
    adopted: { parameters: of("twin"), body: { workflowRunId: TWIN_RUN_ID }, ...done },
    unknown: {
      parameters: of("base"),
      body: { workflowRunId: 1 },
      ...problem(
        409,
        "Conflict",
        "not-possible",
        "base is completed: the workflow run of its attempt is known, and nothing is to be adopted.",
        { code: "component_succeeded" },
      ),
    },
  },
  cancelComponent: { cancelled: { parameters: of("extra"), body: {}, ...done } },
  cancelRun: {
    cancelled: { parameters: ofRun, body: {}, ...done },
    already: {
      parameters: ofRun,
      body: {},
      status: 200,
      answer: { ...cancelledRun, changed: false, detail: "It has ended: cancelled." },
    },
  },
  retryRun: { again: { parameters: ofRun, body: {}, ...done } },
  retryComponent: { again: { parameters: of("docs"), body: {}, ...done } },
  skipComponent: {
    skipped: { parameters: of("docs"), body: {}, ...done },
    nothing: {
      parameters: of("nothing"),
      body: {},
      ...problem(
        404,
        "Not Found",
        "not-found",
        `Release run ${ofRun.id} has no component "nothing". It has base, twin, docs, extra.`,
      ),
    },
  },
};
