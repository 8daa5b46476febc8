/** Reading the layer.conf files of very many layers. */
import { readLayerConf } from "../src/chain/layer-conf.js";
import { figure, timed, type Bench } from "./figures.js";

const FILES = 10_000;
const TIMES = 5;
/** Median of the layer.conf files of public repositories: about 1 kB; one in fifty is OE-Core's size. */
const LARGE_EVERY = 50;

export const layerConfBench: Bench = {
  name: "layer-conf",
  run() {
    const files = Array.from({ length: FILES }, (_, at) => layerConfText(at));
    const megabytes = files.reduce((total, text) => total + Buffer.byteLength(text), 0) / 1e6;
    const seconds = timed(TIMES, () => {
      for (const [at, text] of files.entries()) {
        const conf = readLayerConf(text, { file: "conf/layer.conf" });
        if (conf.collections[0]?.name !== `layer-${at}` || conf.warnings.length > 0)
          throw new Error("this is not what was written");
      }
    }).map((milliseconds) => milliseconds / 1_000);
    const of = `${FILES.toLocaleString("en")} files of ${((megabytes * 1e3) / FILES).toFixed(1)} kB`;
    return [
      figure(
        `layer-conf: ${of}`,
        "files/s",
        seconds.map((one) => FILES / one),
      ),
      figure(
        `layer-conf: ${of}`,
        "MB/s",
        seconds.map((one) => megabytes / one),
      ),
    ];
  },
};

/** As people write them: a few needs, some overrides, dynamic layers, every third with inline Python. */
function layerConfText(at: number): string {
  const name = `layer-${at}`;
  const dynamic = Array.from({ length: at % 8 }, (_, one) => dynamicLines(`dynamic-${one}`)).join("");
  const exclusions = Array.from(
    { length: at % LARGE_EVERY === 0 ? 250 : at % 12 },
    (_, one) => `  recipe-${one}->lib${one} \\\n`,
  );
  return `# We have a conf and classes directory, add to BBPATH
BBPATH .= ":\${LAYERDIR}"

BBFILES += "\${LAYERDIR}/recipes-*/*/*.bb \\
            \${LAYERDIR}/recipes-*/*/*.bbappend"

BBFILE_COLLECTIONS += "${name}"
BBFILE_PATTERN_${name} := "^\${LAYERDIR}/"
BBFILE_PRIORITY_${name} = "${at % 20}"

# Increased only where other layers would break
LAYERVERSION_${name} = "${at % 5}"
LAYERDEPENDS_${name} = "core openembedded-layer (>= 1)"
LAYERDEPENDS_${name} += "layer-${Math.floor(at / 2)}x"
LAYERDEPENDS_${name}:append:machine-${at % 7} = " meta-python"
${at % 3 === 0 ? `LAYERRECOMMENDS_${name} = "\${@bb.utils.contains('DISTRO_FEATURES', 'qt', 'qt6-layer', '', d)}"\n` : ""}LAYERSERIES_COMPAT_${name} = "scarthgap styhead"
${dynamic === "" ? "" : `BBFILES_DYNAMIC += " \\\n${dynamic}"\n`}
SIGGEN_EXCLUDE_SAFE_RECIPE_DEPS += " \\
${exclusions.join("")}"
`;
}

function dynamicLines(collection: string): string {
  const folder = `    ${collection}:\${LAYERDIR}/dynamic-layers/${collection}`;
  return `${folder}/*/*/*.bb \\\n${folder}/*/*/*.bbappend \\\n`;
}
