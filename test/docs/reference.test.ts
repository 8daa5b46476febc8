/** What the pages say of the program is what the program does. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FAILURE_CLASSES } from "../../src/chain/config.js";
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import { readWorkflowFile } from "../../src/chain/workflow-file.js";
import { readPage, readPages, ROOT, rows, section } from "./markdown.js";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** The text of all files below a folder of the source. */
function sources(...folders: string[]): string {
  return folders
    .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`))
    .filter((path) => path.endsWith(".ts"))
    .map(read)
    .join("\n");
}

function all(text: string, pattern: RegExp): string[] {
  const found = [...text.matchAll(pattern)].flatMap(([, ...groups]) => groups as (string | undefined)[]);
  return [...new Set(found.filter((name) => name !== undefined))].sort();
}

const first = (cells: string[][]): string[] => cells.map(([cell = ""]) => cell).sort();

const troubleshooting = readPage("docs/troubleshooting.md");

describe("troubleshooting.md", () => {
  const planning =
    sources("src/coordinator") +
    [
      "make-plan",
      "plan-component",
      "plan-target",
      "component-tags",
      "plan-graph",
      "preflight",
      "preflight-payload",
      "disk-budget",
      "lock/source-lock",
    ]
      .map((name) => read(`src/chain/${name}.ts`))
      .join("\n");
  const codes = [
    ...all(planning, /\bcode: (?:[\w.]+ \? )?"([a-z_]+)"(?: : "([a-z_]+)")?/g),
    ...all(planning, /\b(?:refused|PublishError)\(\s*"([a-z_]+)"/g),
    ...all(
      sources("src/coordinator", "src/chain"),
      /(?:\breason = |\breason: |\bBY_HAND = |failedForGood\(\s*deps,\s*)[`"]([a-z_]+): /g,
    ),
  ];
  const onlyNotes = [
    ...["builds_default_branch", "no_release", "no_tag", "kept_commits", "lock_other_hub", "lock_extra"],
    ...["no_dispatch_id", "concurrency", "bundled", "layer_conf", "public_url", "disk_budget", "unknown_target"],
    "not_shown",
  ];
  /** Reasons that the configuration can make notes of. */
  const judged = ["ambiguous", "layer_version", "series", "unresolved"];
  const notes = [...onlyNotes, ...judged];
  const onlyOfStart = ["hub_not_allowed", "author_unknown"];
  const commands = read("src/chain/commands.ts") + read("src/coordinator/command-run.ts");
  const onlyOfCommands = [
    ...all(commands, /\bcode: "([a-z_]+)"/g),
    ...all(commands, /\brefused\(\s*"([a-z_]+)"/g),
  ].sort();

  it("explains every reason, and no other", () => {
    const reasons = new Set(codes.filter((code) => ![...onlyNotes, ...onlyOfStart, ...onlyOfCommands].includes(code)));
    expect(reasons.size).toBeGreaterThan(20);
    expect(first(rows(section(troubleshooting, "Why a release run ended")))).toEqual([...reasons].sort());
    for (const code of onlyOfStart) expect(troubleshooting.text).toContain(`\`${code}\``);
  });

  it("explains every refusal of a command", () => {
    expect(onlyOfCommands.length).toBeGreaterThan(8);
    expect(first(rows(section(troubleshooting, "What a command is refused for")))).toEqual(onlyOfCommands);
  });

  it("explains every note of a plan", () => {
    expect(codes).toEqual(expect.arrayContaining(notes));
    expect(first(rows(section(troubleshooting, "What a plan notes")))).toEqual(notes.sort());
  });

  it("explains every failure class, and says which are tried again", () => {
    const classes = rows(section(troubleshooting, "Why a component failed"));
    expect(first(classes)).toEqual([...FAILURE_CLASSES].sort());
    const parsed = parseChainConfig("version: 1\ncomponents: [{repo: a}]\n", { file: "", hubOwner: "acme" });
    const retried = parsed.ok ? (parsed.config.components[0]?.retry.on ?? []) : [];
    expect(
      classes
        .filter(([, , again = ""]) => again.startsWith("yes"))
        .map(([name]) => name)
        .sort(),
    ).toEqual([...retried].sort());
  });

  it("explains every error of the store", () => {
    const union = /type StoreErrorCode =([^;]+);/.exec(read("src/store/store-error.ts"))?.[1] ?? "";
    const text = section(troubleshooting, "The server does not start");
    expect(all(union, /"([a-z_]+)"/g).filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
    expect(first(rows(text)).filter((code) => !union.includes(`"${code}"`))).toEqual([]);
  });

  it("explains every problem of the API", () => {
    const union = /type ProblemCode =([^;]+);/.exec(read("src/http/problem.ts"))?.[1] ?? "";
    expect(first(rows(section(troubleshooting, "The API's errors")))).toEqual(all(union, /"([a-z-]+)"/g));
  });

  it("quotes sentences that there are, with … for what is filled in", () => {
    const spoken = ["explain", "explain-attempt", "explain-run", "decide", "words"]
      .map((name) => read(`src/chain/${name}.ts`))
      .join("");
    const sentences = first(rows(section(troubleshooting, "Why does my component wait?")));
    const pieces = sentences.flatMap((text) => text.split("…")).map((piece) => piece.trim());
    expect(sentences.length).toBeGreaterThan(10);
    expect(pieces.filter((piece) => !spoken.includes(piece))).toEqual([]);
  });
});

describe("operating.md", () => {
  it("has every variable that is read, with its default as in .env.example", () => {
    const table = rows(section(readPage("docs/operating.md"), "Environment"));
    const example = [...read(".env.example").matchAll(/^(#?)([A-Z_]+)=(.*)$/gm)].map(([, unset, name = "", value]) => [
      name,
      unset === "#" ? "unset" : (value ?? ""),
    ]);
    expect(table.map(([name = "", value = ""]) => [name, value])).toEqual(example);
    const settings = read("src/settings.ts");
    const reads = all(
      settings,
      /reader\.(?:text|secret|integer|choice|duration|size|globs|noticeTargets)\(\s*"([A-Z_]+)"/g,
    );
    expect(first(table)).toEqual(reads);
  });
});

describe("Dockerfile", () => {
  const text = read("Dockerfile");

  it("copies all that the package consists of", () => {
    const { files } = JSON.parse(read("package.json")) as { files: string[] };
    const copied = all(text, /^COPY --from=build (.+) \S+$/gm).flatMap((paths) => paths.split(" "));
    const needed = ["package.json", "node_modules", ...files].map((path) => `/build/${path}`);
    expect(copied.sort()).toEqual(needed.sort());
    const ignored = read(".dockerignore").split("\n");
    expect(files.filter((path) => path !== "dist" && ignored.includes(path))).toEqual([]);
  });

  it("starts node as npm start and operating.md do, with flags that node takes", () => {
    const [, entry = "[]"] = /^ENTRYPOINT (.+)$/m.exec(text) ?? [];
    const [node, ...rest] = JSON.parse(entry) as string[];
    const flags = rest.filter((word) => word.startsWith("--"));
    expect(flags).toHaveLength(2);
    const { scripts } = JSON.parse(read("package.json")) as { scripts: { start: string } };
    expect(scripts.start).toBe(`${node} ${flags.join(" ")} dist/main.js serve`);
    const memory = section(readPage("docs/operating.md"), "Memory");
    expect(memory).toContain(`${node} ${flags.join(" ")} `);
    expect(all(text, /(MALLOC_\w+=\d+)/g).filter((setting) => !memory.includes(setting))).toEqual([]);
    expect(execFileSync(process.execPath, [...flags, "--version"], { encoding: "utf8" })).toBe(`${process.version}\n`);
  });

  it("keeps everything in its volume", () => {
    expect(text).toMatch(/DATA_DIR=\/data\b[\s\S]*DATABASE_URL=file:\/data\/[\s\S]*WORKDIR \/data\nVOLUME \/data\n/);
  });
});

describe("security.md", () => {
  const items = [...readPage("docs/security.md").prose.matchAll(/^- `(test\/[\w./-]+)`: ((?:"[^"]+",?\s*)+)/gm)];

  it("names tests for every threat", () => {
    const sections = readPage("docs/security.md").text.split(/^## /m).slice(1);
    const without = sections.filter((text) => !/^- `test\//m.test(text)).map((text) => text.split("\n")[0]);
    expect(without).toEqual(["Who is trusted with what", "Not defended against"]);
  });

  it.each(items.map(([, file = "", titles = ""]) => [file, titles]))("names tests that %s has", (file, titles) => {
    const text = read(file);
    const missing = all(titles.replace(/\s+/g, " "), /"([^"]+)"/g).filter((title) => !text.includes(title));
    expect(missing).toEqual([]);
  });
});

describe("YAML", () => {
  const blocks = readPages().flatMap(({ path, blocks: found }) =>
    found.filter(({ language }) => language === "yaml").map(({ text }) => [path, text] as const),
  );
  const configs = blocks.filter(([, text]) => /^version: 1$/m.test(text));
  const workflows = blocks.filter(([, text]) => /^on:/m.test(text) && !/^version: 1$/m.test(text));

  it.each(configs)("of %s is a valid configuration", (path, text) => {
    const parsed = parseChainConfig(text, { file: path, hubOwner: "acme" });
    expect(parsed).toMatchObject({ ok: true });
  });

  it.each(workflows)("of %s is a workflow that can be started", (_, text) => {
    const file = readWorkflowFile(text);
    if ("error" in file) throw new Error(file.error);
    const trigger = text.includes("workflow_dispatch") ? "workflow_dispatch" : "repository_dispatch";
    expect(file.listensTo(trigger, "build-chain")).toBe(true);
  });

  it("of the whole workflow builds the locked commit and echoes the dispatch id", () => {
    const whole = workflows.find(([, text]) => text.startsWith("name:"))?.[1] ?? "";
    expect(readWorkflowFile(whole)).toMatchObject({ mentionsSource: true, echoesDispatchId: true });
  });

  it("is found", () => {
    expect([configs.length, workflows.length]).toEqual([4, 3]);
  });
});
