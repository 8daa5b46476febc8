/** Files of release runs, prunings and checks of the artifact store, for people. */
import type { Counted, PruneProgress, PruneReport } from "../chain/prune-report.js";
import type { RunView } from "../chain/run-view.js";
import { sizeWords } from "../chain/words.js";
import type { Cell } from "./columns.js";
import { oneLine, table } from "./columns.js";
import type { DownloadReport } from "./download-files.js";
import type { TextStyle } from "./text-style.js";

/** As `GET runs/{id}/artifacts` gives it. */
export interface RunFile {
  component: string;
  artifact: string;
  file: string;
  size: number;
  sha256: string;
  verified: { githubDigest: boolean; checksumFiles: string[]; attestedBy: string | null };
  kept: boolean;
}

/** As `GET artifacts/check` gives it. */
export interface CheckState {
  startedAt: string;
  completedAt: string | null;
  failure: string | null;
  files: number;
  bytes: number;
  totalFiles: number;
  totalBytes: number;
  findings: {
    kind: "damaged" | "missing";
    sha256: string;
    places: { runId: string; hub: string; tag: string; file: string }[];
  }[];
  strays: string[];
}

export function renderArtifacts(run: RunView, files: readonly RunFile[], style: TextStyle): string {
  const name = oneLine(`${run.hub}@${run.tag}, run ${run.id}`);
  if (files.length === 0) return `${name} has collected no files.\n`;
  const head = ["COMPONENT", "ARTIFACT", "FILE", "SIZE", "SHA256", "VERIFIED BY", "KEPT"];
  const rows = files.map((file): Cell[] => [
    { text: file.component },
    { text: file.artifact },
    { text: file.file },
    { text: sizeWords(file.size) },
    { text: file.sha256 },
    { text: verifiedBy(file) },
    file.kept ? { text: "yes", paint: style.good } : { text: "no", paint: style.bad },
  ]);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const lines = table([head.map((text): Cell => ({ text, paint: style.faint })), ...rows]);
  return `${name}: ${countWords({ files: files.length, bytes: total })}\n\n${lines.join("\n")}\n`;
}

/** What was written where, and what could not be had. */
export function renderDownload(
  { folder, files, failed }: { folder: string } & DownloadReport,
  style: TextStyle,
): string {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const there = files.filter(({ state }) => state === "present").length;
  const before = there === 0 ? "" : `, ${there} of them there before`;
  const lines = [
    `${countWords({ files: files.length, bytes })} in ${oneLine(folder)}, each as its SHA-256 says${before}.`,
  ];
  if (failed.length > 0) lines.push(style.bad("Not had:"));
  for (const { name, why } of failed) lines.push(`  ${oneLine(name)}: ${oneLine(why)}`);
  return `${lines.join("\n")}\n`;
}

function verifiedBy({ verified: { githubDigest, checksumFiles, attestedBy } }: RunFile): string {
  const ways = [
    ...(githubDigest ? ["GitHub's digest"] : []),
    ...checksumFiles,
    ...(attestedBy === null ? [] : [`attestation of ${attestedBy}`]),
  ];
  return ways.length === 0 ? "nothing but its transfer" : ways.join(", ");
}

export function renderPrune(report: PruneReport, style: TextStyle): string {
  const { dryRun, unreferenced, space, runs, left, limit, above, free } = report;
  const going = { files: unreferenced.files + space.files, bytes: unreferenced.bytes + space.bytes };
  const verb = dryRun ? "Would remove" : "Removed";
  const lines = [going.files === 0 ? "Nothing to remove." : `${verb} ${countWords(going)}.`];
  if (unreferenced.files > 0) lines.push(`  ${countWords(unreferenced)}: of no release run that keeps its files`);
  if (space.files > 0) lines.push(`  ${countWords(space)}: to stay below ARTIFACTS_MAX_SIZE`);
  if (runs.length > 0) {
    const rows = runs.map(({ id, hub, tag, why }): Cell[] => [
      { text: id },
      { text: `${hub}@${tag}` },
      { text: why === "space" ? "gives way to the limit" : "past its retention", paint: style.faint },
    ]);
    lines.push("", style.strong("Release runs that lose files"), ...table(rows, { indent: "  " }), "");
  }
  const of = limit === null ? "" : ` of ${sizeWords(limit)}`;
  const there = free === null ? "" : `; ${sizeWords(free)} of disk are free`;
  lines.push(`${dryRun ? "Would leave" : "Left"}: ${countWords(left)}${of}${there}.`);
  if (above > 0)
    lines.push(
      style.bad(
        `${sizeWords(above)} above ARTIFACTS_MAX_SIZE may not be removed: raise it, or let retention keep less.`,
      ),
    );
  return `${lines.join("\n")}\n`;
}

export function pruneProgress({ found, files, bytes, totalFiles, totalBytes }: PruneProgress): string {
  if (totalFiles === 0) return `looking through the artifact store: ${found} files`;
  return `removing: ${files} of ${totalFiles} files, ${sizeWords(bytes)} of ${sizeWords(totalBytes)}`;
}

export function checkProgress({ files, bytes, totalFiles, totalBytes }: CheckState): string {
  const part = totalBytes === 0 ? 0 : Math.floor((100 * bytes) / totalBytes);
  return `checking: ${part} %, ${sizeWords(bytes)} of ${sizeWords(totalBytes)}, ${files} of ${totalFiles} files`;
}

export function renderCheck(check: CheckState, style: TextStyle): string {
  const { findings, strays, files, bytes } = check;
  const lines = findings.flatMap(({ kind, sha256, places }) => [
    `${style.bad(kind)}  ${oneLine(sha256)}`,
    ...(places.length === 0 ? ["  no release run refers to it"] : []),
    ...places.map(({ runId, hub, tag, file }) => `  ${oneLine(`${hub}@${tag}, run ${runId}: ${file}`)}`),
  ]);
  lines.push(...strays.map((words) => `${style.bad("strange")}  ${oneLine(words)}`));
  if (lines.length > 0) lines.push("");
  const count = countWords({ files, bytes });
  if (findings.length + strays.length === 0) lines.push(`${count}: all as they were stored.`);
  else lines.push(`${count} were read; ${findings.length} damaged or missing, ${strays.length} strange.`);
  if (findings.length > 0)
    lines.push(
      "Put files back from a backup, or start the chain of that tag again. What is damaged lies in DATA_DIR/artifacts/damaged.",
    );
  return `${lines.join("\n")}\n`;
}

function countWords({ files, bytes }: Counted): string {
  return `${files} ${files === 1 ? "file" : "files"}, ${sizeWords(bytes)}`;
}
