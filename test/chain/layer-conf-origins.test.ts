import { describe, expect, test } from "vitest";
import { readLayerConf } from "../../src/chain/layer-conf.js";

const FILE = "meta-a/conf/layer.conf";

function read(text: string, files: Record<string, string> = {}) {
  return readLayerConf(text, { file: FILE, files: new Map(Object.entries(files)) });
}

describe("where it is written", () => {
  test("needs name the line of the collection, also within a continuation", () => {
    const conf = read(
      [
        "# a layer \\",
        "# of two lines",
        'BBFILE_COLLECTIONS += "a"',
        'LAYERDEPENDS_a = " \\',
        "    core \\",
        "    meta-python (>= 3) \\",
        '"',
        'LAYERDEPENDS_a:append:corstone1000 = " python"',
        'BBFILES_DYNAMIC += " \\',
        "    qt5-layer:${LAYERDIR}/dynamic/qt5/*.bb \\",
        "    !qt6-layer:${LAYERDIR}/dynamic/noqt6/*.bb \\",
        '"',
      ].join("\n"),
    );
    expect(conf.warnings).toEqual([]);
    expect(conf.collections[0]?.origin).toEqual({ file: FILE, line: 3, variable: "BBFILE_COLLECTIONS" });
    expect(conf.collections[0]?.depends).toEqual([
      { collection: "core", constraints: [], when: null, origin: { file: FILE, line: 5, variable: "LAYERDEPENDS_a" } },
      {
        collection: "meta-python",
        constraints: [">= 3"],
        when: null,
        origin: { file: FILE, line: 6, variable: "LAYERDEPENDS_a" },
      },
      {
        collection: "python",
        constraints: [],
        when: { variable: "OVERRIDES", value: "corstone1000" },
        origin: { file: FILE, line: 8, variable: "LAYERDEPENDS_a:append:corstone1000" },
      },
    ]);
    expect(conf.dynamic).toEqual([
      { collection: "qt5-layer", negated: false, origin: { file: FILE, line: 10, variable: "BBFILES_DYNAMIC" } },
      { collection: "qt6-layer", negated: true, origin: { file: FILE, line: 11, variable: "BBFILES_DYNAMIC" } },
    ]);
  });

  test("a need that another variable brings is found there", () => {
    const conf = read('BBFILE_COLLECTIONS = "a"\nNEEDS = "core"\nNEEDS:append:o = " b"\nLAYERDEPENDS_a = "${NEEDS}"');
    expect(
      conf.collections[0]?.depends.map(({ collection, origin }) => [collection, origin.line, origin.variable]),
    ).toEqual([
      ["core", 2, "NEEDS"],
      ["b", 3, "NEEDS:append:o"],
    ]);
  });

  test("a need that Python makes: the statement", () => {
    const conf = read(`BBFILE_COLLECTIONS = "a"\nLAYERDEPENDS_a = "\${@'co' + 're'}"`);
    expect(conf.collections[0]?.depends[0]).toMatchObject({ collection: "core", origin: { line: 2 } });
  });
});

describe("files of the same layer", () => {
  test("are followed, and reported", () => {
    const conf = read(
      'BBFILE_COLLECTIONS = "a"\nrequire more.inc conf/deep/b.inc ${LAYERDIR}/c.conf\ninclude elsewhere.inc\n',
      {
        "conf/more.inc": 'LAYERDEPENDS_a = "core"\npython f() {\n    d.setVar("A", "b")\n}\n',
        "conf/deep/b.inc": "require c.inc",
        "conf/deep/c.inc": 'LAYERDEPENDS_a += "b"',
        "c.conf": 'LAYERVERSION_a = "1"\ninherit x',
      },
    );
    expect(conf.includes.map(({ file, followed, origin }) => [file, followed, origin.file])).toEqual([
      ["more.inc", true, FILE],
      ["conf/deep/b.inc", true, FILE],
      ["c.inc", true, "meta-a/conf/deep/b.inc"],
      ["${LAYERDIR}/c.conf", true, FILE],
      ["elsewhere.inc", false, FILE],
    ]);
    expect(conf.collections[0]).toMatchObject({ version: "1" });
    expect(
      conf.collections[0]?.depends.map(({ collection, origin }) => [collection, origin.file, origin.line]),
    ).toEqual([
      ["b", "meta-a/conf/deep/c.inc", 1],
      ["core", "meta-a/conf/more.inc", 1],
    ]);
    expect(conf.warnings.map(({ file, line }) => [file, line])).toEqual([["meta-a/c.conf", 2]]);
  });

  test("that include each other are read once", () => {
    const conf = read('require b.inc\nBBFILE_COLLECTIONS = "a"', {
      "conf/b.inc": "require c.inc",
      "conf/c.inc": "require b.inc",
    });
    expect(conf.collections).toHaveLength(1);
    expect(conf.warnings[0]?.message).toContain(
      "these files include each other: conf/layer.conf → conf/b.inc → conf/c.inc → conf/b.inc",
    );
  });

  test("that double with each step end", () => {
    const names = Array.from({ length: 40 }, (_, at) => `f${at}.inc`);
    const files = Object.fromEntries(names.map((name, at) => [`conf/${name}`, `require f${at + 1}.inc\n`.repeat(2)]));
    const conf = read('require f0.inc\nBBFILE_COLLECTIONS = "a"', files);
    expect(conf.collections).toHaveLength(1);
    expect(conf.includes.length).toBeLessThan(2_000);
  });
});

describe("what else is told", () => {
  test("variables that other files would have to set", () => {
    const conf = read(
      `BBFILE_COLLECTIONS = "a"\nLAYERDEPENDS_a = "core \${BSP} \${@bb.utils.contains('DISTRO_FEATURES', 'x', 'y', '', d)}"\n` +
        'LAYERSERIES_COMPAT_a = "${LAYERSERIES_COMPAT_core}"',
    );
    expect(conf.needsOutside).toEqual(["BSP", "DISTRO_FEATURES", "LAYERSERIES_COMPAT_core"]);
    expect(conf.collections[0]?.series).toEqual(["${LAYERSERIES_COMPAT_core}"]);
    expect(conf.collections[0]?.conditional).toEqual([
      { when: { variable: "DISTRO_FEATURES", value: "x" }, variable: "LAYERDEPENDS", adds: ["y"], removes: [] },
    ]);
  });

  test.each([
    ["'x' in (d.getVar('F') or '').split()", "F", "x"],
    ["d.getVar('F') == 'x'", "F", "x"],
    ["d.getVar('F') in ['x', 'z']", "F", "x"],
    ["oe.utils.conditional('F', 'x', True, False, d)", "F", "x"],
    ["bb.utils.to_boolean(d.getVar('F'))", "F", "1"],
    ["d.getVar('F')", "F", "1"],
  ])("what %s hangs on", (test, variable, value) => {
    const conf = read(`BBFILE_COLLECTIONS = "a"\nLAYERDEPENDS_a = "core \${@'y' if ${test} else ''}"`);
    expect(conf.collections[0]?.conditional).toContainEqual({
      when: { variable, value },
      variable: "LAYERDEPENDS",
      adds: ["y"],
      removes: [],
    });
  });

  test("variables of collections that are not this layer's", () => {
    const conf = read(
      'BBFILE_COLLECTIONS = "a"\nLAYERSERIES_COMPAT_core = "x"\nBBFILE_PATTERN_IGNORE_EMPTY_a = "1"\nLAYERDEPENDS_a = "b"',
    );
    expect(conf.foreign).toEqual([
      { collection: "core", origin: { file: FILE, line: 2, variable: "LAYERSERIES_COMPAT_core" } },
    ]);
  });

  test("what is not known here, with file, line and variable, and the rest counts", () => {
    const conf = read(
      `BBFILE_COLLECTIONS = "a"\n\nLAYERDEPENDS_a = "\${@bb.utils.which(d.getVar('PATH'), 'x')}"\nLAYERVERSION_a = "1"`,
    );
    expect(conf.warnings).toEqual([
      {
        file: FILE,
        line: 3,
        variable: "LAYERDEPENDS_a",
        message: "could not be evaluated: its Python uses bb.utils.which, which is not known here",
      },
    ]);
    expect(conf.collections[0]).toMatchObject({ version: "1", depends: [] });
  });

  test("a line that is none, and the rest counts", () => {
    const conf = read('BBFILE_COLLECTIONS = "a"\n<<<<<<< HEAD\nLAYERVERSION_a = "1"');
    expect(conf.warnings.map(({ line, message }) => [line, message])).toEqual([
      [
        2,
        'could not be read: line 2: it is no statement of a .conf file: "<<<<<<< HEAD"; BitBake refuses the whole file',
      ],
    ]);
    expect(conf.collections[0]?.version).toBe("1");
  });

  test("functions are passed over, body and all, with one warning", () => {
    const conf = read(
      'python f() {\n    x = 1\nLAYERVERSION_a = "2"\n}\ndef g(d):\n    return 1\nBBFILE_COLLECTIONS = "a"\nLAYERVERSION_a ?= "1"',
    );
    expect(conf.warnings.map(({ line }) => line)).toEqual([1, 5]);
    expect(conf.collections[0]?.version).toBe("1");
  });
});
