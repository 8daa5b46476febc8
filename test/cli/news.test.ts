import { getEventListeners } from "node:events";
import { afterEach, expect, it, vi } from "vitest";
import { listen } from "../../src/cli/news.js";

afterEach(() => {
  vi.useRealTimers();
});

it("leaves nothing behind of its tries while the server is away", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { signal } = new AbortController();
  listen({ kind: "socket", path: "/nowhere/control.sock" }, "01jx8r0v5k", { now: () => 0 }, signal);
  for (let tries = 0; tries < 12; tries++) {
    while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
    vi.runOnlyPendingTimers();
  }
  // That of the try that goes on.
  expect(getEventListeners(signal, "abort").length).toBeLessThan(3);
});
