import { defineConfig } from "rolldown";

/** Packages whose many modules the program loads at its start; the others stay where npm put them (docs/decisions/0067). */
const INLINED = ["@hono", "@libsql", "@octokit", "@prisma", "@probot", "hono", "probot", "prom-client", "yaml", "zod"];

function isExternal(id: string): boolean {
  if (id.startsWith(".") || id.startsWith("/")) return false;
  return !INLINED.some((name) => id === name || id.startsWith(`${name}/`));
}

export default defineConfig({
  input: {
    main: "src/main.ts",
    // A thread begins with a file of its own.
    "http/dashboard/layout-thread": "src/http/dashboard/layout-thread.ts",
  },
  platform: "node",
  external: isExternal,
  tsconfig: "tsconfig.json",
  output: { dir: "dist", cleanDir: true, entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
});
