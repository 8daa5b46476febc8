import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { duringWork } from "../../src/coordinator/work.js";
import { createLog } from "../../src/http/log.js";
import { createRedactor } from "../../src/http/redact.js";
import { memoryLog } from "./memory-log.js";
import { privateKey } from "./fake-app.js";

function written(
  format: "json" | "pretty",
  secrets: string[],
  use: (log: ReturnType<typeof createLog>) => void,
): string {
  const lines: string[] = [];
  use(createLog({ level: "info", format, secrets, destination: { write: (line) => lines.push(line) } }));
  return lines.join("");
}

describe("json", () => {
  it("has time, level, message and fields, also those of a child", () => {
    const { log, lines } = memoryLog();
    log.child({ runId: "r1" }).warn({ component: "a", attempt: 2 }, "It failed.");
    expect(lines).toEqual([
      {
        level: "warn",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        runId: "r1",
        component: "a",
        attempt: 2,
        msg: "It failed.",
      },
    ]);
  });

  it("says what the work in hand is about, and its trace, unless the line itself knows better", async () => {
    const lines: Record<string, unknown>[] = [];
    const destination = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
    const log = createLog({ level: "info", format: "json", traceIdOf: (runId) => `trace of ${runId}`, destination });
    const facts = { runId: "r1", component: "a", attempt: 2 };
    await duringWork(facts, async () => {
      await Promise.resolve();
      log.info({}, "one");
      log.child({ part: "x" }).info({ component: "b", runId: "r2" }, "two");
      duringWork({ delivery: "d1" }, () => {
        log.info({}, "three");
      });
    });
    log.info({ runId: "r3" }, "four");
    const common = { time: expect.any(String) as string, level: "info" };
    expect(lines).toEqual([
      { ...common, ...facts, traceId: "trace of r1", msg: "one" },
      { ...common, part: "x", ...facts, component: "b", runId: "r2", traceId: "trace of r2", msg: "two" },
      { ...common, delivery: "d1", msg: "three" },
      { ...common, runId: "r3", traceId: "trace of r3", msg: "four" },
    ]);
    const line = written("pretty", [], (pretty) => {
      duringWork(facts, () => {
        pretty.info({}, "It is so.");
      });
    });
    expect(line).toMatch(/^[\d:.]+ INFO {2}It is so\. runId=r1 component=a attempt=2\n$/);
  });

  it("leaves out what is below the level", () => {
    expect(
      written("json", [], (log) => {
        log.debug({}, "no");
      }),
    ).toBe("");
  });

  it("writes errors with their causes, and not what Octokit hangs on them", () => {
    const { log, lines, text } = memoryLog();
    const inner = Object.assign(new Error("inner"), { code: "ECONNRESET" });
    const error = Object.assign(new Error("outer", { cause: inner }), {
      status: 502,
      request: { headers: { authorization: "token ghs_whatever" }, body: "private-words" },
      response: { data: "private-words" },
      event: { payload: "private-words" },
    });
    log.error(new AggregateError([error], "all"));
    expect(lines[0]).toMatchObject({
      msg: "all",
      err: {
        type: "AggregateError",
        errors: [{ message: "outer", status: 502, cause: { message: "inner", code: "ECONNRESET" } }],
      },
    });
    expect(text()).not.toMatch(/private-words|ghs_whatever/);
  });

  it("ends with a cause that is its own", () => {
    const { log, lines } = memoryLog();
    const error = new Error("round");
    error.cause = error;
    log.error({ err: error }, "x");
    expect(lines).toHaveLength(1);
  });
});

describe("secrets", () => {
  it("never appear, wherever they are put", () => {
    const secret = fc.string({ minLength: 6, unit: "grapheme" }).filter((text) => text.trim().length >= 6);
    const place = fc.constantFrom("message", "field", "nested", "error", "cause", "list");
    fc.assert(
      fc.property(secret, place, fc.constantFrom("json" as const, "pretty" as const), (hidden, where, format) => {
        const text = written(format, [hidden], (log) => {
          const inner = `before ${hidden} after`;
          if (where === "message") log.info({}, inner);
          if (where === "field") log.info({ field: inner }, "m");
          if (where === "nested") log.info({ a: { b: { c: inner } } }, "m");
          if (where === "list") log.info({ a: [[inner]] }, "m");
          if (where === "error") log.info({ err: new Error(inner) }, "m");
          if (where === "cause") log.info({ err: new Error("m", { cause: new Error(inner) }) }, "m");
        });
        expect(text).not.toContain(hidden);
        expect(text).not.toContain(JSON.stringify(hidden).slice(1, -1));
        expect(text).toContain("[redacted]");
      }),
    );
  });

  it("a private key is hidden whole, folded, and line by line", () => {
    const redact = createRedactor([privateKey]);
    const [, secondLine = ""] = privateKey.split("\n");
    for (const text of [privateKey, privateKey.replaceAll("\n", "\\n"), `line: ${secondLine}`]) {
      expect(redact(JSON.stringify({ msg: text }))).not.toContain(secondLine);
    }
  });

  it("a token of the server is hidden wherever it stands, though nobody named it", () => {
    const token = `rct_${"aB3_".repeat(12)}`;
    for (const value of [token, `GET /x?t=${token}&y`, { deep: [`token:${token}`] }]) {
      const line = createRedactor([])(JSON.stringify({ value }));
      expect([line.includes(token), line.includes("[redacted]")]).toEqual([false, true]);
    }
  });

  it("leave the line JSON, whatever they are", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.jsonValue(), (secret, value) => {
        const line = JSON.stringify({ level: "info", value });
        expect(() => {
          JSON.parse(createRedactor([secret])(line));
        }).not.toThrow();
      }),
    );
  });

  it.each([
    ["authorization: Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "eyJhbGciOiJSUzI1NiJ9"],
    ["sent `Authorization: token ghs_1234567890abcdef`", "ghs_1234567890abcdef"],
    ["clone https://x-access-token:ghs_abc@github.com/a/b failed", "ghs_abc"],
    ["postgresql://chain:hunter2@db/chain", "hunter2"],
  ])("are known by their form in: %s", (message, hidden) => {
    const text = written("json", [], (log) => {
      log.info({}, message);
    });
    expect(text).not.toContain(hidden);
    expect(text).toContain("[redacted]");
  });

  it.each(["authorization", "Authorization", "cookie", "x-hub-signature-256", "privateKey", "password"])(
    "are known by the key %s",
    (key) => {
      const text = written("json", [], (log) => {
        log.info({ headers: { [key]: "opaque", other: "kept" } }, "m");
      });
      expect(text).not.toContain("opaque");
      expect(text).toContain("kept");
    },
  );
});

describe("pretty", () => {
  function pretty(use: (log: ReturnType<typeof createLog>) => void): string {
    return written("pretty", [], use).replace(/^\d\d:\d\d:\d\d\.\d{3}/gm, "12:34:56.789");
  }

  it("is one line a person can read", () => {
    const text = pretty((log) => {
      log.info({ runId: "r-1", component: "meta-acme", why: "two words", n: 3 }, "The build began.");
      log.warn("Only words.");
    });
    expect(text).toBe(
      '12:34:56.789 INFO  The build began. runId=r-1 component=meta-acme why="two words" n=3\n' +
        "12:34:56.789 WARN  Only words.\n",
    );
  });

  it("shows an error with its causes below", () => {
    const text = pretty((log) => {
      log.error({ err: new Error("outer", { cause: new Error("inner") }) }, "Failed.");
    });
    expect(text).toMatch(
      /^12:34:56\.789 ERROR Failed\.\n {4}Error: outer\n {8}at [\s\S]+\n {4}because: Error: inner\n/,
    );
  });

  it("does not let what others wrote steer the terminal", () => {
    const text = pretty((log) => {
      log.info({ tag: "\u001b[2J\u202e" }, "bell \u0007, fake\n12:34:56.789 INFO  line");
    });
    expect(text).toBe('12:34:56.789 INFO  bell \\u0007, fake\\u000a12:34:56.789 INFO  line tag="\\u001b[2J\\u202e"\n');
  });
});
