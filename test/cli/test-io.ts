import type { CliIo } from "../../src/cli/cli-io.js";

export interface TestIo extends CliIo {
  /** All that was written so far. */
  out(): string;
  err(): string;
  /** As Ctrl-C would. */
  interrupt(): void;
}

/** A command line's surroundings without a process. */
export function testIo(overrides: Partial<CliIo> = {}): TestIo {
  let out = "";
  let err = "";
  const listeners = new Set<() => void>();
  return {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    stdin: () => Promise.resolve(""),
    isTerminal: false,
    columns: undefined,
    rows: undefined,
    env: {},
    cwd: "/nowhere",
    now: () => Date.parse("2026-03-01T10:00:12.300Z"),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      }),
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...overrides,
    out: () => out,
    err: () => err,
    interrupt: () => {
      for (const listener of listeners) listener();
    },
  };
}
