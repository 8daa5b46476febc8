/** Which files of a repository make folders of it layers. */

const CONF = "conf/layer.conf";

const BITBAKE = "bin/bitbake";

/**
 * The `conf/layer.conf` of each layer among paths from the repository's root (`/` between parts), sorted by the layer's
 * folder. Left out are folders whose name begins with a dot, and what lies in `lib` beside `bin/bitbake`: BitBake's own tests
 * have layers there, one of them named `core`.
 */
export function layerConfsAmong(paths: Iterable<string>): string[] {
  const confs: string[] = [];
  const bitbakes = new Set<string>();
  for (const path of paths) {
    if ((path === CONF || path.endsWith(`/${CONF}`)) && !/(^|\/)\./.test(path)) confs.push(path);
    if (path === BITBAKE || path.endsWith(`/${BITBAKE}`)) bitbakes.add(path.slice(0, -BITBAKE.length));
  }
  return confs
    .filter((conf) => ![...conf.matchAll(/(?<=^|\/)lib\//g)].some(({ index }) => bitbakes.has(conf.slice(0, index))))
    .sort((a, b) => compare(layerFolder(a), layerFolder(b)));
}

/** The folder of the layer that a `conf/layer.conf` makes one; `.` at the root. */
export function layerFolder(conf: string): string {
  return conf === CONF ? "." : conf.slice(0, -CONF.length - 1);
}

/** The other way round. */
export function layerConfOf(folder: string): string {
  return folder === "." ? CONF : `${folder}/${CONF}`;
}

/**
 * Where a file that `require` or `include` names may be, in the order in which BitBake looks: beside the file that names it,
 * then in the layer's folder, which stands for BBPATH. Paths are from the layer's folder; those that lead out of it, and
 * what hangs on a variable, are left out.
 */
export function includePlaces(file: string, from: string): string[] {
  if (file.startsWith("/")) return [];
  const ofLayer = /^\$\{LAYERDIR\}\//.exec(file)?.[0];
  const places =
    ofLayer === undefined ? [`${from.slice(0, from.lastIndexOf("/") + 1)}${file}`, file] : [file.slice(ofLayer.length)];
  return [...new Set(places.map(normalized).filter((path) => path !== null))];
}

/** Without `.`, `..` and empty parts; null where it leads out or holds a variable. */
function normalized(path: string): string | null {
  if (path.includes("${")) return null;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.length === 0 ? null : parts.join("/");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
