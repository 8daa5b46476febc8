import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // The scenarios wait for servers and builds more than they compute: more of them at once than there are cores.
    maxWorkers: 4,
    setupFiles: ["test/property-seed.ts"],
    globalSetup: ["test/postgresql/stop-server.ts"],
    // Generous, for machines with much else to do: a wait ends with what it waits for.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 90_000 } },
    // Reading the modules anew for each file would take as long as a third of the tests.
    isolate: false,
    include: ["test/**/*.test.ts"],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/store/generated*/**"],
      reporter: ["text-summary", "html"],
    },
  },
});
