import { describe, expect, it } from "vitest";
import { includePlaces, layerConfsAmong, layerFolder } from "../../src/chain/layer-places.js";

describe("layers among the files of a repository", () => {
  it("are folders with a conf/layer.conf, in the order of their names", () => {
    const paths = ["meta/conf/layer.conf", "meta-b/conf/layer.conf", "a/b/conf/layer.conf", "conf/layer.conf", "x"];
    expect(layerConfsAmong(paths).map(layerFolder)).toEqual([".", "a/b", "meta", "meta-b"]);
    expect(layerConfsAmong(["layer.conf", "myconf/layer.conf", "conf/layer.conf.in", ".a/conf/layer.conf"])).toEqual(
      [],
    );
  });

  it("are not those of BitBake's tests, wherever BitBake lies", () => {
    const below = (folder: string) => [
      `${folder}bin/bitbake`,
      `${folder}lib/tests/l/conf/layer.conf`,
      `${folder}mylib/conf/layer.conf`,
    ];
    expect(layerConfsAmong(below(""))).toEqual(["mylib/conf/layer.conf"]);
    expect(layerConfsAmong([...below("x/lib/bitbake/"), "lib/conf/layer.conf"])).toEqual([
      "lib/conf/layer.conf",
      "x/lib/bitbake/mylib/conf/layer.conf",
    ]);
  });
});

describe("a file that is included", () => {
  it.each([
    ["x.inc", "conf/layer.conf", ["conf/x.inc", "x.inc"]],
    ["conf/x.inc", "conf/layer.conf", ["conf/conf/x.inc", "conf/x.inc"]],
    ["../x.inc", "conf/layer.conf", ["x.inc"]],
    ["./a//b/../x.inc", "top.conf", ["a/x.inc"]],
    ["${LAYERDIR}/conf/x.inc", "conf/deep/a.inc", ["conf/x.inc"]],
    ["../../x.inc", "conf/layer.conf", []],
    ["/etc/passwd", "conf/layer.conf", []],
    ["${LAYERDIR}/../x.inc", "conf/layer.conf", []],
    ["${MACHINE}.inc", "conf/layer.conf", []],
    [".", "layer.conf", []],
  ])("%s from %s may be at %j", (file, from, places) => {
    expect(includePlaces(file, from)).toEqual(places);
  });
});
