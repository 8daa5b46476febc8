/** The specifications of in-toto Statement v1, SLSA provenance v1 and DSSE as JSON schemas. */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { default as addFormats } from "ajv-formats";
import { expect } from "vitest";

function schema(name: string): object {
  return JSON.parse(readFileSync(new URL(`schemas/${name}.json`, import.meta.url), "utf8")) as object;
}

const ajv = new Ajv({ allErrors: true, strict: false });
addFormats.default(ajv);
const statement = ajv.compile(schema("in-toto-statement-v1"));
const provenance = ajv.compile(schema("slsa-provenance-v1"));
const envelope = ajv.compile(schema("dsse-envelope"));

/** Expects a statement, and its predicate, to be as the specifications say. */
export function expectStatement(value: unknown): void {
  expect([statement(value), statement.errors]).toEqual([true, null]);
  const { predicate } = value as { predicate: unknown };
  expect([provenance(predicate), provenance.errors]).toEqual([true, null]);
}

/** Expects one line of JSON that is an envelope; gives its payload as text, and its signatures. */
export function openEnvelope(text: string): { payload: string; signatures: { keyid: string; sig: string }[] } {
  expect(text).toMatch(/^[^\n]+\n$/);
  const value = JSON.parse(text) as { payload: string; signatures: { keyid: string; sig: string }[] };
  expect([envelope(value), envelope.errors]).toEqual([true, null]);
  return { payload: Buffer.from(value.payload, "base64").toString("utf8"), signatures: value.signatures };
}
