/** Puts what lives through histories into one file, the program's own sources with it: as they are, or with a planted bug. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";
import type { PlantedBug } from "./planted-bugs.js";

/** `root`: the folder of the project. Throws where the text that a bug replaces is not there, or not once. */
export async function bundleWorker(root: string, file: string, bug: PlantedBug | null): Promise<void> {
  const patches = new Map(bug?.patches.map((patch) => [join(root, patch.file), patch]));
  const planted = new Set<string>();
  const once = join(root, "test/simulation/parse-once.ts");
  const build = await rolldown({
    input: join(root, "test/simulation/worker.ts"),
    platform: "node",
    cwd: root,
    plugins: [
      {
        name: "parse-once",
        resolveId(source, importer) {
          if (importer === once || !/\/(parse-config|workflow-file)\.js$/.test(source)) return null;
          return { id: once };
        },
      },
      {
        name: "planted-bug",
        async load(id) {
          const patch = patches.get(id);
          if (patch === undefined) return null;
          const text = await readFile(id, "utf8");
          if (text.split(patch.find).length !== 2)
            throw new Error(
              `${patch.file} no longer has, once, the text that "${bug?.name ?? ""}" replaces: ${patch.find}`,
            );
          planted.add(id);
          return { code: text.replace(patch.find, () => patch.replace), moduleType: "ts" };
        },
      },
    ],
  });
  await build.write({ file, format: "esm" });
  await build.close();
  if (planted.size < patches.size)
    throw new Error(`"${bug?.name ?? ""}" patches a file that the simulation does not use`);
}
