/** The dashboard's style sheet and script: read once, served under names that change with their content. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { builtPath } from "./built.js";

const FILES = [
  { file: "dashboard.css", type: "text/css; charset=utf-8" },
  { file: "live.js", type: "text/javascript; charset=utf-8" },
] as const;

export interface Asset {
  type: string;
  content: string;
}

export interface Assets {
  /** Addresses for the head of a page: `/assets/dashboard.0a1b2c3d4e.css`. */
  style: string;
  script: string;
  /** By the last part of such an address; null: there is none of this name. */
  find(name: string): Asset | null;
}

/** Reads them at the first call and keeps them. */
export function openAssets(folder?: string): () => Assets {
  let assets: Assets | null = null;
  return () => (assets ??= readAssets(folder ?? builtPath("browser")));
}

/** Throws where the folder lacks one. */
function readAssets(folder: string): Assets {
  const named = new Map<string, Asset>();
  const [style = "", script = ""] = FILES.map(({ file, type }) => {
    const content = readFileSync(join(folder, file), "utf8");
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
    const name = file.replace(".", `.${hash}.`);
    named.set(name, { type, content });
    return `/assets/${name}`;
  });
  return { style, script, find: (name) => named.get(name) ?? null };
}
