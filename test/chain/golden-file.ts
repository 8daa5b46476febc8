import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";

/** Compares with a file of the repository; with UPDATE_GOLDEN=1 in the environment writes it instead. */
export function expectGolden(path: string, actual: string): void {
  const url = new URL(`../../${path}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(url, actual);
  expect(actual).toBe(readFileSync(url, "utf8"));
}

export function readGolden(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}
