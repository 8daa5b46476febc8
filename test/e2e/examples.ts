/** Requests as the OpenAPI document's examples have them, for a server that gives other ids than the document. */
import { expect } from "vitest";
import type { Answer } from "../http/described-answers.js";
import { answerProblems } from "../http/described-answers.js";

interface Named {
  examples?: Record<string, { value: unknown } | undefined>;
}

interface Operation {
  operationId: string;
  parameters?: (Named & { name: string; in: string })[];
  requestBody?: { content: Record<string, Named> };
  responses: Record<string, { content?: Record<string, Named> }>;
}

export interface Document {
  paths: Record<string, Record<string, Operation>>;
}

/** An example of the document: a request, and what it is answered. */
export interface DocumentedExample {
  operationId: string;
  name: string;
  method: string;
  /** Parameters in their places; what the document calls by one id may be called otherwise here. */
  path: (called: (documented: unknown) => unknown) => string;
  body: unknown;
  status: number;
  type: string;
  answer: unknown;
}

/** Every example of a document. */
export function examplesOf(document: Document): DocumentedExample[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      Object.entries(operation.responses).flatMap(([status, { content = {} }]) =>
        Object.entries(content).flatMap(([type, { examples = {} }]) =>
          Object.entries(examples).map(([name, answer]) => {
            const asked = { operationId: operation.operationId, name, method: method.toUpperCase() };
            const body = operation.requestBody?.content["application/json"]?.examples?.[name]?.value;
            const place = (called: (documented: unknown) => unknown) => pathOf(path, operation, name, called);
            return { ...asked, path: place, body, status: Number(status), type, answer: answer?.value };
          }),
        ),
      ),
    ),
  );
}

function pathOf(template: string, { parameters = [] }: Operation, name: string, called: (value: unknown) => unknown) {
  const query = new URLSearchParams();
  let path = template;
  for (const parameter of parameters) {
    const documented = parameter.examples?.[name]?.value;
    if (documented === undefined) continue;
    const value = String(called(documented));
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else query.set(parameter.name, value);
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** Sends an example; the answer must be of the documented status and type, and as the document describes it. */
export async function replay(url: string, example: DocumentedExample, called: (value: unknown) => unknown) {
  const { method, body, type, status } = example;
  const path = example.path(called);
  const headers = { accept: type, "content-type": "application/json" };
  const says = body === undefined ? null : JSON.stringify(body, (_, value: unknown) => called(value));
  const fetched = await fetch(`${url}${path}`, { method, headers, body: says });
  const given = fetched.headers.get("content-type");
  const text = await fetched.text();
  const answer: Answer = { status: fetched.status, type: given, body: isJson(given) ? JSON.parse(text) : text };
  expect([`${method} ${path}`, answer.status, given?.split(";")[0], text]).toEqual([
    `${method} ${path}`,
    status,
    type,
    text,
  ]);
  expect(answerProblems(method, path, answer)).toEqual([]);
  return answer.body;
}

function isJson(type: string | null): boolean {
  return /\bjson\b/.test(type ?? "");
}
