/** Where `npm run build` puts what is not loaded as a module of the program: for the browser, and for threads. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A file or folder of `dist/http/dashboard`, in the package that this module lies in, built or not. Throws where it was not built. */
export function builtPath(name: string): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const found = join(folder, "dist", "http", "dashboard", name);
    if (existsSync(found)) return found;
    if (dirname(folder) === folder)
      throw new Error(`No dist/http/dashboard/${name} in ${start} or above it: run npm run build.`);
  }
}
