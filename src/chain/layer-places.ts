/** Which files of a repository make folders of it layers. */

const CONF = "conf/layer.conf";

/**
 * The `conf/layer.conf` of each layer among paths from the repository's root (`/` between parts), sorted. Left out are
 * folders whose name begins with a dot, and what lies in `lib` beside `bin/bitbake`: BitBake's own tests have layers there,
 * one of them named `core`.
 */
export function layerConfsAmong(paths: Iterable<string>): string[] {
  const confs: string[] = [];
  const bitbakes: string[] = [];
  for (const path of paths) {
    if ((path === CONF || path.endsWith(`/${CONF}`)) && !/(^|\/)\./.test(path)) confs.push(path);
    if (path === "bin/bitbake" || path.endsWith("/bin/bitbake")) bitbakes.push(path.slice(0, -"bin/bitbake".length));
  }
  return confs.filter((conf) => !bitbakes.some((folder) => conf.startsWith(`${folder}lib/`))).sort(compare);
}

/** The folder of the layer that a `conf/layer.conf` makes one; `.` at the root. */
export function layerFolder(conf: string): string {
  return conf === CONF ? "." : conf.slice(0, -CONF.length - 1);
}

/**
 * Where a file that `require` or `include` names may be, in the order in which BitBake looks: beside the file that names it,
 * then in the layer's folder, which stands for BBPATH. Paths are from the layer's folder; those that lead out of it, and
 * what hangs on a variable, are left out.
 */
export function includePlaces(file: string, from: string): string[] {
  const ofLayer = /^\$\{LAYERDIR\}\//.exec(file)?.[0];
  const places =
    ofLayer === undefined ? [`${from.slice(0, from.lastIndexOf("/") + 1)}${file}`, file] : [file.slice(ofLayer.length)];
  return [...new Set(places.map(normalized).filter((path) => path !== null))];
}

/** Without `.`, `..` and empty parts; null where it leads out, begins at the root of the machine, or holds a variable. */
function normalized(path: string): string | null {
  if (path.startsWith("/") || path.includes("${")) return null;
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
