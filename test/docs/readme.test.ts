import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ParsedConfig } from "../../src/chain/config.js";
import { groupGraph } from "../../src/chain/graph.js";
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import { acmeProduct } from "../../src/cli/demo-product.js";
import { createProgram } from "../../src/cli/program.js";
import { testIo } from "../cli/test-io.js";
import { readPage, ROOT, rows, section } from "./markdown.js";

const readme = readPage("README.md");
const demo = acmeProduct();

interface Manifest {
  version: string;
  engines: { node: string };
  scripts: Record<string, string>;
}
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;

function needsOf(text: string): Record<string, string[]> {
  const parsed: ParsedConfig = parseChainConfig(text, { file: "README.md", hubOwner: "acme" });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return Object.fromEntries(parsed.config.components.map(({ id, needs }) => [id, needs]));
}

const hub = demo.repositories.find(({ repo }) => repo === demo.hub);
const needs = needsOf(hub?.files[".github/release-chain.yml"] ?? "");

describe("README", () => {
  it.each(["demo", "test"])("names the command that runs the %s, and there is one", (script) => {
    const command = script === "test" ? "npm ci && npm test" : `npm ci && npm run ${script}`;
    expect(readme.blocks).toContainEqual({ language: "sh", text: command });
    expect(manifest.scripts).toHaveProperty(script);
  });

  it("asks for the Node that package.json asks for", () => {
    expect(readme.text).toContain(`Node ${manifest.engines.node.replace(/^>=|\.0$/g, "")} or later`);
  });

  it("draws the demo's chain, in its groups", () => {
    const picture = readme.blocks.find(({ language }) => language === "mermaid")?.text ?? "";
    const edges = [...picture.matchAll(/^ +(\w+) --> (\w+)$/gm)].map(
      ([, from, to]) => `${to ?? ""} needs ${from ?? ""}`,
    );
    const expected = Object.entries(needs).flatMap(([id, needed]) => needed.map((need) => `${id} needs ${need}`));
    expect(edges.sort()).toEqual(expected.sort());
    const groups = [...picture.matchAll(/subgraph \w+ \[group \d\]\n([\s\S]*?)\n {2}end/g)].map(([, body = ""]) =>
      body.trim().split(/\s+/).sort(),
    );
    const graph = Object.entries(needs).map(([id, needed]) => ({ id, needs: needed }));
    expect(groups).toEqual(groupGraph(graph).groups);
  });

  it("shows the demo's configuration and output", () => {
    expect(needsOf(readme.blocks.find(({ language }) => language === "yaml")?.text ?? "")).toEqual(needs);
    const output = readme.blocks.find(({ language }) => language === "text")?.text ?? "";
    expect(output).toContain(`${demo.hub}@${demo.tag} was built, verified and published`);
    const names = demo.repositories.flatMap(({ workflow }) => Object.keys(workflow?.artifact.files ?? {}));
    const checked = [...output.matchAll(/^(.+): OK$/gm)].map(([, name]) => name);
    expect(checked.filter((name) => !names.includes(name ?? ""))).toEqual([]);
    expect(checked.length).toBeGreaterThan(0);
  });

  it("lists every command there is, and no other", () => {
    const program = createProgram(
      testIo(),
      {
        version: "",
        mainPath: "",
        serve: () => Promise.resolve(0),
        parseConfig: (text, options) => Promise.resolve(parseChainConfig(text, options)),
        formatProblems: String,
      },
      () => undefined,
    );
    const listed = rows(section(readme, "Commands")).map(([command = ""]) => command.split(" ")[0] ?? "");
    expect(listed.sort()).toEqual(program.commands.map((command) => command.name()).sort());
    const named = [...readme.text.matchAll(/npx release-chain ([a-z]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !listed.includes(name))).toEqual([]);
  });
});

it("CHANGELOG has an entry for this version", () => {
  expect(readPage("CHANGELOG.md").text).toContain(`## [${manifest.version}]`);
});
