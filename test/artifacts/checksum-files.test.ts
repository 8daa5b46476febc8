import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compareWithChecksumFiles, isChecksumFile, parseChecksumFile } from "../../src/artifacts/checksum-files.js";
import { ArtifactError } from "../../src/coordinator/ports.js";
import { sha256 } from "./workshop.js";

const A = sha256("a");
const B = sha256("b");

describe("checksum files", () => {
  it.each([
    "SHA256SUMS",
    "d/SHA256SUMS.txt",
    "sha256sum.txt",
    "sha256sums",
    "x.img.sha256",
    "d/x.SHA256",
    "x.sha256sum",
  ])("%s is one", (path) => {
    expect(isChecksumFile(path)).toBe(true);
  });

  it.each(["SHA512SUMS", "sha256sum", "x.sha256.txt", "SHA256SUMS/x", "x.md5", "xsha256"])("%s is none", (path) => {
    expect(isChecksumFile(path)).toBe(false);
  });

  it.each([
    ["GNU text", `${A}  a.bin\n`],
    ["GNU binary", `${A} *a.bin\n`],
    ["upper case", `${A.toUpperCase()}  a.bin\n`],
    ["no newline at the end", `${A}  a.bin`],
    ["Windows line ends and a byte order mark", `\uFEFF${A}  a.bin\r\n\r\n`],
    ["a path from here", `${A}  ./a.bin\n`],
    ["a detour", `${A}  ../dir/a.bin\n`],
    ["BSD", `SHA256 (a.bin) = ${A}\n`],
    ["OpenSSL", `SHA256(a.bin)= ${A}\n`],
    ["a tab", `${A}\ta.bin\n`],
    ["comments", `# of today\n\n${A}  a.bin\n`],
    ["a line for itself", `${B}  SHA256SUMS\n${A}  a.bin\n`],
  ])("are read: %s", (_, text) => {
    expect(parseChecksumFile("dir/SHA256SUMS", text)).toEqual([{ path: "dir/a.bin", sha256: A }]);
  });

  it.each([`${A}\n`, `${A}  -\n`, `${A}  a.bin\n`, `  ${A}  \n`])("x.sha256 may leave the name out: %j", (text) => {
    expect(parseChecksumFile("a.bin.sha256", text)).toEqual([{ path: "a.bin", sha256: A }]);
  });

  it.each([
    ["SHA256SUMS", `${A}\n`, /Line 1 .* not in a known format/],
    ["SHA256SUMS", `${A}  a.bin\nhello\n`, /Line 2 .* not in a known format/],
    ["SHA256SUMS", `${A.slice(1)}  a.bin\n`, /not in a known format/],
    ["SHA256SUMS", "", /is empty/],
    ["SHA256SUMS", "\n# nothing\n", /is empty/],
    [".sha256", A, /not in a known format/],
    ["SHA256SUMS", `${A}  ../a.bin\n`, /outside the artifact/],
    ["d/SHA256SUMS", `${A}  ../../a.bin\n`, /outside the artifact/],
    ["SHA256SUMS", `${A}  /build/a.bin\n`, /outside the artifact/],
  ])("are refused: %s %j", (path, text, reason) => {
    expect(() => parseChecksumFile(path, text)).toThrow(ArtifactError);
    expect(() => parseChecksumFile(path, text)).toThrow(reason);
  });

  it("of the real sha256sum are read, whatever the names", () => {
    const folder = mkdtempSync(join(tmpdir(), "release-chain-sums-"));
    try {
      const names = [
        "plain",
        "two  spaces",
        " lead",
        "back\\slash",
        "new\nline",
        "return\r",
        "*star",
        "ünïcode",
        "(x) = y",
      ];
      for (const name of names) writeFileSync(join(folder, name), name);
      for (const options of [["--text"], ["--binary"], ["--tag"]]) {
        const text = execFileSync("sha256sum", [...options, "--", ...names], { cwd: folder, encoding: "utf8" });
        expect(parseChecksumFile("SHA256SUMS", text)).toEqual(names.map((path) => ({ path, sha256: sha256(path) })));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("vouch for the files they name, each once", () => {
    const files = new Map([
      ["a.bin", A],
      ["b.bin", B],
    ]);
    const a = { path: "a.bin", sha256: A };
    const agreed = compareWithChecksumFiles(files, new Map([["b.sum", [a]], ["a.sum", [a, a]]])); // prettier-ignore
    expect(agreed).toEqual(new Map([["a.bin", ["a.sum", "b.sum"]]]));
  });
});
