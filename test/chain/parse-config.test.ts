import { describe, expect, test } from "vitest";
import type { ChainConfig, ConfigProblem } from "../../src/chain/config.js";
import { formatProblems } from "../../src/chain/config-file/config-report.js";
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import { expectGolden, readGolden } from "./golden-file.js";

const FILE = ".github/release-chain.yml";

function parsed(text: string): { config: ChainConfig } {
  const result = parseChainConfig(text, { file: FILE, hubOwner: "acme" });
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result;
}

function problemsOf(text: string): ConfigProblem[] {
  const result = parseChainConfig(text, { file: FILE, hubOwner: "acme" });
  return result.ok ? [] : result.problems;
}

/** The only component of a configuration that says this about it. */
function component(yaml: string, rest = ""): ChainConfig["components"][number] {
  const [first] = parsed(`version: 1\ncomponents: [{repo: a, ${yaml}}]\n${rest}`).config.components;
  if (first === undefined) throw new Error("no component");
  return first;
}

describe("what holds", () => {
  test("the defaults are those of the contract", () => {
    const { config } = parsed("version: 1\ncomponents: [{repo: a}]\n");
    expectGolden("test/chain/golden/defaults.json", `${JSON.stringify(config, null, 2)}\n`);
  });

  test("the contract's example says the defaults once more, and notify", () => {
    const defaults = parsed("version: 1\ncomponents: [{repo: a}]\n").config;
    const { config } = parsed(readGolden("test/chain/golden/contract.yml"));
    expect({ ...config, components: [], notify: [] }).toEqual({ ...defaults, components: [] });
    expect(config.components).toMatchObject([
      {
        ...defaults.components[0],
        id: "openembedded-core",
        source: { repo: "acme/openembedded-core" },
        build: false,
        ref: "main",
      },
      {
        ...defaults.components[0],
        id: "meta-acme-bsp",
        source: { repo: "acme/meta-acme-bsp" },
        workflow: ["bsp.yml"],
        needs: ["openembedded-core"],
        ref: "main",
        when: { prerelease: false },
        inputs: { soc: "imx8", machine: "verdin-imx8mp" },
      },
    ]);
  });

  test("every key can be set", () => {
    const result = parsed(readGolden("test/chain/golden/full.yml"));
    expectGolden("test/chain/golden/full.json", `${JSON.stringify(result, null, 2)}\n`);
  });

  test.each([
    ["repo: name", "{repo: b}", { id: "b", source: { kind: "github", repo: "acme/b" }, ref: null }],
    ["repo: owner/name", "{repo: o/b, ref: dev}", { id: "b", source: { kind: "github", repo: "o/b" }, ref: "dev" }],
    ["an id", "{repo: o/b, id: c}", { id: "c" }],
    [
      "url on another host",
      `{url: "git@host.org:x/y.git", ref: "${"a".repeat(40)}", build: false}`,
      { id: "y", source: { kind: "git", url: "git@host.org:x/y.git", sha: "a".repeat(40) }, ref: "a".repeat(40) },
    ],
  ])("%s", (_, yaml, expected) => {
    expect(parsed(`version: 1\ncomponents: [${yaml}]\n`).config.components).toMatchObject([expected]);
  });

  test("defaults, then template, then component: mappings merged deeply, lists replaced", () => {
    const layers = [
      "defaults: {workflow: [d.yml], retry: {max-attempts: 7, backoff: {initial: 1s}}, inputs: {a: d, b: d, c: d}, extends: t}",
      "templates: {t: {retry: {backoff: {max: 1h}}, inputs: {b: t, c: t}, artifacts: {include: [t]}}}",
    ].join("\n");
    expect(component("inputs: {c: c}, workflow: [c.yml, e.yml], retry: {backoff: {factor: 3}}", layers)).toMatchObject({
      workflow: ["c.yml", "e.yml"],
      retry: { maxAttempts: 7, backoff: { initial: 1_000, max: 3_600_000, factor: 3, jitter: "full" } },
      inputs: { a: "d", b: "t", c: "c" },
      artifacts: { include: ["t"], files: ["**"] },
    });
  });

  test("aliases work, and a value may be shared", () => {
    const { config } = parsed(
      "version: 1\ncomponents: [{repo: a, inputs: &i {x: 1}}, {repo: b, inputs: *i, needs: [a, a]}]\n",
    );
    expect(config.components[1]).toMatchObject({ inputs: { x: 1 }, needs: ["a"] });
  });

  test("a byte order mark and Windows line ends do no harm", () => {
    expect(parsed("\uFEFFversion: 1\r\ncomponents:\r\n  - repo: a\r\n").config.components).toHaveLength(1);
  });
});

describe("what is wrong, all at once", () => {
  test.each(["problems", "syntax"])("golden: %s", (name) => {
    const problems = problemsOf(readGolden(`test/chain/golden/${name}.yml`));
    expectGolden(`test/chain/golden/${name}.txt`, formatProblems(problems));
  });

  test.each<
    [what: string, text: string, line: number, column: number, key: string, message: RegExp, suggestion?: string]
  >([
    ["nothing", "", 1, 1, "", /empty/],
    ["a comment only", "# later\n", 1, 1, "", /empty/],
    ["a list", "- a\n", 1, 1, "", /must hold a mapping/],
    ["a text", "hello", 1, 1, "", /must hold a mapping/],
    ["binary", "version: 1\n\0\u0001", 2, 1, "", /binary/],
    ["not UTF-8", "version: \uFFFD", 1, 10, "", /UTF-8/],
    ["over 1 MiB", `#${"ä".repeat(600_000)}`, 1, 1, "", /1 MiB/],
    ["two documents", "version: 1\n---\nversion: 1\n", 2, 1, "", /second YAML document/],
    ["deep nesting", "[".repeat(50_000), 1, 1, "", /nested/],
    ["an unknown tag", "version: !env X\ncomponents: [{repo: a}]", 1, 10, "", /Unresolved tag/],
    ["no version", "components: [{repo: a}]\n", 1, 1, "version", /missing/],
    ["version 2", "version: 2\ncomponents: [{repo: a}]\n", 1, 10, "version", /unsupported version 2/, "1"],
    ["no components", "version: 1\n", 1, 1, "components", /missing/],
    ["empty components", "version: 1\ncomponents: []\n", 2, 13, "components", /empty/],
    [
      "a null mapping",
      "version: 1\ncomponents: [{repo: a}]\npublish:\n",
      3,
      1,
      "publish",
      /expected a mapping.*nothing/,
    ],
  ])("%s", (_, text, line, column, key, message, suggestion) => {
    const problems = problemsOf(text);
    expect(problems.slice(0, 1)).toMatchObject([{ file: FILE, line, column, key, suggestion: suggestion ?? null }]);
    expect(problems[0]?.message).toMatch(message);
  });

  test.each<[what: string, inComponent: string, key: string, message: RegExp, suggestion?: string | null]>([
    ["camel case", "onMoved: fail", "onMoved", /unknown key/, "on-moved"],
    ["a far unknown key", "colour: red", "colour", /known here: repo, url, id/, null],
    ["a key some levels too high", "maxAttempts: 3", "maxAttempts", /unknown key/, "retry.max-attempts"],
    ["a number for text", "ref: 1.0", "ref", /expected text, found 1/, '"1.0"'],
    ["a duration without unit", "timeout: 6", "timeout", /write 6s, 6m/],
    ["a duration of nothing", "timeout: 0s", "timeout", /more than zero/],
    ["a wrong unit", "timeout: 6 weeks", "timeout", /not a duration/],
    ["a size of nothing", "artifacts: {limits: {total: 0}}", "artifacts.limits.total", /not a size/],
    ["a negative count", "artifacts: {limits: {entries: -1}}", "artifacts.limits.entries", /at least 1/],
    ["a fraction", "retry: {max-attempts: 1.5}", "retry.max-attempts", /whole number/],
    ["an enum", "retry: {mode: failed_jobs}", "retry.mode", /expected one of/, "failed-jobs"],
    ["an id with a space", "id: a b", "id", /cannot be an id/, "a-b"],
    ["an id of dots", "id: ..", "id", /cannot be an id/],
    ["a need that is missing", "needs: [aa]", "needs[0]", /no component "aa"/, "a"],
    ["a need of itself", "needs: [a]", "needs[0]", /needs itself/],
    ["a workflow without ending", "workflow: [build]", "workflow[0]", /not a workflow file/, "build.yml"],
    ["no workflow", "workflow: []", "workflow", /empty/],
    ["a long event type", `event-type: ${"x".repeat(101)}`, "event-type", /at most 100/],
    ["a bad ref", "ref: a..b", "ref", /cannot be the name/],
    ["a bad glob", 'artifacts: {files: ["{a"]}', "artifacts.files[0]", /not closed/],
    ["an unknown placeholder", 'inputs: {x: "${vresion}"}', "inputs.x", /unknown placeholder/, "${version}"],
    ["a placeholder of elsewhere", 'inputs: {x: "${path}"}', "inputs.x", /no value here/],
    ["GitHub's expression", 'inputs: {x: "${{ github.sha }}"}', "inputs.x", /no placeholder/],
    ["a placeholder where none is known", 'when: {tag: "${tag}"}', "when.tag", /knows no placeholders/],
    ["repo and url", `url: "https://h/x", ref: "${"a".repeat(40)}", build: false`, "url", /exclude each other/],
  ])("%s", (_, yaml, key, message, suggestion) => {
    const problems = problemsOf(`version: 1\ncomponents:\n  - {repo: a, ${yaml}}\n`);
    expect(problems).toMatchObject([{ line: 3, key: `components[0].${key}` }]);
    expect(problems[0]?.message).toMatch(message);
    if (suggestion !== undefined) expect(problems[0]?.suggestion).toBe(suggestion);
  });

  test("a wrong default is reported once, not at each component", () => {
    const text =
      "version: 1\ndefaults: {needs: [nobody], timeout: []}\ncomponents: [{repo: a}, {repo: b}, {repo: c}]\n";
    expect(problemsOf(text).map(({ key }) => key)).toEqual(["defaults.needs[0]", "defaults.timeout"]);
  });

  test("a list of needs in defaults that makes its own component need itself", () => {
    const text = "version: 1\ndefaults: {needs: [a]}\ncomponents: [{repo: a}, {repo: b}]\n";
    expect(problemsOf(text)).toMatchObject([{ line: 2, key: "defaults.needs[0]" }]);
    expect(problemsOf(text.replace("{repo: a}", "{repo: a, needs: []}"))).toEqual([]);
  });

  test("ids are taken once; several components may share a repository", () => {
    expect(problemsOf("version: 1\ncomponents: [{repo: a, id: x}, {repo: a, id: y}]\n")).toEqual([]);
    expect(problemsOf("version: 1\ncomponents:\n- repo: a\n- repo: b\n  id: a\n")).toMatchObject([
      { line: 5, column: 7, key: "components[1].id", message: 'the component id "a" is already taken in line 3' },
    ]);
  });

  test("an alias bomb is refused", () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]`,
    );
    const problems = problemsOf(`l0: &l0 x\n${levels.join("\n")}\nversion: 1\ncomponents: [{repo: a}]\n`);
    expect(problems.map(({ message }) => message)).toContainEqual(expect.stringMatching(/stand for too much/));
  });

  test("credentials in a URL are refused and not repeated", () => {
    const secret = "s3cr3t";
    for (const key of [
      `url: "https://me:${secret}@h.org/x"`,
      `repo: "https://${secret}@h.org/a/b"`,
      `url: "ftp://me:${secret}@h/x"`,
    ]) {
      const problems = problemsOf(`version: 1\ncomponents: [{${key}, build: false, ref: "${"a".repeat(40)}"}]\n`);
      expect(problems).not.toEqual([]);
      expect(JSON.stringify(problems)).not.toContain(secret);
    }
  });

  test("thousands of problems end in a count", () => {
    const problems = problemsOf(`version: 1\n${Array.from({ length: 2_000 }, (_, i) => `x${i}: 1\n`).join("")}`);
    expect(problems).toHaveLength(501);
    expect(problems.at(-1)?.message).toBe("and 1501 more problems from here on");
  });
});
