import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { createLog } from "../src/http/log.js";
import { endOnUnexpected } from "../src/run-server.js";

describe("endOnUnexpected", () => {
  it.each(["uncaughtException", "unhandledRejection"])(
    "logs what nobody caught (%s) without secrets, and ends",
    (event) => {
      const lines: string[] = [];
      const process = new EventEmitter();
      let ends = 0;
      const destination = { write: (line: string) => lines.push(line) };
      endOnUnexpected(
        process,
        createLog({ level: "info", format: "json", secrets: ["s3cret"], destination }),
        () => ends++,
      );
      process.emit(event, new Error("broken by s3cret"));
      expect(ends).toBe(1);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain("Start it again");
      expect(JSON.parse(lines[0] ?? "")).toMatchObject({
        level: "error",
        event,
        err: { message: "broken by [redacted]" },
      });
    },
  );
});
