/** Writes a component's files into one archive. */
import { PassThrough, type Readable } from "node:stream";
import { ZipFile } from "yazl";
import type { BundleEntry } from "../chain/asset-bundles.js";
import type { ArtifactStore } from "./ports.js";

const READABLE_FILE = 0o100644;

/**
 * A ZIP archive of files of the artifact store, with zip64 where it is needed. The same entries give the same bytes, whenever
 * and wherever it is made: files are stored as they are (compression differs from one zlib to the next, and images and
 * packages are compressed already), in the order given. One file is read at a time. The stream breaks with what a read throws.
 */
export function bundleStream(entries: readonly BundleEntry[], store: Pick<ArtifactStore, "open">): Readable {
  // An archive tells the local time: so this is the same in every time zone. The files' own times are not known here.
  const mtime = new Date(2000, 0, 1);
  const zip = new ZipFile();
  const archive = new PassThrough();
  let open: Readable | null = null;
  archive.once("close", () => open?.destroy());
  zip.on("error", (cause: unknown) => {
    archive.destroy(cause instanceof Error ? cause : new Error(String(cause)));
  });
  for (const { path, size, sha256 } of entries) {
    const options = { size, mtime, forceDosTimestamp: true, mode: READABLE_FILE, compress: false };
    zip.addReadStreamLazy(path, options, (give) => {
      open = store.open(sha256);
      // What ends a file early ends the archive, which would wait for the rest for ever.
      open.once("error", (cause) => archive.destroy(cause));
      give(null, open);
    });
  }
  zip.end();
  zip.outputStream.pipe(archive);
  return archive;
}
