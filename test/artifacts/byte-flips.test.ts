/** One bit of an archive or a download is another one: it is refused, or nothing of what was promised has changed. */
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { createArtifactIntake } from "../../src/artifacts/intake.js";
import { ArtifactError } from "../../src/coordinator/ports.js";
import { memoryArtifactStore } from "./memory-artifact-store.js";
import { openWorkshop, requestFor, sha256, trust } from "./workshop.js";
import { zipBytes } from "./zip-bytes.js";

const files = { "a/core.img": "core ".repeat(40), "übung.txt": "Übung", SHA256SUMS: `${sha256("Übung")}  übung.txt\n` };

/** As GitHub's uploader writes them: sizes after the data. */
function streamed(): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, data] of Object.entries(files)) zip.addReadStream(Readable.from([Buffer.from(data)]), name);
  zip.end({ forceZip64Format: true, comment: "" });
  return buffer(zip.outputStream);
}

const plain = zipBytes(Object.entries(files).map(([name, data]) => ({ name, data })));

async function openIntake() {
  const { dataDir } = await openWorkshop();
  const intake = createArtifactIntake({
    store: memoryArtifactStore({ content: new Map(), now: () => 0 }),
    dataDir,
    trust,
  });
  return async (bytes: Buffer, digest: string | null, place: "file" | "memory") => {
    const size = place === "memory" ? bytes.length : null;
    const request = requestFor({ body: Readable.from([bytes], { objectMode: false }), size });
    const info = { ...request.info, sha256: digest };
    const taken = await intake
      .take({ ...request, info }, new AbortController().signal)
      .catch((error: unknown) => (error instanceof ArtifactError ? error : Promise.reject(error as Error)));
    return taken instanceof ArtifactError ? taken : taken.files.map(({ path, sha256: digest }) => [path, digest]);
  };
}

describe.each([
  ["an archive made in memory", 1, Promise.resolve(plain)],
  ["a streamed one with ZIP64", 3, streamed()],
])("%s", (_, step, made) => {
  it("gives the same files or none, whichever bit is flipped", async () => {
    const archive = await made;
    const take = await openIntake();
    const truth = await take(archive, null, "file");
    expect(truth).toHaveLength(2);
    for (let at = 0; at < archive.length; at += step) {
      const damaged = Buffer.from(archive);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << ((at * 5) % 8));
      const result = await take(damaged, null, at % 2 === 0 ? "file" : "memory");
      if (!(result instanceof ArtifactError)) expect(result).toEqual(truth);
      if (at % 60 === 0) expect(await take(damaged, sha256(archive), "memory")).toBeInstanceOf(ArtifactError);
    }
  });
});
