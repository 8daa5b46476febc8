import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { readPage, readPages, ROOT } from "./markdown.js";

const pages = readPages();

describe("links", () => {
  it.each(pages.map((page) => [page.path, page] as const))("of %s lead somewhere", (_, page) => {
    const broken = page.links.filter((link) => {
      if (/^(https?|mailto):/.test(link)) return false;
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page.path : relative(ROOT, join(ROOT, dirname(page.path), path));
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !readPage(target).anchors.has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("lead from README to every page, by way of others", () => {
    const seen = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path) || !pages.some((page) => page.path === path)) return;
      seen.add(path);
      for (const link of readPage(path).links) visit(join(dirname(path), link.split("#")[0] ?? ""));
    };
    visit("README.md");
    expect([...seen].sort()).toEqual(pages.map(({ path }) => path));
  });
});

describe("paths", () => {
  it.each(pages.map((page) => [page.path, page] as const))("of our folders in %s are there", (_, page) => {
    const named = [...page.prose.matchAll(/`((?:src|test|prisma|bench|docs)\/[\w./-]*)`/g)].map(
      ([, path = ""]) => path,
    );
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it("of every folder of src are in architecture.md", () => {
    const { prose } = readPage("docs/architecture.md");
    const folders = ["chain", "coordinator", "github", "artifacts", "store", "queue", "http", "cli", "sandbox"];
    expect(folders.filter((folder) => !prose.includes(`\`src/${folder}/\``))).toEqual([]);
  });
});
