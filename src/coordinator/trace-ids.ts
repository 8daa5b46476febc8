/** Ids of OpenTelemetry, derived from names: who tells a span again, tells the same. */
import { createHash } from "node:crypto";

/** 32 hex digits. `trace`: the id of a release run, or the GUID of a delivery. */
export function traceIdOf(trace: string): string {
  return hex(`release-chain trace ${trace}`, 32);
}

/** 16 hex digits. */
export function spanIdOf(trace: string, key: string): string {
  return hex(`release-chain span ${trace} ${key}`, 16);
}

/** A SHA-256 whose first 8 bytes are all zero, which would be no id, will not be met. */
function hex(name: string, digits: number): string {
  return createHash("sha256").update(name).digest("hex").slice(0, digits);
}
