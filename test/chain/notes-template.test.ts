import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fillTemplate,
  NOTES_BLOCKS,
  NOTES_VALUES,
  OWN_TEMPLATE,
  templateProblems,
  type NotesText,
} from "../../src/chain/notes-template.js";
import { releaseSection } from "../../src/chain/release-notes.js";
import { changedPlan, planOf, runOf } from "./release-fixture.js";

const NAMES = [...Object.keys(NOTES_BLOCKS), ...Object.keys(NOTES_VALUES)];
const TEXT = Object.fromEntries(NAMES.map((name) => [name, `<${name}>`])) as NotesText;
const PATH = ".github/notes.md";

describe("a template of release notes", () => {
  it("knows every placeholder once", () => {
    const all = NAMES.map((name) => `\${${name}}`).join(" ");
    expect(templateProblems(all, PATH)).toEqual([]);
    expect(fillTemplate(all, TEXT)).toBe(NAMES.map((name) => `<${name}>`).join(" "));
    expect(templateProblems(OWN_TEMPLATE, PATH)).toEqual([]);
  });

  it("tells everything that is wrong with it, with its place", async () => {
    const wrong =
      "# ${tag} ${tag}\r\n\r\n  ${Files} $${fine} ${file\n${files}\n${{ github.ref }} ${ verify }\n${files} ${}\n";
    const told = [
      ...templateProblems(wrong, PATH),
      ...templateProblems(" \n", PATH),
      ...templateProblems("x".repeat(60_001), PATH),
    ];
    await expect(`${told.join("\n")}\n`).toMatchFileSnapshot("golden/notes-template-problems.txt");
  });

  it.each([
    ["an empty part takes its line and the blank ones after it along", "a\n\n${sizes}\n\n\nb", "a\n\nb"],
    ["one within a line leaves the line", "a ${sizes}.\n\nb", "a .\n\nb"],
    ["one of spaces before and after it", "a\n  ${sizes} \nb", "a\nb"],
    ["several of them in a row", "a\n\n${sizes}\n\n${changes}\n\nb", "a\n\nb"],
    ["values that are empty stay", "a\n${previous}\nb", "a\n\nb"],
    ["a dollar before it stands for itself", "$${tag} $$$${tag} $ { $x", "${tag} $$${tag} $ { $x"],
    ["Windows line ends and a byte order mark go", "\uFEFFa\r\n${tag}\r\n", "a\n<tag>"],
  ])("%s", (_, template, expected) => {
    expect(fillTemplate(template, { ...TEXT, sizes: "", changes: "", previous: "" })).toBe(expected);
  });

  it("is filled in one pass: what a value brings in stays as it is", () => {
    const value = fc.array(fc.constantFrom("${tag}", "$${", "${", "}", "$&", "\n", "x")).map((parts) => parts.join(""));
    fc.assert(
      fc.property(value, value, (files, tag) => {
        const filled = fillTemplate("[${files}] ${tag}.", { ...TEXT, files, tag });
        expect(filled).toBe(`[${files}] ${tag}.`);
      }),
    );
  });
});

describe("a section from a template", () => {
  it("is the template with its parts", async () => {
    const notesTemplate = "## ${version} of ${hub}\n\n[Page](${url}), after ${previous}\n\n${verify}\n\n${changes}\n";
    const section = releaseSection({ ...changedPlan(), notesTemplate }, runOf(), []);
    await expect(section).toMatchFileSnapshot("golden/release-from-template.md");
  });

  it("lets no tag mean anything to Markdown", () => {
    const plan = planOf({ tag: "v1|<img>@rosa`*#1", notesTemplate: "${tag} ${version}" });
    const section = releaseSection(plan, runOf(), []);
    expect(section).toMatch(/^v1&#124;&#60;img&#62;&#64;rosa&#96;&#42;&#35;1 1&#124;[\w&#;]+$/);
  });
});
