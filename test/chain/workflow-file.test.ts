import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readWorkflowFile, type WorkflowFile } from "../../src/chain/workflow-file.js";

function read(text: string): WorkflowFile {
  const file = readWorkflowFile(text);
  if ("error" in file) throw new Error(file.error);
  return file;
}

describe("listensTo", () => {
  test.each([
    ["on: repository_dispatch", true, false],
    ["on: [push, repository_dispatch]", true, false],
    ["on:\n  repository_dispatch:\n", true, false],
    ["on: {repository_dispatch: {types: null}}", true, false],
    ["on: {repository_dispatch: {types: build-chain}}", true, false],
    ["on: {repository_dispatch: {types: [other, build-chain]}}", true, false],
    ["on: {repository_dispatch: {types: [other]}}", false, false],
    ["on: {repository_dispatch: {types: []}}", false, false],
    ["on: {workflow_dispatch: }", false, true],
    ["'on': [workflow_dispatch, repository_dispatch]", true, true],
    ["%YAML 1.1\n---\non: workflow_dispatch", false, true],
    ["on: push", false, false],
    ["on: [3, null, {repository_dispatch: {}}]", false, false],
  ])("%s", (text, repositoryDispatch, workflowDispatch) => {
    const file = read(`${text}\njobs: {}\n`);
    expect(file.listensTo("repository_dispatch", "build-chain")).toBe(repositoryDispatch);
    expect(file.listensTo("workflow_dispatch", "build-chain")).toBe(workflowDispatch);
  });
});

test.each([
  ["on: push\nenv: {SHA: '${{ github.event.client_payload.source.sha }}'}", true],
  ["on: push\nenv: {SHA: \"${{ github.event.client_payload['source'].sha }}\"}", true],
  ["on: {workflow_dispatch: {inputs: {source: {type: string}}}}", true],
  ["on: {workflow_dispatch: {inputs: {release-chain: }}}", true],
  ["on: {workflow_dispatch: {inputs: {machine: }}}", false],
  ["on: push\nenv: {X: '${{ github.event.client_payload.sources }}'}", false],
])("mentionsSource: %s", (text, expected) => {
  expect(read(text).mentionsSource).toBe(expected);
});

test.each([
  ["run-name: 'build [${{ github.event.client_payload.chain.dispatch_id }}]'", true],
  ["run-name: \"${{ fromJSON(inputs['release-chain']).chain.dispatch_id }}\"", true],
  ["run-name: dispatch_id", false],
  ["env: {X: '${{ github.event.client_payload.chain.dispatch_id }}'}", false],
])("echoesDispatchId: %s", (text, expected) => {
  expect(read(`on: push\n${text}\n`).echoesDispatchId).toBe(expected);
});

test("declaredInputs", () => {
  expect(read("on: {workflow_dispatch: {inputs: {machine: {type: string}, 2: }}}").declaredInputs.sort()).toEqual([
    "2",
    "machine",
  ]);
  expect(read("on: {workflow_dispatch: {inputs: [a]}}").declaredInputs).toEqual([]);
});

test.each([
  ["", /not a mapping/],
  ["- on", /not a mapping/],
  ["jobs: {}", /names no events/],
  ["on: 3", /names no events/],
  ["on: [push\n", /line 2, column 1: not valid YAML/],
  ["on: push\non: pull_request", /line 2, column 1: .*given twice/],
  ["on: *x", /alias/],
  ["\0", /binary/],
])("refuses %j", (text, error) => {
  expect(readWorkflowFile(text)).toEqual({ error: expect.stringMatching(error) as unknown });
});

test("never throws", () => {
  const piece = fc.constantFrom(
    "on",
    ":",
    " ",
    "\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "types",
    "inputs",
    "repository_dispatch",
    "?",
    "|",
    "'",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join("")),
      ),
      (text) => {
        const file = readWorkflowFile(text);
        if (!("error" in file)) expect(typeof file.listensTo("repository_dispatch", "build-chain")).toBe("boolean");
      },
    ),
    { numRuns: 500 },
  );
});
