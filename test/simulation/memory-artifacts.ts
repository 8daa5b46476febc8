/** The disk: files by content, which outlive every process. */
import { ArtifactError, type ArtifactIntake, type ArtifactStore } from "../../src/coordinator/ports.js";
import { sha256 } from "../coordinator/fake-github-types.js";
import { memoryArtifactStore } from "../artifacts/memory-artifact-store.js";
import type { GateWorld, Life } from "./gate.js";

export interface DiskWorld extends Pick<GateWorld, "time" | "draw" | "faults" | "die"> {
  /** By SHA-256. */
  content: Map<string, Buffer>;
}

export function memoryArtifacts(world: DiskWorld, life: Life): ArtifactStore {
  const { content, draw, faults } = world;
  const disk = memoryArtifactStore({ content, now: () => world.time.now() });
  return {
    ...disk,
    async put(body) {
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const stored = { sha256: sha256(bytes), size: bytes.length };
      const death = draw.chance(faults.crash) ? draw.pick(["before", "after"]) : null;
      if (death === "before") world.die(life, "before a file is stored");
      if (life.diedAt === null) disk.keep(bytes);
      if (death === "after") world.die(life, "after a file is stored");
      return life.diedAt === null ? stored : new Promise(() => undefined);
    },
    remove: (digest, before) => (life.diedAt === null ? disk.remove(digest, before) : new Promise(() => undefined)),
  };
}

/** An artifact is one file, `<name>.bin`. */
export function memoryIntake(store: ArtifactStore): ArtifactIntake {
  return {
    async take(request, signal) {
      const { info } = request;
      const { body } = await request.download(signal);
      const { sha256: digest, size } = await store.put(body, signal);
      if (digest !== info.sha256) throw new ArtifactError(`the artifact "${info.name}" is not what GitHub says it is`);
      const path = `${info.name}.bin`;
      const files = request.wanted(path) ? [{ path, size, sha256: digest, checkedBy: [], attestedBy: null }] : [];
      const { id, name, createdAt } = info;
      return { id, name, size, sha256: digest, digestVerified: true, createdAt, files };
    },
  };
}
