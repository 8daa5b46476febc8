/** Artifacts as workflow runs upload them. */
import { createHash } from "node:crypto";
import AdmZip from "adm-zip";
import { sha256Of } from "./content.js";
import type { ArtifactScript, FileContent } from "./types.js";
import type { Artifact, WorkflowRun, World } from "./world.js";

/** The same files give the same bytes: names sorted, times fixed. */
export function zipFiles(files: Record<string, FileContent>): Buffer {
  const zip = new AdmZip();
  for (const name of Object.keys(files).sort()) zip.addFile(name, Buffer.from(files[name] ?? ""));
  // DOS times have no zone: local midnight is the same bytes everywhere.
  for (const entry of zip.getEntries()) entry.header.time = new Date(2024, 0, 1);
  return zip.toBuffer();
}

export function uploadArtifact(world: World, run: WorkflowRun, script: ArtifactScript): void {
  const upload = uploadedBytes(script);
  const trueDigest = `sha256:${sha256Of(upload.content)}`;
  const artifact: Artifact = {
    ...upload,
    id: world.nextId("artifact"),
    runId: run.id,
    repository: run.repository,
    name: script.name,
    digest: claimedDigest(script.digest ?? "true", trueDigest),
    expired: script.expired ?? false,
    createdAt: world.clock.now() - (script.ageMs ?? 0),
  };
  run.artifacts.push(artifact);
  world.artifacts.set(artifact.id, artifact);
}

function uploadedBytes(script: ArtifactScript): Pick<Artifact, "content" | "contentType" | "fileName"> {
  if (script.raw !== undefined) {
    return {
      content: Buffer.from(script.raw.content),
      contentType: script.raw.contentType ?? "application/octet-stream",
      fileName: script.raw.fileName,
    };
  }
  const content = script.large ?? script.zip ?? zipFiles(script.files ?? {});
  return { content, contentType: "application/zip", fileName: `${script.name}.zip` };
}

function claimedDigest(wanted: NonNullable<ArtifactScript["digest"]>, truth: string): string | null {
  switch (wanted) {
    case "true":
      return truth;
    case "wrong":
      return `sha256:${createHash("sha256").update(truth).digest("hex")}`;
    case "none":
      return null;
    default:
      return wanted;
  }
}
