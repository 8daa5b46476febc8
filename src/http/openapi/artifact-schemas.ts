/** Collected files and the artifact store, as the API gives them. */
import { z } from "@hono/zod-openapi";
import { bytes, sha256, text, time, told, whole } from "./fields.js";

export const RunFile = z
  .strictObject({
    component: text,
    artifact: text,
    file: told(text, "Path inside the artifact"),
    size: bytes,
    sha256,
    verified: z.strictObject({
      githubDigest: told(z.boolean(), "The download was compared with GitHub's digest."),
      checksumFiles: told(z.array(text), "Checksum files of the artifact that name it and agree."),
      attestedBy: told(text.nullable(), "The workflow that GitHub attests it was built by."),
    }),
    kept: told(z.boolean(), "It is still in the artifact store."),
  })
  .openapi("RunFile");

const count = z.strictObject({ files: whole, bytes });

export const PruneReport = z
  .strictObject({
    dryRun: z.boolean(),
    unreferenced: told(count, "Of no release run that keeps its files."),
    space: told(count, "Of release runs that had to give way to ARTIFACTS_MAX_SIZE."),
    runs: told(
      z.array(z.strictObject({ id: text, hub: text, tag: text, why: z.enum(["retention", "space"]) })),
      "Release runs that lose files, newest first.",
    ),
    left: told(count, "What is in the store afterwards."),
    limit: told(whole.nullable(), "ARTIFACTS_MAX_SIZE in bytes; null: no limit."),
    above: told(whole, "Bytes above the limit that nothing may be removed of: pinned, or too new."),
    free: told(whole.nullable(), "Bytes that can still be written."),
  })
  .openapi("PruneReport");

export const PruneProgress = z
  .strictObject({
    found: told(whole, "Files of the store that were looked at so far."),
    files: told(whole, "Removed so far, like `bytes`."),
    bytes,
    totalFiles: told(whole, "To be removed, like `totalBytes`; 0 while the store is looked through."),
    totalBytes: bytes,
  })
  .openapi("PruneProgress");

export const ArtifactCheck = z
  .strictObject({
    startedAt: time,
    completedAt: told(time.nullable(), "null: it goes on."),
    failure: told(text.nullable(), "Why it could not be brought to an end."),
    files: told(whole, "Read so far, like `bytes`."),
    bytes,
    totalFiles: whole,
    totalBytes: bytes,
    findings: z.array(
      z.strictObject({
        kind: told(
          z.enum(["damaged", "missing"]),
          "damaged: it had another content, and was moved aside; missing: a release run refers to it.",
        ),
        sha256,
        places: z.array(z.strictObject({ runId: text, hub: text, tag: text, file: text })),
      }),
    ),
    strays: told(z.array(text), "What is in the store and is none of its files."),
  })
  .openapi("ArtifactCheck");

export const UpstreamFile = z
  .strictObject({
    component: text,
    artifact: text,
    file: told(text, "Path inside the artifact"),
    size: whole,
    sha256,
    url: told(text.nullable(), "Signed; null: the server has no PUBLIC_URL."),
  })
  .openapi("UpstreamFile");

export const LockedCommits = told(
  z.record(text, z.strictObject({ repo: text, ref: text, sha: text })),
  "By component id",
);
