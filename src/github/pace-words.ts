/** Why a request does not go yet, for people. */
import type { Hold, PaceLimits, Usage } from "./pace-limits.js";

export function holdWords({ why }: Hold, usage: Usage, limits: PaceLimits): string {
  const { writesPerMinute, writesPerHour, reservedWrites, writeBurst, pointsPerMinute, inFlight } = limits;
  switch (why) {
    case "asked":
      return `GitHub asked to wait (${usage.pause.limit === "hourly" ? "hourly budget of requests" : "secondary rate limit"})`;
    case "budget": {
      const { limit = 0, remaining = 0 } = usage.budget ?? {};
      const but = remaining > 0 ? " but for the reserve for publishing" : "";
      return `the hourly budget of ${counted(limit)} requests is used up${but}`;
    }
    case "minute":
      return `${counted(writesPerMinute)} content-creating requests a minute are used up`;
    case "hour": {
      const all = `${counted(writesPerHour)} content-creating requests an hour`;
      if (usage.created.length >= writesPerHour) return `${all} are used up`;
      return `${counted(writesPerHour - reservedWrites)} of ${all} are used up, the others are kept for publishing`;
    }
    case "burst":
      return `no more than ${counted(writeBurst)} content-creating requests go at once`;
    case "points":
      return `${counted(pointsPerMinute)} points a minute (reading 1, writing 5) are used up`;
    case "in-flight":
      return `${counted(inFlight)} requests have no answer yet`;
  }
}

/** 5,000 */
function counted(number: number): string {
  return number.toLocaleString("en-US");
}
