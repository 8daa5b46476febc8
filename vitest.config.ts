import { configDefaults, defineConfig } from "vitest/config";

/** They put something of their own (nock) in the place of HTTP, which the whole process shares. */
const PATCHING = "test/github/**/*.test.ts";

export default defineConfig({
  test: {
    // The scenarios wait for servers and builds more than they compute: more of them at once than there are cores.
    maxWorkers: 4,
    globalSetup: ["test/postgresql/stop-server.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Reading the modules anew for each file would take as long as a third of the tests.
    isolate: false,
    projects: [
      {
        extends: true,
        test: { name: "shared", include: ["test/**/*.test.ts"], exclude: [...configDefaults.exclude, PATCHING] },
      },
      { extends: true, test: { name: "patching", include: [PATCHING] } },
    ],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/store/generated*/**"],
      reporter: ["text-summary", "html"],
    },
  },
});
