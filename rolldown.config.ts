import { isBuiltin } from "node:module";
import path from "node:path";
import { defineConfig, type Plugin } from "rolldown";

/** Packages whose many modules the program loads at its start; the others stay where npm put them (docs/decisions/0067). */
const INLINED = ["@hono", "@libsql", "@octokit", "@prisma", "@probot", "hono", "probot", "prom-client", "yaml", "zod"];

/** Where an import that begins in the program's own folder is looked for. */
const HERE = path.resolve("package.json");

/** An inlined package may have a version of its own of what it imports, which the program would not find from `dist`: inlined, too. */
const externals: Plugin = {
  name: "externals",
  async resolveId(id, importer) {
    if (id.startsWith(".") || path.isAbsolute(id) || isBuiltin(id)) return null;
    if (INLINED.some((name) => id === name || id.startsWith(`${name}/`))) return null;
    const [wanted, found] = await Promise.all(
      [importer, HERE].map((from) => this.resolve(id, from, { skipSelf: true })),
    );
    return wanted?.id === found?.id ? { id, external: true } : null;
  },
};

export default defineConfig({
  input: {
    main: "src/main.ts",
    // A thread begins with a file of its own.
    "http/dashboard/layout-thread": "src/http/dashboard/layout-thread.ts",
  },
  platform: "node",
  plugins: [externals],
  tsconfig: "tsconfig.json",
  output: { dir: "dist", cleanDir: true, entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
});
