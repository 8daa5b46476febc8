import type { AccessStore } from "../coordinator/access-port.js";
import { auditStore } from "./access-audit.js";
import { hubQuestions } from "./access-hubs.js";
import type { Use } from "./prisma-use.js";

/** What is kept of people and programs that may ask, and of what they did. */
export function accessStore(use: Use): AccessStore {
  return { audit: auditStore(use), hubs: hubQuestions(use) };
}
