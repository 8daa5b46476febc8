/**
 * What requests and answers look like, by operation and by name; the tests send each of them to a real server, in this order.
 * They tell one story: the release v1.2.0 of acme/product, from its start to the end of its release run.
 */
import { artifactExamples } from "./artifact-examples.js";
import { commandExamples } from "./command-examples.js";
import { readingExamples } from "./reading-examples.js";
import { startExamples } from "./start-examples.js";
import { tokenExamples } from "./token-examples.js";

export interface Example {
  /** In the path and in the query. */
  parameters?: Readonly<Record<string, string | number>>;
  body?: object;
  status: number;
  /** Default: JSON, of an error as a problem. */
  type?: string;
  answer: unknown;
}

/** By operation, then by name. */
export type Examples = Readonly<Record<string, Readonly<Record<string, Example>>>>;

export const EXAMPLES: Examples = {
  ...startExamples,
  ...commandExamples,
  ...readingExamples,
  ...artifactExamples,
  ...tokenExamples,
};

/** The first of an operation. */
export function exampleOf(operationId: string | undefined): Example | undefined {
  return Object.values(EXAMPLES[operationId ?? ""] ?? {})[0];
}
