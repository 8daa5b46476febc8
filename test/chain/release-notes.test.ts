import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitSection, releaseSection, withoutSection, withSection } from "../../src/chain/release-notes.js";
import type { PlannedAsset } from "../../src/chain/run.js";
import { changesOf, changedPlan, digest, planOf, runOf } from "./release-fixture.js";

const BEGIN = "<!-- release-chain:begin -->";
const END = "<!-- release-chain:end -->";

function assets(count: number): PlannedAsset[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `file-${String(i).padStart(4, "0")}.bin`,
    size: 700 * 40 ** (i % 5),
    sha256: digest(i % 200),
    component: "meta-bsp",
    artifact: "images",
    path: `file-${i}.bin`,
  }));
}

describe("the section in a release's body", () => {
  it("shows components, files and how to verify", async () => {
    await expect(releaseSection(planOf(), runOf(), assets(5))).toMatchFileSnapshot("golden/release-section.md");
  });

  it("folds more than ten files", () => {
    expect(releaseSection(planOf(), runOf(), assets(10))).not.toContain("<details>");
    const folded = releaseSection(planOf(), runOf(), assets(11));
    expect(folded).toMatch(/<details>\n<summary>11 files<\/summary>\n\n\| File [^]*\n\n<\/details>\n/);
  });

  it("lets no name end a cell, a tag or the section, nor call a person", () => {
    const evil = `|\`](x) <img> @rosa\n${END} <!-- &amp;`;
    const section = releaseSection(planOf(), runOf(), [{ ...assets(1)[0], name: evil } as PlannedAsset]);
    const row = section.split("\n").find((line) => line.includes("rosa &#60;")) ?? "";
    expect(row.replaceAll(/<\/?code>/g, "").match(/[<>@`\]\n]|\|/g)).toEqual(["|", "|", "|", "`", "`", "|"]);
    expect(section.split("\n").filter((line) => line.startsWith("|"))).toHaveLength(8);
  });

  it("tells of the signature, the provenance and the parts of large files where there are some", async () => {
    const own = { size: 900, sha256: digest(7), component: null, artifact: null, path: null };
    const ownFiles = ["SHA256SUMS.asc", "provenance.intoto.jsonl", "SHA256SUMS"].map((name) => ({ ...own, name }));
    const part = { of: "core.wic", sha256: digest(8), count: 2 };
    const parts = [2, 1].map((number) => ({
      ...(assets(1)[0] as PlannedAsset),
      name: `core.wic.part${number}`,
      part: { ...part, number, offset: (number - 1) * 700 },
    }));
    const section = releaseSection(planOf(), runOf(), [...parts, ...ownFiles], "ABCD 1234");
    await expect(/### Verify[^]*/.exec(section)?.[0]).toMatchFileSnapshot("golden/release-verify.md");
    expect(releaseSection(planOf(), runOf(), [...parts, ...ownFiles])).toContain("signature of `SHA256SUMS`:");
    const elsewhere = { repo: "acme/it's", tag: "v1;x", releaseId: 1, prerelease: false, private: false, commit: null };
    expect(releaseSection(planOf({ target: elsewhere }), runOf(), [])).toContain(
      "release-chain verify 'acme/it'\\''s@v1;x'",
    );
  });

  it("says that files are in archives, whole or in parts, whether they are listed or not", () => {
    const words = "each component's are in one archive";
    const [file] = assets(1) as [PlannedAsset];
    const archive = { ...file, artifact: null, path: null };
    expect(releaseSection(planOf(), runOf(), assets(3))).not.toContain(words);
    expect(releaseSection(planOf(), runOf(), [archive])).toContain(words);
    const many = Array.from({ length: 900 }, (_, index) => ({ ...archive, name: `${index}.zip` }));
    const section = fitSection("x".repeat(120_000), planOf(), runOf(), many) ?? "";
    expect(section).toMatch(/are too many to be listed here/);
    expect(section).toContain(words);
  });

  it("has no links where the release's address is not the hub's", () => {
    const plan = planOf();
    const elsewhere = { ...plan, release: { ...plan.release, url: "https://api.example/1" } };
    expect(releaseSection(elsewhere, runOf({ components: [] }), [])).not.toContain("](");
  });
});

describe("what changed since the release before", () => {
  function changesIn(section: string | null): string {
    return /### Changes since [^]*?(?=\n### Files)/.exec(section ?? "")?.[0] ?? "";
  }

  it("shows each changed component with its commits, and the others in a line", async () => {
    const section = releaseSection(changedPlan(), runOf(), assets(1));
    await expect(changesIn(section)).toMatchFileSnapshot("golden/release-changes.md");
  });

  it("is left out of the first release, and where nothing could be compared", () => {
    const [first] = changedPlan().components;
    expect(releaseSection({ ...changedPlan(), previous: null }, runOf(), [])).not.toContain("Changes since");
    const uncompared = { ...changedPlan(), components: planOf().components };
    expect(first?.changes).not.toBeNull();
    expect(releaseSection(uncompared, runOf(), [])).not.toContain("Changes since");
  });

  it("folds more than ten commits, and names how many are not listed", () => {
    const ten = changesIn(releaseSection(changedPlan(changesOf(10)), runOf(), []));
    expect(ten).not.toContain("<details>");
    const many = changesIn(releaseSection(changedPlan({ ...changesOf(50), total: 64 }), runOf(), []));
    expect(many).toMatch(/, 64 commits.*\n {2}<details>\n {2}<summary>50 commits<\/summary>\n\n {2}- \[`/);
    expect(many).toMatch(/\n {2}- \[and 14 more\]\(https:[^)]*\)\n\n {2}<\/details>\n/);
  });

  it("lets no title and no author render as anything, link, or call a person", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (title, author) => {
        const commit = { sha: "a".repeat(40), title: `@rosa #1 ${title}`, author: `x ${author}` };
        const plan = changedPlan({ ...changesOf(1), commits: [commit] });
        const line = changesIn(releaseSection(plan, runOf(), []))
          .split("\n")
          .find((one) => one.startsWith("  - "));
        const pattern = /^ {2}- \[`a{12}`\]\(https:\S+\) <code>([^<>]*)<\/code> by <code>([^<>]*)<\/code>$/;
        const [, shown = "@", by = "@"] = pattern.exec(line ?? "") ?? [];
        expect(shown + by).toMatch(/^(?:[\w ./:+-]|&#\d+;)*$/);
      }),
      { numRuns: 40 },
    );
  });

  it("gives up the commits first, then the files, then all changes", () => {
    const plan = changedPlan(changesOf(50));
    const fit = (room: number): string => fitSection("x".repeat(125_000 - room), plan, runOf(), assets(100)) ?? "";
    const shown = (room: number) => {
      const section = fit(room);
      const has = (text: string): boolean => section.includes(text);
      return [has("<summary>50 commits"), has("file-0001.bin"), has("### Changes"), has("| `meta-bsp` |")];
    };
    expect(shown(40_000)).toEqual([true, true, true, true]);
    expect(shown(14_000)).toEqual([false, true, true, true]);
    expect(shown(3_000)).toEqual([false, false, true, true]);
    expect(shown(1_400)).toEqual([false, false, false, true]);
    expect(shown(600)).toEqual([false, false, false, false]);
  });
});

describe("the body with the section", () => {
  it.each([
    ["an empty body", "", `${BEGIN}\nS\n${END}`],
    ["text", "Hello", `Hello\n\n${BEGIN}\nS\n${END}`],
    ["text that ends a line", "Hello\n", `Hello\n\n\n${BEGIN}\nS\n${END}`],
    ["text with Windows line ends", "a\r\nb", `a\r\nb\r\n\r\n${BEGIN}\nS\n${END}`],
    ["an older section", `a\r\n${BEGIN}\r\nold\r\n${END}\r\nz `, `a\r\n${BEGIN}\nS\n${END}\r\nz `],
    ["a begin without end", `a ${BEGIN} b`, `a ${BEGIN} b\n\n${BEGIN}\nS\n${END}`],
    ["an end without begin", `a ${END} b`, `a ${END} b\n\n${BEGIN}\nS\n${END}`],
    ["an end before a begin", `${END} a ${BEGIN}`, `${END} a ${BEGIN}\n\n${BEGIN}\nS\n${END}`],
    ["a stray begin before the section", `${BEGIN} a ${BEGIN}old${END}`, `${BEGIN} a ${BEGIN}\nS\n${END}`],
    ["a stray end after the section", `${BEGIN}old${END} a ${END}`, `${BEGIN}\nS\n${END} a ${END}`],
    ["a stray begin after the section", `${BEGIN}old${END} a ${BEGIN}`, `${BEGIN}\nS\n${END} a ${BEGIN}`],
  ])("is right for %s", (_, body, expected) => {
    expect(withSection(body, "S")).toBe(expected);
  });

  const bodies = fc
    .array(fc.constantFrom(BEGIN, END, "text", "\r\n", "\n", " ", "<!-- release-chain:", "é🎉"), { maxLength: 12 })
    .map((parts) => parts.join(""));
  const sections = fc
    .array(fc.constantFrom("S", BEGIN, END, "\n", "<!-- release-chain:be", "gin -->", "$&"), { maxLength: 6 })
    .map((parts) => parts.join(""));

  it("is the same when made again, and replaces nothing but its own section", () => {
    fc.assert(
      fc.property(bodies, sections, sections, (body, first, second) => {
        const once = withSection(body, first);
        expect(withSection(once, first)).toBe(once);
        expect(withSection(once, second)).toBe(withSection(body, second));
      }),
      { numRuns: 1000 },
    );
  });

  it("is taken away again without a trace", () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const hasOwn = withoutSection(body) !== body;
        if (!hasOwn) expect(withoutSection(withSection(body, "S"))).toBe(body);
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps all other text byte for byte", () => {
    const texts = fc
      .array(fc.constantFrom("text", "\r\n", "\n", "<!--", "é", BEGIN.slice(0, 9)))
      .map((t) => t.join(""));
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        expect(withSection(before, "S").startsWith(before)).toBe(true);
        expect(withSection(`${before}${BEGIN}\nold\n${END}${after}`, "S")).toBe(`${before}${BEGIN}\nS\n${END}${after}`);
      }),
    );
  });
});

describe("the section that fits", () => {
  it("is whole where there is room, then without files, then without components, then none", () => {
    const fit = (body: string, files: number): string | null => fitSection(body, planOf(), runOf(), assets(files));
    expect(fit("short", 100)).toBe(releaseSection(planOf(), runOf(), assets(100)));

    const withoutFiles = fit("x".repeat(100_000), 998);
    expect(withoutFiles).toContain("The 998 files are too many to be listed here: `SHA256SUMS` names them all.");
    expect(withoutFiles).toContain("| `meta-bsp` |");
    expect(withoutFiles).toContain("sha256sum -c SHA256SUMS");

    const shortest = fit("x".repeat(124_500), 998);
    expect(shortest).toContain("3 components and 998 files are too many to be listed here");
    expect(fit("x".repeat(124_999), 998)).toBeNull();
  });

  it("keeps the body within GitHub's limit with any template, and a person's text and the markers as they are", () => {
    const lines = fc.constantFrom(
      ...["${components}", "${files}", "${changes}", "${verify}", BEGIN, END, "$${x}", "a\r\n"],
    );
    const filler = fc.nat(1_000).map((times) => "x".repeat(times * 50));
    const templates = fc.array(fc.oneof({ weight: 4, arbitrary: lines }, { weight: 1, arbitrary: filler }), {
      maxLength: 9,
    });
    fc.assert(
      fc.property(templates, fc.nat(125_000), fc.nat(400), fc.boolean(), (pieces, length, files, split) => {
        const plan = { ...changedPlan(), notesTemplate: pieces.join("\n") };
        const many = assets(files).map((asset, number) => {
          const part = { of: "big", sha256: digest(3), number, count: files, offset: 0 };
          return split ? { ...asset, part } : asset;
        });
        const person = "x".repeat(length);
        const section = fitSection(person, plan, runOf(), many);
        if (section === null) {
          expect(length).toBeGreaterThan(124_000);
          return;
        }
        const body = withSection(person, section);
        // Compared here, since the difference of two such texts takes minutes to print.
        expect({
          length: body.length <= 125_000,
          person: withoutSection(body) === person,
          markers: body.split(BEGIN).length + body.split(END).length,
          again: fitSection(body, plan, runOf(), many) === section,
        }).toEqual({ length: true, person: true, markers: 4, again: true });
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  it("keeps the body within GitHub's limit, and counts the section that is there as room", () => {
    fc.assert(
      fc.property(fc.nat(125_000), fc.nat(998), (length, files) => {
        const body = `${"x".repeat(length)}${BEGIN}${"y".repeat(5000)}${END}`;
        const section = fitSection(body, planOf(), runOf(), assets(files));
        if (section !== null) expect(withSection(body, section).length).toBeLessThanOrEqual(125_000);
        else expect(length).toBeGreaterThan(124_000);
      }),
      { numRuns: 30 },
    );
  });
});
