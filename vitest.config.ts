import { configDefaults, defineConfig } from "vitest/config";

/** They put something of their own in the place of what the whole process shares: HTTP (nock), timers, the environment. */
const PATCHING = ["github", "queue", "coordinator", "cli"].map((folder) => `test/${folder}/**/*.test.ts`);

const ALL = ["test/**/*.test.ts"];

export default defineConfig({
  test: {
    // The scenarios wait for servers and builds more than they compute: more of them at once than there are cores.
    maxWorkers: 4,
    globalSetup: ["test/postgresql/stop-server.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      // Reading the modules anew for each file would take as long as a third of the tests.
      {
        extends: true,
        test: { name: "shared", isolate: false, include: ALL, exclude: [...configDefaults.exclude, ...PATCHING] },
      },
      { extends: true, test: { name: "patching", include: PATCHING } },
    ],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/store/generated*/**"],
      reporter: ["text-summary", "html"],
    },
  },
});
