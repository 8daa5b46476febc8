/** What a component's workflow may fetch of those that it needs: the files, where they go, and lists of them for a shell. */
import type { PlannedComponent } from "./plan.js";
import type { ComponentRun, ReleaseRun } from "./run.js";

/** A collected file, by where it came from and what is in it. */
export interface HandedFile {
  component: string;
  artifact: string;
  /** Path inside the artifact. */
  file: string;
  /** Bytes. */
  size: number;
  /** Lower-case hex. */
  sha256: string;
}

/** Makes the addresses at which this server hands files on; each grants what it names, until the release run ends. */
export interface HandOffAddresses {
  file(runId: string, file: HandedFile): string;
  /** The list of all files that a component may fetch. */
  upstream(runId: string, component: string): string;
  /** What the plan locked of all that a component depends on. */
  lock(runId: string, component: string): string;
}

/** An entry of the payload's `upstream` (CONTRACT.md section 2). */
export interface UpstreamFile extends HandedFile {
  /** null: the server does not know its own address. */
  url: string | null;
}

/** The files of a component's direct needs, in the order of the plan. */
export function upstreamFiles(
  run: Pick<ReleaseRun, "id"> & { components: readonly Pick<ComponentRun, "id" | "artifacts">[] },
  planned: Pick<PlannedComponent, "needs">,
  addresses: Pick<HandOffAddresses, "file"> | null,
): UpstreamFile[] {
  const direct = new Set(planned.needs.map((need) => need.id));
  return handedFiles(run.components.filter(({ id }) => direct.has(id))).map((file) => ({
    ...file,
    url: addresses === null ? null : addresses.file(run.id, file),
  }));
}

/** Everything that components have collected. */
export function handedFiles(components: readonly Pick<ComponentRun, "id" | "artifacts">[]): HandedFile[] {
  return components.flatMap(({ id, artifacts }) =>
    artifacts.flatMap(({ name, files }) =>
      files.map(({ path, size, sha256 }) => ({ component: id, artifact: name, file: path, size, sha256 })),
    ),
  );
}

/**
 * Where a file goes below a folder: `component/artifact/path`. GitHub's own uploader refuses names of artifacts that could lead
 * elsewhere, its API does not: what could is replaced by `_`.
 */
export function unpackedPath({ component, artifact, file }: HandedFile): string {
  return [component, safePart(artifact.replaceAll("/", "_")), ...file.split("/").map(safePart)].join("/");
}

function safePart(part: string): string {
  return /^\.{0,2}$/.test(part) ? "_" : part.replace(/[\\\p{Cc}\u2028\u2029]/gu, "_");
}

/** Lines as `sha256sum --check` takes them. */
export function sha256sumList(files: readonly HandedFile[]): string {
  return files.map((file) => `${file.sha256}  ${unpackedPath(file)}\n`).join("");
}

/** A configuration for `curl --config`: what to fetch, and the file to put it in. */
export function curlList(files: readonly UpstreamFile[]): string {
  return files
    .filter(({ url }) => url !== null)
    .map((file) => `url = ${curlQuoted(file.url ?? "")}\noutput = ${curlQuoted(unpackedPath(file))}\n`)
    .join("");
}

/** As curl's manual has it (-K, --config). */
function curlQuoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
