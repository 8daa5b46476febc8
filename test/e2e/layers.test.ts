/** A chain whose order stands in the layers alone. */
import { expect, it } from "vitest";
import type { ReleasePlan } from "../../src/chain/plan.js";
import type { Sandbox } from "../../src/sandbox/sandbox.js";
import { callApi } from "./api-client.js";
import { HUB, startScenario, TAG, type ProductSpec, type Server } from "./harness.js";

/** Repository -> layer folder -> collection and what it needs; `.` is the root. */
const LAYERS: Record<string, Record<string, [collection: string, depends: string, more?: string]>> = {
  "oe-core": { meta: ["core", ""], "meta-skeleton": ["skeleton", "core"] },
  "meta-oe": {
    "meta-oe": ["openembedded-layer", "core"],
    "meta-python": ["meta-python", "core (>= 12) openembedded-layer"],
  },
  "meta-arm": {
    "meta-arm": ["meta-arm", "core arm-toolchain"],
    "meta-arm-toolchain": ["arm-toolchain", "core"],
    "meta-arm-bsp": ["meta-arm-bsp", "core meta-arm", 'LAYERDEPENDS_meta-arm-bsp:append:corstone = " meta-python"\n'],
  },
  "meta-freescale": { ".": ["freescale-layer", "core", 'BBFILES_DYNAMIC += "qt5-layer:${LAYERDIR}/qt/*.bb"\n'] },
  "meta-bsp-common": { ".": ["bsp-common", "core"] },
  "meta-nxp": { ".": ["nxp-layer", "core freescale-layer bsp-common"] },
  "meta-qt5": { ".": ["qt5-layer", "core openembedded-layer"] },
  "meta-virt": { ".": ["virt-layer", "core openembedded-layer meta-python"] },
  "meta-rauc": { ".": ["rauc", "core", 'LAYERRECOMMENDS_rauc = "virt-layer"\n'] },
  "meta-mender": { "meta-core": ["mender", "core"], "meta-extended": ["mender-extended", "mender virt-layer"] },
  "meta-security": { ".": ["security", "core openembedded-layer"] },
  "meta-updater": { ".": ["sota", "core meta-python"] },
  "meta-distro": { ".": ["distro", "sota security nxp-layer bsp-common"] },
  image: { "layers/meta-image": ["image", "distro qt5-layer rauc mender"] },
};

/** Who is built after whom, by the lines above; dynamic and recommended collections count for nothing. */
const NEEDS: Record<string, string[]> = {
  "oe-core": [],
  "meta-oe": ["oe-core"],
  "meta-arm": ["meta-oe", "oe-core"],
  "meta-freescale": ["oe-core"],
  "meta-bsp-common": ["oe-core"],
  "meta-nxp": ["meta-bsp-common", "meta-freescale", "oe-core"],
  "meta-qt5": ["meta-oe", "oe-core"],
  "meta-virt": ["meta-oe", "oe-core"],
  "meta-rauc": ["oe-core"],
  "meta-mender": ["meta-virt", "oe-core"],
  "meta-security": ["meta-oe", "oe-core"],
  "meta-updater": ["meta-oe", "oe-core"],
  "meta-distro": ["meta-bsp-common", "meta-nxp", "meta-security", "meta-updater"],
  image: ["meta-distro", "meta-mender", "meta-qt5", "meta-rauc"],
};

function layerConf(collection: string, depends: string, more = "", series = "wrynose"): string {
  const core = collection === "core" ? 'LAYERSERIES_CORENAMES = "wrynose blacksail"\n' : "";
  return `BBPATH .= ":\${LAYERDIR}"
BBFILE_COLLECTIONS += "${collection}"
BBFILE_PATTERN_${collection} = "^\${LAYERDIR}/"
LAYERVERSION_${collection} = "15"
LAYERSERIES_COMPAT_${collection} = "${series}"
LAYERDEPENDS_${collection} = "${depends}"
${core}${more}`;
}

function filesOf(id: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(LAYERS[id] ?? {}).map(([folder, [collection, depends, more]]) => [
      folder === "." ? "conf/layer.conf" : `${folder}/conf/layer.conf`,
      layerConf(collection, depends, more),
    ]),
  );
}

const product: ProductSpec = { components: Object.fromEntries(Object.keys(LAYERS).map((id) => [id, {}])) };

function layerRequests(sandbox: Sandbox): { trees: number; blobs: number } {
  const asked = (part: string): number => sandbox.exchanges.filter(({ path }) => path.includes(part)).length;
  return { trees: asked("/git/trees/"), blobs: asked("/git/blobs/") };
}

async function planOf({ localUrl }: Server, runId: string): Promise<ReleasePlan> {
  return (await (await callApi({ localUrl }, `runs/${runId}/plan`)).json()) as ReleasePlan;
}

it("is built in that order, tells what changed the next time, and is refused where the series clash", async () => {
  const { sandbox, server, release, completed } = await startScenario(product, { sandbox: { recordExchanges: true } });
  for (const id of Object.keys(LAYERS)) sandbox.commit(`acme/${id}`, "main", filesOf(id));

  release();
  const first = await completed();
  expect(first.conclusion).toBe("success");
  const plan = await planOf(server, first.id);
  expect(
    Object.fromEntries(plan.components.map(({ id, needs }) => [id, [...new Set(needs.map((need) => need.id))]])),
  ).toEqual(NEEDS);
  expect(new Set(plan.components.flatMap(({ needs }) => needs.map(({ kind }) => kind)))).toEqual(
    new Set(["depends", "conditional"]),
  );
  expect(plan.longestPath).toMatchObject({ duration: null, components: { length: 5 } });
  const order = sandbox.dispatches.map(({ repo }) => repo.slice("acme/".length));
  expect([...order].sort()).toEqual(Object.keys(LAYERS).sort());
  for (const [id, needs] of Object.entries(NEEDS))
    for (const need of needs) expect(order.indexOf(need), `${need} before ${id}`).toBeLessThan(order.indexOf(id));
  const cold = layerRequests(sandbox);
  // 19 layers, of which no two are alike.
  expect(cold).toEqual({ trees: 14, blobs: 19 });

  sandbox.commit("acme/meta-virt", "main", { "NEWS.md": "faster\n" });
  release("v1.1.0");
  const second = await completed("v1.1.0");
  expect(second.conclusion).toBe("success");
  expect(layerRequests(sandbox)).toEqual({ trees: 28, blobs: 19 });
  const next = await planOf(server, second.id);
  expect(next.previous).toEqual({ runId: first.id, tag: TAG });
  const changed = next.components.filter(({ changes }) => changes?.status !== "identical");
  expect(changed.map(({ id, changes }) => [id, changes?.status, changes?.total, changes?.commits.length])).toEqual([
    ["meta-virt", "ahead", 1, 1],
  ]);
  expect(next.components.every(({ expectedDuration }) => expectedDuration !== null)).toBe(true);
  expect(next.longestPath.duration).not.toBeNull();

  const dispatches = sandbox.dispatches.length;
  sandbox.commit("acme/meta-nxp", "main", {
    "conf/layer.conf": layerConf("nxp-layer", "core freescale-layer bsp-common", "", "kirkstone"),
  });
  release("v1.2.0");
  const clash = await completed("v1.2.0");
  expect(clash.conclusion).toBe("failure");
  expect(clash.reason).toMatch(
    /^series: meta-nxp \(conf\/layer\.conf LAYERSERIES_COMPAT_nxp-layer\) supports kirkstone, but .*oe-core, is of the series blacksail, wrynose/,
  );
  expect(sandbox.dispatches).toHaveLength(dispatches);
  expect(sandbox.release(HUB, "v1.2.0")?.assets).toEqual([]);
  expect(sandbox.violations).toEqual([]);
});
