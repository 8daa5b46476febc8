import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { layerProduct } from "../../src/cli/demo-layers.js";
import { runDemo } from "../../src/cli/demo.js";
import { testIo } from "./test-io.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "rc-layers-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function layer(folder: string, collection: string): Promise<void> {
  await mkdir(path.join(dir, folder, "conf"), { recursive: true });
  await writeFile(path.join(dir, folder, "conf", "layer.conf"), `BBFILE_COLLECTIONS += "${collection}"\n`);
}

describe("repositories from a folder of layers", () => {
  it("makes one a folder, in the order that the layers say", async () => {
    await layer("openembedded+openembedded-core/meta", "core");
    await layer("openembedded+openembedded-core/meta-skeleton", "skeleton");
    await layer("rauc+meta-rauc", "rauc");
    await layer("meta-mine", "core-mine");
    await mkdir(path.join(dir, "notes"));
    await writeFile(path.join(dir, "README.md"), "no repository");
    const { product, skipped } = await layerProduct(dir);
    expect(skipped).toEqual(["notes"]);
    const [hub, ...others] = product.repositories;
    expect(others.map(({ repo }) => repo)).toEqual([
      "acme/meta-mine",
      "openembedded/openembedded-core",
      "rauc/meta-rauc",
    ]);
    expect(Object.keys(others[1]?.files ?? {}).sort()).toEqual([
      ".github/workflows/build.yml",
      "meta-skeleton/conf/layer.conf",
      "meta/conf/layer.conf",
    ]);
    expect(others[2]?.files["conf/layer.conf"]).toBe('BBFILE_COLLECTIONS += "rauc"\n');
    expect(parse(hub?.files[".github/release-chain.yml"] ?? "")).toEqual({
      version: 1,
      graph: { series: "warn", ambiguous: "warn" },
      components: [
        { id: "meta-mine", repo: "acme/meta-mine" },
        { id: "openembedded-core", repo: "openembedded/openembedded-core" },
        { id: "meta-rauc", repo: "rauc/meta-rauc" },
      ],
    });
  });

  it("tells two of the same name apart", async () => {
    await layer("a+meta-x", "x");
    await layer("b+meta-x", "x2");
    const { product } = await layerProduct(dir);
    expect(product.repositories[0]?.files[".github/release-chain.yml"]).toBe(
      'version: 1\ngraph: {series: warn, ambiguous: warn}\ncomponents:\n  - {id: "a-meta-x", repo: "a/meta-x"}\n  - {id: "b-meta-x", repo: "b/meta-x"}\n',
    );
  });

  it.each([
    ["no layers", ".", "holds no layers"],
    ["no folder", "missing", "There is no folder"],
    ["a file", "file", "is no folder"],
  ])("is wrong use of %s", async (_what, name, words) => {
    await writeFile(path.join(dir, "file"), "");
    const io = testIo({ cwd: dir });
    await expect(runDemo({ keep: false, from: name, mainPath: "/nowhere" }, io)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(words) as string,
    });
  });

  it.each([[["my layer"]], [["product"]], [["meta-x", "acme+meta-x"]]])(
    "is wrong use of folders named %j",
    async (names) => {
      for (const name of names) await layer(name, "x");
      await expect(layerProduct(dir)).rejects.toMatchObject({ exitCode: 2 });
    },
  );
});
