/** A log whose lines can be looked at. */
import { createLog } from "../../src/http/log.js";

export interface LogLines {
  lines: Record<string, unknown>[];
  text: () => string;
}

/** A real log that writes into memory. */
export function memoryLog(secrets: string[] = []): LogLines & { log: ReturnType<typeof createLog> } {
  const written: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    level: "debug",
    format: "json",
    secrets,
    destination: {
      write(line) {
        written.push(line);
        lines.push(JSON.parse(line) as Record<string, unknown>);
      },
    },
  });
  return { log, lines, text: () => written.join("") };
}
