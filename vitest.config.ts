import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The scenarios wait for servers and builds more than they compute: more of them at once than there are cores.
    maxWorkers: 4,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/store/generated/**"],
      reporter: ["text-summary", "html"],
    },
  },
});
