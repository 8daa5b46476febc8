/**
 * Real files, broken at random: no crash, and no more steps than the text is long. FUZZ_RUNS says how many (default 3,000),
 * FUZZ_SEED from where.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { evaluateLayerConf } from "../../src/chain/layer-conf.js";

const LAYERS = path.resolve(import.meta.dirname, "../../../shared/layers");
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 3_000);
const SEED = Number(process.env["FUZZ_SEED"] ?? 1);

/** Where the real files are not at hand. */
const SAMPLES = [
  `BBPATH .= ":\${LAYERDIR}"
BBFILES += "\${LAYERDIR}/recipes-*/*/*.bb \\
            \${LAYERDIR}/recipes-*/*/*.bbappend"
BBFILE_COLLECTIONS += "acme"
BBFILE_PATTERN_acme = "^\${LAYERDIR}/"
BBFILE_PRIORITY_acme = "6"
LAYERVERSION_acme = "1"
LAYERDEPENDS_acme = "core openembedded-layer (>= 1) \${@bb.utils.contains('DISTRO_FEATURES', 'qt', 'qt6-layer', '', d)}"
LAYERDEPENDS_acme:append:verdin = " freescale-layer"
LAYERRECOMMENDS_acme_append_old = " x"
LAYERSERIES_COMPAT_acme = "kirkstone scarthgap"
`,
  `BBFILE_COLLECTIONS += "b c"
OVERRIDES = "\${MACHINE}:x"
MACHINE ??= "q"
require conf/more.inc
LAYERDEPENDS_b = "\${@' '.join('%s-layer' % one for one in d.getVar('BBFILE_COLLECTIONS').split() if one != 'c')}"
LAYERDEPENDS_c:x:q = "\${A\${B}}"
AB = "\${@{'a': [1, 2.5, None]}['a'][::-1]} \${@d.getVar('A', False) or (lambda v: v)('w')}"
B := "B"
unset A
export D = 'e'
BBFILES_DYNAMIC += "x:\${LAYERDIR}/*.bb !y:*.bb"
addpylib \${LAYERDIR}/lib oe
`,
];
/** What the language is made of, to be put in anywhere. */
const PIECES = [
  '"', "'", "\\\n", "\n", "\r", "#", "${", "}", "${@", "(", ")", "[", "]", "{", ":", ":append", ":remove", "_append", " += ", " ?= ", " ??= ",
  " := ", "=", "\0", "\uFEFF", "\uFFFD", "%s", " if ", " else ", " for v in ", " in ", " not ", "lambda v: ", "**", "d.getVar('A')", ".split()",
  "${A}", "A = \"${B}\"\n", "B = \"${A}\"\n", "LAYERDEPENDS_", "BBFILE_COLLECTIONS", "OVERRIDES", "include ", "python () {", "__proto__", "0x", "1e9",
]; // prettier-ignore

/** Numbers below a limit, the same for the same seed (mulberry32). */
function numbersFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

function mutate(text: string, corpus: readonly string[], next: (limit: number) => number): string {
  let now = text;
  for (let times = 1 + next(8); times > 0; times--) {
    const at = next(now.length + 1);
    const length = next(20);
    const other = corpus[next(corpus.length)] ?? "";
    const from = next(other.length + 1);
    const put = [
      PIECES[next(PIECES.length)] ?? "",
      "",
      String.fromCharCode(next(256)),
      other.slice(from, from + next(200)),
      now.slice(at, at + next(300)).repeat(2),
    ][next(5)];
    now = now.slice(0, at) + (put ?? "") + now.slice(at + (next(2) === 0 ? length : 0));
  }
  return now;
}

function corpusAtHand(): string[] {
  if (!existsSync(LAYERS)) return SAMPLES;
  const real = readdirSync(LAYERS, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("conf/layer.conf"))
    .sort();
  return [...SAMPLES, ...real.map((name) => readFileSync(path.join(LAYERS, name), "utf8"))];
}

test(`${RUNS} broken files`, { timeout: 3_600_000 }, () => {
  const corpus = corpusAtHand();
  const next = numbersFrom(SEED);
  let most = 0;
  let steps = 0;
  let characters = 0;
  for (let run = 0; run < RUNS; run++) {
    const text = mutate(corpus[run % corpus.length] ?? "", corpus, next);
    const result = evaluateLayerConf(text, { file: "conf/layer.conf", files: new Map([["conf/more.inc", text]]) });
    if (result.steps > 20_000 + 100 * text.length) expect.fail(`run ${run} of seed ${SEED} took ${result.steps} steps`);
    for (const { line, file } of result.conf.warnings) expect(line, file).toBeGreaterThan(0);
    most = Math.max(most, result.steps / Math.max(1, text.length));
    steps += result.steps;
    characters += text.length;
  }
  console.log(
    `layer.conf: ${RUNS} broken files, ${(steps / characters).toFixed(2)} steps a character, ${most.toFixed(1)} at most`,
  );
});
